"""Moment tensor potentials: gradients, symmetry, bookkeeping, files, and motep as the oracle."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.calculator import CalculationFailed
from motep.calculator import MTP, make_mtp_engine
from motep.io.mlip.mtp import read_mtp

from lecture8.fitting import MomentTensor, MomentTensorPotential
from lecture8.fitting.moment_tensors.jacobian import jacobian
from lecture8.integrators import BlowUp, simulate
from lecture8.structures import butane, thermalise
from lecture8.validation import numerical_forces, numerical_stress


def planted(elements=("H", "C"), *, level=8, cutoff=4.0, shortest=0.8, seed=0):
    """A potential with random coefficients, energies of the order of 1 eV an atom."""
    rng = np.random.default_rng(seed)
    potential = MomentTensorPotential(
        MomentTensor(level, cutoff, radial_size=6), list(elements), shortest
    )
    data = potential.mtp_data
    data.radial_coeffs = rng.normal(size=data.radial_coeffs.shape) * 0.5 / cutoff**2
    data.moment_coeffs = rng.normal(size=data.moment_coeffs.shape) * 0.3
    data.species_coeffs = rng.normal(size=len(elements))
    return potential


def shaken(atoms, seed=1, by=0.1):
    atoms = atoms.copy()
    atoms.rattle(by, rng=np.random.default_rng(seed))
    return atoms


def salt(repeat=1):
    atoms = bulk("NaCl", "rocksalt", a=5.0, cubic=True) * (repeat, 1, 1)
    atoms.set_cell(atoms.cell.array @ [[1, 0.1, 0], [0, 1, 0.05], [0, 0, 1.07]], scale_atoms=True)
    return shaken(atoms, by=0.2)


def salt_potential(**settings):
    return planted(("Na", "Cl"), cutoff=5.5, shortest=2.0, **settings)


CASES = [
    pytest.param(lambda: shaken(butane()), planted, id="butane"),
    pytest.param(salt, salt_potential, id="salt"),  # a cell smaller than the cutoff
]


@pytest.mark.parametrize(("make", "make_potential"), CASES)
def test_forces_are_minus_the_gradient(make, make_potential):
    atoms, potential = make(), make_potential()
    forces = potential.get_forces(atoms)
    deviation = abs(forces - numerical_forces(atoms, potential)).max()
    # h = 1e-4 Å: h^2 times third derivatives, which are some 1e1 of the forces.
    assert deviation < 1e-6 * max(1, abs(forces).max())
    assert abs(forces).max() > 0.1  # or nothing was tested


@pytest.mark.parametrize("level", [2, 4, 6, 10, 12, 14, 16])
def test_forces_of_every_level(level):
    atoms, potential = shaken(molecule("CH4")), planted(level=level)
    forces = potential.get_forces(atoms)
    deviation = abs(forces - numerical_forces(atoms, potential)).max()
    assert deviation < 1e-6 * max(1, abs(forces).max())  # as above


def test_stress_is_the_strain_derivative():
    atoms, potential = salt(), salt_potential()
    atoms.calc = potential
    stress = atoms.get_stress(voigt=False)
    # Strain 1e-5: its square, and rounding of energies of 10 eV over 1e-5 times 140 Å3.
    np.testing.assert_allclose(stress, numerical_stress(atoms, potential), atol=1e-8)
    assert abs(stress).max() > 1e-3


@pytest.mark.parametrize(("make", "make_potential"), CASES)
@pytest.mark.parametrize("level", [2, 10, 16])
def test_energy_forces_and_stress_are_those_of_motep(make, make_potential, level):
    """Two libraries, one sum of terms of order 1 to 10."""
    atoms, potential = make(), make_potential(level=level)
    oracle, twin = MTP(potential.mtp_data), atoms.copy()
    energy = oracle.get_potential_energy(twin)
    assert potential.get_potential_energy(atoms) == pytest.approx(energy, abs=1e-10)
    np.testing.assert_allclose(potential.get_forces(atoms), oracle.get_forces(twin), atol=1e-10)
    if atoms.pbc.all():
        stress = oracle.get_stress(twin)
        np.testing.assert_allclose(potential.get_stress(atoms), stress, atol=1e-11)


def test_the_jacobian_agrees_with_motep():
    """Ours is faster; motep's train mode is the oracle."""
    for make, make_potential in ((lambda: shaken(butane()), planted), (salt, salt_potential)):
        atoms, potential = make(), make_potential(level=10)
        data = potential.mtp_data
        engine = make_mtp_engine("cext")(data, mode="train")
        engine.calculate(atoms)
        ours = jacobian(*potential.surroundings(atoms), potential.coefficients)
        forces = engine.jac_forces(atoms).parameters.reshape(len(ours), -1)
        scale = abs(forces).max()
        # The same terms in another order; some are a thousand times their sum.
        np.testing.assert_allclose(ours[:, 0], engine.jac_energy(atoms).parameters, atol=1e-11)
        np.testing.assert_allclose(ours[:, 1:], forces, atol=1e-11 * scale)


