"""Every network is a potential: smooth, symmetric, its forces the slope of its energy."""

import numpy as np
import pytest
import torch
from ase import Atoms

from lecture8.fitting import load
from lecture8.fitting.networks.potential import NetworkPotential
from lecture8.structures import butane
from lecture8.validation import numerical_forces, numerical_stress


def energy(potential, atoms):
    return potential.get_potential_energy(atoms)


def test_forces_are_the_slope_of_the_energy(small, molecule, crystal):
    for atoms in (molecule, crystal):
        found = small.get_forces(atoms)
        slope = numerical_forces(atoms, small)
        assert np.abs(found).max() > 1e-3
        # Central differences of an energy of 4,000 eV, known to 1e-12 of that, over 2e-4 Å; PaiNN's
        # SchNetPack constants (widths, cutoff) are rounded to single precision.
        assert np.allclose(found, slope, atol=2e-5)


def test_stress_is_the_strain_derivative(small, crystal, molecule):
    found = small.get_stress(crystal)
    slope = numerical_stress(crystal, small)
    voigt = slope[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    assert np.abs(found).max() > 1e-4
    assert np.allclose(found, voigt, atol=1e-6)  # as for the forces, over a volume of 150 Å3
    small.get_forces(molecule)
    assert "stress" not in small.results


def test_all_frames_at_once_give_what_each_gives_alone(small, molecule, crystal):
    energies, forces = small.predict([molecule, crystal, butane()])
    for k, atoms in enumerate([molecule, crystal, butane()]):
        # The compiled PaiNN reads its filters from a table, good to 1e-7.
        assert energies[k] == pytest.approx(energy(small, atoms), abs=1e-6)
        assert np.allclose(forces[k], small.get_forces(atoms), atol=2e-5)


def test_symmetries(small, molecule):
    rng = np.random.default_rng(5)
    e, f = energy(small, molecule), small.get_forces(molecule)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    moved = molecule.copy()
    moved.positions = molecule.positions @ rotation.T + [3, -2, 5]
    # Double precision; SchNetPack's Clebsch-Gordan coefficients are kept in single precision.
    assert energy(small, moved) == pytest.approx(e, abs=1e-5)
    assert np.allclose(small.get_forces(moved), f @ rotation.T, atol=1e-5)
    order = rng.permutation(len(molecule))
    assert energy(small, molecule[order]) == pytest.approx(e, abs=1e-8)
    assert np.allclose(small.get_forces(molecule[order]), f[order], atol=1e-8)
    # F_i = +g_ij and F_j = -g_ij for each pair: nothing is left over.
    assert np.allclose(f.sum(axis=0), 0, atol=1e-9)


def test_two_molecules_far_apart_have_twice_the_energy(small, molecule):
    other = molecule.copy()
    other.positions += [50, 0, 0]
    # Sums of the same numbers in another order.
    assert energy(small, molecule + other) == pytest.approx(2 * energy(small, molecule), abs=1e-7)


def test_nothing_happens_at_the_cutoff(small):
    """Energy and force of a pair go to those of lone atoms as it passes the cutoff of 4 Å."""
    pair = Atoms("CH", [[0, 0, 0], [0, 0, 1]])
    inside, outside = [], []
    for step in (1e-2, 1e-3):
        for distance, where in ((4.0 - step, inside), (4.0 + step, outside)):
            pair.positions[1, 2] = distance
            where.append((energy(small, pair), small.get_forces(pair)[0, 2]))
    # The cosine cutoff closes as (rc - r)^2: its value a hundredfold smaller at a tenth of the gap,
    # and its slope tenfold, down to the single precision of SchNetPack's constants.
    gap = np.abs(np.array(inside) - outside)
    assert gap[1, 0] < 0.02 * gap[0, 0] + 1e-9
    assert gap[1, 1] < 0.15 * gap[0, 1] + 1e-6


def test_a_lone_atom_has_no_force(small):
    assert np.allclose(small.get_forces(Atoms("C")), 0)


def test_an_unknown_element_is_named(small, molecule):
    molecule.symbols[3] = "Si"
    with pytest.raises(ValueError, match=r"Si was not in the training set, which had H, C only"):
        energy(small, molecule)
    with pytest.raises(ValueError, match="Si was not"):
        small.predict([molecule])


def test_one_calculator_serves_many_structures_in_turn(small, molecule, crystal):
    first = [energy(small, atoms) for atoms in (molecule, crystal, molecule[:5])]
    again = [energy(small, atoms) for atoms in (molecule, crystal, molecule[:5])]
    assert first == again


# On disk -----------------------------------------------------------------------------------------


def test_a_saved_potential_comes_back(small, molecule, tmp_path):
    small.history["validation"] += [0.5, 0.25]
    small.save(tmp_path / "potential.npz")
    back = load(tmp_path / "potential.npz")
    assert isinstance(back, NetworkPotential)
    assert energy(back, molecule) == energy(small, molecule)
    assert back.description == small.description
    assert back.history == small.history
    assert back.elements == ["H", "C"]
    assert [path.name for path in tmp_path.iterdir()] == ["potential.npz"]


def test_a_file_cut_short_is_refused(small, tmp_path):
    path = tmp_path / "potential.npz"
    small.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"potential\.npz .*"):
            load(path)


def test_a_changed_weight_is_noticed(small, tmp_path):
    path = tmp_path / "potential.npz"
    small.save(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    name = next(n for n in arrays if n.startswith("weight/readout"))
    arrays[name] = arrays[name] + 1e-6
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="changed after it was written"):
        load(path)


def test_code_in_a_file_is_not_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    np.savez(tmp_path / "trap.npz", header=np.array([Trap()], object))
    torch.save({"weight": Trap()}, tmp_path / "trap.pt")
    for name in ("trap.npz", "trap.pt"):
        with pytest.raises(ValueError, match=name):
            load(tmp_path / name)
    assert not (tmp_path / "executed").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*nothing\.npz"):
        load(tmp_path / "nothing.npz")


def test_a_failed_save_leaves_the_old_file(small, molecule, tmp_path, monkeypatch):
    path = tmp_path / "potential.npz"
    small.save(path)
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        small.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["potential.npz"]
