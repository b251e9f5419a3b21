"""The numbers are those of the libraries; what they would get wrong is refused."""

import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.build import bulk, molecule
from ase.calculators.calculator import CalculationFailed, PropertyNotImplementedError

from lecture8.active_learning import explore
from lecture8.foundation_models import load
from lecture8.frames import label
from lecture8.threads import torch_settings
from lecture8.validation import numerical_forces, numerical_stress

# Rutile: Abrahams, Bernstein, J. Chem. Phys. 55, 3206 (1971).
A, C, X = 4.5937, 2.9587, 0.3048


def rutile() -> Atoms:
    u, v = X, 0.5 + X
    oxygen = [[u, u, 0], [-u, -u, 0], [0.5 - u, v, 0.5], [v, 0.5 - u, 0.5]]
    scaled = [[0, 0, 0], [0.5, 0.5, 0.5], *oxygen]
    return Atoms("Ti2O4", scaled_positions=scaled, cell=[A, A, C], pbc=True)


# Float32 has 7 digits; libraries and we sum the energies of 10 eV each in another order.
ENERGY, FORCE = 1e-5, 1e-4  # eV per atom, eV/Å


def test_sevennet_gives_what_its_authors_published(sevennet):
    """SevenNet's own test of this checkpoint, `test_pretrained.py`, made with its version 0.9.3."""
    crystal = bulk("NaCl", "rocksalt", a=5.63)
    crystal.set_cell([[1.0, 2.815, 2.815], [2.815, 0, 2.815], [2.815, 2.815, 0]])
    crystal.set_positions([[0, 0, 0], [2.815, 0, 0]])
    crystal.calc = sevennet
    assert crystal.get_potential_energy() == pytest.approx(-3.779199, abs=2 * ENERGY)
    force = [12.666697, 0.04726403, 0.04775861]
    np.testing.assert_allclose(crystal.get_forces(), [force, np.negative(force)], atol=FORCE)
    # They list xx, yy, zz, xy, yz, zx.
    stress = np.array([-0.6439122, -0.03643947, -0.03643981, 0.04543639, 0.00599139, 0.04544507])
    np.testing.assert_allclose(crystal.get_stress(), stress[[0, 1, 2, 4, 5, 3]], atol=1e-5)
    water = molecule("H2O")
    water.set_positions([[0.0, 0.2, 0.12], [0.0, 0.76, -0.48], [0.0, -0.76, -0.48]])
    water.calc = sevennet
    assert water.get_potential_energy() == pytest.approx(-12.782808, abs=3 * ENERGY)
    np.testing.assert_allclose(water.get_forces()[0], [0, -13.619621, 7.5937047], atol=FORCE)


def test_sevennet_agrees_with_its_library_on_rutile(sevennet):
    """No ASE calculator on the other side: the network as the library builds it, on a graph."""
    from sevenn.atom_graph_data import AtomGraphData
    from sevenn.train.dataload import unlabeled_atoms_to_graph
    from sevenn.util import model_from_checkpoint, pretrained_name_to_path

    network, settings = model_from_checkpoint(pretrained_name_to_path("7net-0"))
    network.set_is_batch_data(False)
    graph = unlabeled_atoms_to_graph(rutile(), settings["cutoff"])
    answer = network(AtomGraphData.from_numpy_dict(graph))
    energy = answer.inferred_total_energy.item()
    assert sevennet.get_potential_energy(rutile()) == pytest.approx(energy, abs=6 * ENERGY)
    forces = answer.inferred_force.detach().numpy()
    np.testing.assert_allclose(sevennet.get_forces(rutile()), forces, atol=FORCE)