@pytest.mark.parametrize("skin", [0.05, 2.0])
def test_the_skin_changes_nothing_in_a_run(skin):
    start = thermalise(salt(), temperature_K=300, rng=np.random.default_rng(0))
    runs = []
    for x in (skin, 0.5):
        potential = salt_potential()
        potential.skin = x
        runs.append(simulate(start, potential, timestep_fs=1, steps=20, record_every_fs=20))
    assert abs(runs[0].positions[-1] - start.positions).max() > 0.3  # lists were made anew
    # Sums in another order, after 20 steps.
    np.testing.assert_allclose(runs[0].positions, runs[1].positions, atol=1e-11)


def test_atoms_that_fly_apart_stop_a_run():
    """In a hole of the potential; what there is of the run comes with the error."""
    start = shaken(Atoms("CH", [[0, 0, 0], [1.1, 0, 0]]))
    hole = planted()
    hole.mtp_data.moment_coeffs = 1e7 * hole.mtp_data.moment_coeffs
    with pytest.raises(BlowUp, match="has left what it was fitted to") as stopped:
        simulate(start, hole, timestep_fs=1, steps=100)
    assert np.isfinite(stopped.value.trajectory.positions).all()


def test_energy_knows_no_rotation_no_place_and_no_numbering():
    atoms, potential = shaken(butane()), planted()
    energy, forces = potential.get_potential_energy(atoms), potential.get_forces(atoms)
    moved = atoms.copy()
    moved.rotate(50, (1, 2, 3))
    moved.positions += [10, -7, 3]
    # Rounding of a few hundred terms of order 1.
    assert potential.get_potential_energy(moved) == pytest.approx(energy, abs=1e-11)
    order = np.random.default_rng(0).permutation(len(atoms))
    shuffled = atoms[order]
    assert potential.get_potential_energy(shuffled) == pytest.approx(energy, abs=1e-11)
    np.testing.assert_allclose(potential.get_forces(shuffled), forces[order], atol=1e-11)
    assert abs(forces.sum(axis=0)).max() < 1e-11


def test_a_repeated_cell_has_the_repeated_energy():
    atoms, potential = salt(), salt_potential()
    double = atoms * (2, 1, 1)
    assert potential.get_potential_energy(double) == pytest.approx(
        2 * potential.get_potential_energy(atoms), abs=1e-10
    )  # rounding


def test_two_far_molecules_do_not_know_of_each_other():
    one, other, potential = shaken(butane()), shaken(molecule("CH4")), planted()
    far = other.copy()
    far.positions += [50, 0, 0]
    together = potential.get_potential_energy(one + far)
    apart = potential.get_potential_energy(one) + potential.get_potential_energy(other)
    assert together == pytest.approx(apart, abs=1e-11)  # rounding


def test_energy_and_force_go_to_zero_at_the_cutoff():
    potential = planted()

    def pair(r):
        atoms = Atoms("CH", positions=[[0, 0, 0], [r, 0, 0]])
        return potential.get_potential_energy(atoms), potential.get_forces(atoms)[1, 0]

    alone = sum(potential.get_potential_energy(Atoms(symbol)) for symbol in "CH")
    assert alone == pytest.approx(potential.mtp_data.species_coeffs.sum(), abs=1e-14)
    for gap in (1e-2, 1e-3):
        energy, force = pair(4.0 - gap)
        # (cutoff - r)^2 times coefficients of order 1; its slope is of first order.
        assert abs(energy - alone) < 10 * gap**2
        assert abs(force) < 20 * gap
        assert abs(energy - alone) > 0
    assert pair(4.0 + 1e-9) == (pytest.approx(alone, abs=1e-14), 0.0)


# Bookkeeping --------------------------------------------------------------------------------------


def test_one_potential_for_many_structures_in_turn():
    potential = planted(("H", "C", "Na", "Cl"), cutoff=5.0)
    slab = salt()
    slab.pbc = (True, True, False)
    free = salt()
    free.pbc = False
    squeezed = salt()
    squeezed.set_cell(0.98 * squeezed.cell.array, scale_atoms=True)
    swapped = butane()
    swapped.numbers = swapped.numbers[::-1]  # as many atoms in the same places
    structures = [butane(), molecule("CH4"), salt(), slab, free, squeezed, swapped, Atoms("H")]
    for atoms in structures + structures[::-1]:
        fresh = potential.copy()
        assert potential.get_potential_energy(atoms) == fresh.get_potential_energy(atoms)
        np.testing.assert_array_equal(potential.get_forces(atoms), fresh.get_forces(atoms))


def test_atoms_that_wander_keep_the_right_neighbours():
    rng, potential, atoms = np.random.default_rng(0), planted(cutoff=2.5), shaken(butane())
    for _ in range(30):
        atoms = atoms.copy()  # as `simulate` does: a new object at each step
        atoms.positions += rng.normal(scale=0.03, size=(len(atoms), 3))
        expected = potential.copy().get_potential_energy(atoms)
        assert potential.get_potential_energy(atoms) == pytest.approx(expected, abs=1e-12)


def test_only_a_periodic_cell_has_stress():
    potential = planted()
    potential.calculate(butane())
    assert set(potential.results) == {"energy", "free_energy", "energies", "forces"}


def test_predict_is_what_the_calculator_says():
    frames, potential = [shaken(butane()), molecule("CH4")], planted()
    energies, forces = potential.predict(frames)
    for k, atoms in enumerate(frames):
        assert energies[k] == potential.get_potential_energy(atoms)
        np.testing.assert_array_equal(forces[k], potential.get_forces(atoms))


def test_short_distances_extrapolate_without_a_word(caplog):
    atoms, potential = shaken(butane()), planted(shortest=1.5)
    deviation = abs(potential.get_forces(atoms) - numerical_forces(atoms, potential)).max()
    assert deviation < 1e-5 * abs(potential.get_forces(atoms)).max()  # steeper than above
    assert not caplog.records


def test_the_number_of_parameters():
    # Level 8: 9 moment coefficients, 2 elements, 2 x 2 pairs of 2 radial functions of 6.
    assert planted().number_of_parameters == 9 + 2 + 2 * 2 * 2 * 6


# On disk ------------------------------------------------------------------------------------------


def test_save_and_load(tmp_path):
    potential, atoms = salt_potential(), salt()
    potential.save(tmp_path / "salt.mtp")
    loaded = MomentTensorPotential.load(tmp_path / "salt.mtp")
    assert loaded.description == potential.description
    assert loaded.elements == ["Na", "Cl"]
    # The file holds 16 digits, so each coefficient may change by 1e-15 of itself.
    assert loaded.get_potential_energy(atoms) == pytest.approx(
        potential.get_potential_energy(atoms), abs=1e-10
    )
    np.testing.assert_allclose(loaded.get_forces(atoms), potential.get_forces(atoms), atol=1e-10)
    assert [file.name for file in tmp_path.iterdir()] == ["salt.mtp"]
    # A second time over the first, and the same bytes.
    written = (tmp_path / "salt.mtp").read_bytes()
    loaded.save(tmp_path / "salt.mtp")
    assert (tmp_path / "salt.mtp").read_bytes() == written