@pytest.mark.parametrize(("name", "version"), [("chgnet", "0.3.0"), ("chgnet-r2scan", "r2scan")])
def test_chgnet_agrees_with_its_library_on_rutile(name, version):
    """The other side knows no ASE: a structure of pymatgen, made from the space group."""
    from chgnet.model import CHGNet
    from pymatgen.core import Lattice, Structure

    sites = [[0, 0, 0], [X, X, 0]]
    structure = Structure.from_spacegroup("P4_2/mnm", Lattice.tetragonal(A, C), ["Ti", "O"], sites)
    network = CHGNet.load(model_name=version, use_device="cpu", verbose=False)
    answer = network.predict_structure(structure)
    potential = load(name)
    energy = potential.get_potential_energy(rutile())
    assert energy == pytest.approx(6 * float(answer["e"]), abs=6 * ENERGY)  # "e": per atom
    stress = potential.get_stress(rutile())
    np.testing.assert_allclose(stress[:3], np.diag(answer["s"]) * units.GPa, atol=1e-5)


@pytest.mark.parametrize("name", ["sevennet", "chgnet"])
def test_forces_and_stress_are_slopes_of_the_energy(name, salt, request):
    """The energy of 25 eV has a rounding error of 2e-6 eV: over 2 x 0.01 Å that is 1e-4 eV/Å.

    The error of the step itself, h^2 F'' / 6, is of the order of 1e-3 eV/Å at forces of 1 eV/Å.
    For the stress, with a strain of 0.005 and 160 Å3: 1e-6 and a few 1e-5 eV/Å3.
    """
    potential = request.getfixturevalue(name)
    pair = salt.copy()[:2]
    pair.set_cell(np.diag([5.0, 5.4, 6.0]))
    forces = potential.get_forces(pair)
    assert np.abs(forces).max() > 0.1
    slopes = numerical_forces(pair, potential, displacement=0.01)
    np.testing.assert_allclose(forces, slopes, atol=3e-3)
    stress = potential.get_stress(salt)
    assert np.abs(stress).min() > 2e-4  # a swapped component would be seen
    slopes = numerical_stress(salt, potential, strain=5e-3)
    in_voigt_order = slopes[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    np.testing.assert_allclose(stress, in_voigt_order, atol=1e-4)


def test_it_is_an_ordinary_potential(sevennet, chgnet, salt):
    for potential in (sevennet, chgnet):
        (labelled,) = label([salt], potential)
        assert labelled.get_stress().dtype == labelled.get_forces().dtype == np.float64
        assert labelled.get_potential_energy() == potential.results["free_energy"]
        found = explore(
            bulk("NaCl", "rocksalt", a=5.64),
            potential,
            lambda frames: np.zeros(len(frames)),
            temperature_K=300,
            picoseconds=0.004,
            grade_every_fs=2,
            threshold=1.0,
            rng=np.random.default_rng(0),
        )
        assert found.reason == "finished"


def test_torch_has_as_many_threads_during_a_calculation_as_was_asked(salt, monkeypatch):
    potential = load("chgnet", threads=2)
    seen = []
    forward = potential.library.model.forward
    monkeypatch.setattr(
        potential.library.model,
        "forward",
        lambda *a, **k: seen.append(torch.get_num_threads()) or forward(*a, **k),
    )
    with torch_settings(1):
        potential.get_potential_energy(salt)
        assert torch.get_num_threads() == 1
    assert seen == [2]


def test_molecules_and_slabs(sevennet, chgnet):
    """SevenNet-0 takes the atoms as they are; CHGNet would take a slab for a crystal."""
    water = molecule("H2O")
    alone = sevennet.get_potential_energy(water)
    with pytest.raises(PropertyNotImplementedError):
        sevennet.get_stress(water)
    with pytest.raises(ValueError, match=r"takes every cell for a crystal.*vacuum=8"):
        chgnet.get_potential_energy(water)
    water.center(vacuum=8)
    water.pbc = True
    # Nothing is within 5 Å of the molecule, so the box changes nothing but the rounding.
    assert sevennet.get_potential_energy(water) == pytest.approx(alone, abs=3 * ENERGY)
    assert chgnet.get_potential_energy(water) < -14  # the remedy works
    slab = bulk("Si", cubic=True)
    slab.pbc = [True, True, False]
    assert sevennet.get_potential_energy(slab) > -40  # -43 in the crystal: two surfaces
    with pytest.raises(ValueError, match=r"\[True, True, False\]"):
        chgnet.get_potential_energy(slab)


def broken(what):
    atoms = bulk("Si", cubic=True)
    if what == "position":
        atoms.positions[3, 1] = np.nan
    elif what == "cell":
        atoms.cell[0, 0] = np.inf
    elif what == "overlap":
        atoms.positions[5] = atoms.positions[2] + [0, 0, 0.01]
    elif what == "same place":
        atoms.positions[5] = atoms.positions[2]
    elif what == "tiny cell":
        atoms = Atoms("Si", cell=[0.2, 5, 5], pbc=True)
    elif what == "no vector":
        atoms.cell[2] = 0
    elif what == "empty":
        atoms = Atoms()
    return atoms


@pytest.mark.parametrize("name", ["sevennet", "chgnet"])
@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("position", CalculationFailed, "the positions of atom"),
        ("cell", CalculationFailed, "the cell is "),
        ("overlap", CalculationFailed, r"atoms 2 \(Si\) and 5 \(Si\) are 0.010 Å apart"),
        ("same place", CalculationFailed, r"atoms 2 \(Si\) and 5 \(Si\) are 0.000 Å apart"),
        ("tiny cell", CalculationFailed, r"atoms 0 \(Si\) and 0 \(Si\) are 0.200 Å apart"),
        ("no vector", ValueError, "span no volume; set atoms.cell"),
        ("empty", ValueError, "holds no atoms"),
    ],
)
def test_atoms_that_make_no_sense(name, what, error, message, request):
    potential = request.getfixturevalue(name)
    with pytest.raises(error, match=message):
        potential.get_potential_energy(broken(what))
    # Nor is an answer left from before.
    with pytest.raises(error, match=message):
        potential.get_forces(broken(what))