def test_motep_reads_the_file_and_finds_the_same(tmp_path):
    potential, atoms = salt_potential(), salt()
    potential.save(tmp_path / "salt.mtp")
    data = read_mtp(tmp_path / "salt.mtp")
    data.species = potential.species  # the format has no place for them
    theirs = MTP(data)
    assert theirs.get_potential_energy(atoms) == pytest.approx(
        potential.get_potential_energy(atoms), abs=1e-10
    )  # 16 digits, as above
    np.testing.assert_allclose(theirs.get_forces(atoms), potential.get_forces(atoms), atol=1e-10)
    np.testing.assert_allclose(theirs.get_stress(atoms), potential.get_stress(atoms), atol=1e-11)


def test_a_file_that_was_cut_or_changed_is_refused(tmp_path):
    path = tmp_path / "butane.mtp"
    planted().save(path)
    text = path.read_text()
    species = text.index("species_coeffs = {") + len("species_coeffs = {")
    for wrong in (
        "",
        "MTP\n",
        text[: len(text) // 20],
        text[: len(text) // 2],
        text[:-2],
        text[:species] + "nan" + text[species + 3 :],
        text.replace("alpha_scalar_moments = 9", "alpha_scalar_moments = 8"),
        text.replace("elements H C", "elements C H"),
        text.replace("potential_tag", "tag"),
        text.replace("sha256", "sha"),
    ):
        assert wrong != text
        path.write_text(wrong)
        with pytest.raises(ValueError, match=r"butane\.mtp cannot be used: .* copy it again"):
            MomentTensorPotential.load(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "something.mtp"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match="no potential of ours"):
        MomentTensorPotential.load(path)


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "butane.mtp"
    planted().save(path)
    before = path.read_bytes()

    def full_disk(file, data, **settings):
        file.write_text("MTP\n")
        raise OSError("no space left on device")

    monkeypatch.setattr("lecture8.fitting.moment_tensors.potential.write_mtp", full_disk)
    with pytest.raises(OSError, match="no space"):
        planted(seed=1).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["butane.mtp"]


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"level": 7}, r"level is 7, but must be one of \[2, 4"),
        ({"level": 18}, "level is 18"),
        ({"cutoff": 0.0}, r"cutoff is 0\.0, but"),
        ({"cutoff": np.inf}, "cutoff is inf"),
        ({"radial_size": 1}, "radial_size is 1"),
    ],
)
def test_descriptions_without_meaning_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        MomentTensor(**wrong)


def test_an_unknown_element_is_refused():
    for ask in (planted().get_potential_energy, lambda atoms: planted().predict([atoms])):
        with pytest.raises(ValueError, match="O was not in the training set, which had H, C only"):
            ask(molecule("CO2"))


def test_atoms_on_one_spot_and_lost_atoms_are_reported():
    atoms = butane()
    atoms.positions[1] = atoms.positions[0]
    with pytest.raises(CalculationFailed, match="same spot"):
        planted().get_potential_energy(atoms)
    atoms.positions[1] = np.nan
    with pytest.raises(CalculationFailed, match=r"positions of atom 1 \(C\) are nan"):
        planted().get_forces(atoms)


def test_elements_in_another_order_are_the_same_potential():
    """A file may have them in any; the coefficients of each element go with it."""
    ours = planted()
    data = ours.mtp_data
    turned = MomentTensorPotential(ours.description, ["C", "H"], ours.shortest_distance)
    turned.mtp_data.radial_coeffs = np.ascontiguousarray(data.radial_coeffs[::-1, ::-1])
    turned.mtp_data.moment_coeffs = data.moment_coeffs
    turned.mtp_data.species_coeffs = data.species_coeffs[::-1].copy()
    # The same sums in the same order: rounding.
    atoms = shaken(butane())
    np.testing.assert_allclose(turned.get_forces(atoms), ours.get_forces(atoms), atol=1e-10)
    energy = ours.get_potential_energy(atoms)
    assert turned.get_potential_energy(atoms) == pytest.approx(energy, rel=1e-12)