def test_an_element_that_was_not_in_the_training_set(sevennet, chgnet, salt):
    for potential in (sevennet, chgnet):
        with pytest.raises(ValueError, match=r"never seen Po; .* 89 elements, all up to Pu but Po"):
            potential.get_potential_energy(bulk("Po", "sc", a=3.35))
        with pytest.raises(ValueError, match="never seen Cm"):
            potential.get_potential_energy(bulk("Cm", "fcc", a=4.4))
    with pytest.raises(ValueError, match="never seen Yb; it knows 88"):
        load("chgnet-r2scan").get_potential_energy(bulk("Yb", "fcc", a=5.5))


def test_a_lone_atom(sevennet, chgnet):
    """CHGNet warns that it goes wrong; SevenNet-0 has an energy for it, and no force."""
    salt_and_argon = bulk("NaCl", "rocksalt", a=5.64, cubic=True) * (2, 2, 1)
    salt_and_argon.cell[2, 2] = 20
    salt_and_argon.append("Ar")
    salt_and_argon.positions[-1] = [2, 2, 12]
    with pytest.raises(CalculationFailed, match=r"atom 32 \(Ar\) has no neighbour within 6 Å"):
        chgnet.get_potential_energy(salt_and_argon)
    assert np.all(sevennet.get_forces(salt_and_argon)[32] == 0)


def test_elements_of_a_model_of_your_own(tmp_path, mace_content, mace_sha256):
    (tmp_path / "own.model").write_bytes(mace_content)
    own = load("mace-mp-0", weights=tmp_path / "own.model", sha256=mace_sha256)
    with pytest.raises(ValueError, match="never seen Si; it knows 5 elements, Li, O, P, S, Ge"):
        own.get_potential_energy(bulk("Si"))
    # Single precision, which is the default: 1e-7 of forces of 1 eV/Å and energies of 100 eV.
    double = load("mace-mp-0", weights=tmp_path / "own.model", sha256=mace_sha256, dtype="float64")
    atoms = bulk("LiS", "rocksalt", a=5.2)
    atoms.rattle(0.1, seed=1)
    np.testing.assert_allclose(own.get_forces(atoms), double.get_forces(atoms), atol=1e-4)
    assert np.any(own.get_forces(atoms) != double.get_forces(atoms))
