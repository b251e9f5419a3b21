"""The moment network: its functions, its derivatives, its compiled twin, its files."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.calculator import CalculationFailed

from lecture8.fitting import load
from lecture8.fitting.moment_networks import atom as atom_compiled
from lecture8.fitting.moment_networks.basis import DEGREE, functions_of
from lecture8.fitting.moment_networks.coefficients import coefficients_of
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.frames import predict, prepare
from lecture8.fitting.moment_networks.model import EnergyModel, invariants
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.frames import label
from lecture8.integrators import BlowUp, Langevin, langevin_baoab, simulate
from lecture8.structures import lgps, thermalise
from lecture8.validation import numerical_forces, numerical_stress

SPECIES = np.array([1, 6])
DESCRIPTION = MomentNetwork(cutoff=4.0, channels=3, radial_size=5, neurons=6)


def model_of(description=DESCRIPTION, elements=2, seed=0):
    model = EnergyModel(description, elements, np.random.default_rng(seed)).double()
    with torch.no_grad():
        model.linear.normal_(0, 0.02, generator=torch.Generator().manual_seed(seed))
        model.readout.mul_(10)
        model.centre.normal_(0, 0.1, generator=torch.Generator().manual_seed(seed))
    return model


def potential_of(description=DESCRIPTION, species=SPECIES, core=0.9, **options):
    model = model_of(description, len(species))
    cores = np.full((len(species), len(species)), core)
    numbers = coefficients_of(model, np.linspace(-1, -5, len(species)), cores)
    return MomentNetworkPotential(description, species, numbers, **options)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def potential():
    return potential_of()


@pytest.fixture
def electrolyte():
    """An untrained potential for LGPS, gentle enough for dynamics."""
    species = np.array([3, 15, 16, 32])
    return potential_of(MomentNetwork(cutoff=4.0, channels=2, neurons=4), species, core=1.9)


# The fixed functions ------------------------------------------------------------------------------


def test_angular_functions_obey_the_addition_theorem(rng):
    vectors = rng.normal(size=(2, 3))
    _, _, (a, b), _ = functions_of(vectors, 5.0, 4)
    cosine = vectors[0] @ vectors[1] / np.prod(np.linalg.norm(vectors, axis=1))
    for degree in range(4):
        expected = np.polynomial.legendre.Legendre.basis(degree)(cosine)
        here = degree == DEGREE
        assert a[here] @ b[here] == pytest.approx(expected, abs=1e-13)  # rounding


def test_slopes_of_the_fixed_functions_are_central_differences(rng):
    h = 1e-5
    vectors = 1.5 * rng.normal(size=(5, 3))
    _, dt, _, ds = functions_of(vectors, 6.0, 8)
    r = np.linalg.norm(vectors, axis=1)[:, None]
    t = [functions_of(vectors * (1 + x / r), 6.0, 8)[0] for x in (-h, h)]
    assert np.allclose((t[1] - t[0]) / (2 * h), dt, atol=1e-7)  # h^2 T'''
    unit = vectors / r
    across = (ds - unit[:, :, None] * np.einsum("px,pxc->pc", unit, ds)[:, None]) / r[:, :, None]
    for x in range(3):
        s = [functions_of(vectors + y * np.eye(3)[x], 6.0, 8)[2] for y in (-h, h)]
        assert np.allclose((s[1] - s[0]) / (2 * h), across[:, x], atol=1e-7)


def test_radial_functions_end_smoothly_and_are_flat_near_nothing():
    t, dt, _, _ = functions_of(np.array([[1e-6, 0, 0], [5 - 1e-6, 0, 0]]), 5.0, 8)
    assert np.abs(t[1]).max() < 1e-11  # (2e-6 / 5)^2
    assert np.abs(dt[1]).max() < 1e-5
    assert np.abs(dt[0]).max() < 1e-4  # proportional to r


# Torch and compiled -------------------------------------------------------------------------------


def test_compiled_invariants_are_those_of_torch(rng):
    for channels in (1, 4):
        a = rng.normal(size=(channels, 16))
        q = np.empty(MomentNetwork(channels=channels).features)
        atom_compiled.invariants(a, q)
        assert np.allclose(q, invariants(torch.tensor(a)[None])[0].numpy(), atol=1e-12)


def test_compiled_slopes_are_autograd(rng):
    a = torch.tensor(rng.normal(size=(4, 16)), requires_grad=True)
    weights = rng.normal(size=MomentNetwork(channels=4).features)
    (invariants(a[None])[0] @ torch.tensor(weights)).backward()
    g = np.empty((4, 16))
    atom_compiled.invariants_backwards(a.detach().numpy(), weights, g)
    assert np.allclose(g, a.grad.numpy(), atol=1e-11)  # rounding of a sum of some hundred


def test_energy_forces_and_stress_are_those_of_the_fit(crystal):
    model, potential = model_of(), potential_of(core=0.1)
    batch = prepare(label([crystal], potential)[0], SPECIES, 4.0, 5, np.zeros(2), torch.float64)
    energy, forces, virial = predict(model, batch, create_graph=False)
    offset = np.linspace(-1, -5, 2)[np.searchsorted(SPECIES, crystal.numbers)].sum()
    assert energy.item() + offset == pytest.approx(batch.energy.item(), abs=1e-10)
    assert np.allclose(forces.detach(), batch.forces, atol=1e-10)
    stress = virial[0] / crystal.get_volume()
    assert np.allclose(stress.detach(), batch.stress[0], atol=1e-10)


# Derivatives and symmetries -----------------------------------------------------------------------


def test_forces_are_the_gradient(potential, crystal, molecule):
    for atoms in (crystal, molecule):
        atoms.calc = potential
        forces = atoms.get_forces()
        assert np.abs(forces).max() > 0.01
        assert np.allclose(forces, numerical_forces(atoms, potential), atol=1e-6)
        assert np.allclose(forces.sum(axis=0), 0, atol=1e-12)


def test_stress_is_the_strain_derivative(potential, crystal):
    crystal.calc = potential
    assert np.allclose(
        crystal.get_stress(voigt=False), numerical_stress(crystal, potential), atol=1e-7
    )


def test_core_is_part_of_forces_and_stress(crystal):
    """Two carbons within the core; the planted bug, a core without its slope, would fail here."""
    potential = potential_of(core=2.5)
    crystal.calc = potential
    with_core = crystal.get_potential_energy()
    assert with_core > potential_of(core=0.1).get_potential_energy(crystal) + 0.1
    assert np.allclose(crystal.get_forces(), numerical_forces(crystal, potential), atol=1e-5)
    assert np.allclose(
        crystal.get_stress(voigt=False), numerical_stress(crystal, potential), atol=1e-6
    )


@pytest.mark.parametrize("term", ["bias", "readout", "mixing"])
def test_another_coefficient_would_be_noticed(potential, crystal, term):
    """Planted bug: coefficients of the elements interchanged."""
    wrong = potential.coefficients._replace(**{term: getattr(potential.coefficients, term)[::-1]})
    other = MomentNetworkPotential(DESCRIPTION, SPECIES, wrong)
    difference = other.get_potential_energy(crystal) - potential.get_potential_energy(crystal)
    assert abs(difference) > 1e-3


def test_rotation_reflection_and_order_change_nothing(potential, molecule, rng):
    energy, forces = potential.get_potential_energy(molecule), potential.get_forces(molecule)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]  # may reflect too
    turned = molecule.copy()
    turned.positions = molecule.positions @ rotation
    assert potential.get_potential_energy(turned) == pytest.approx(energy, abs=1e-10)
    assert np.allclose(potential.get_forces(turned), forces @ rotation, atol=1e-10)
    order = rng.permutation(len(molecule))
    assert potential.get_potential_energy(molecule[order]) == pytest.approx(energy, abs=1e-10)
    assert np.allclose(potential.get_forces(molecule[order]), forces[order], atol=1e-10)


def test_energy_and_forces_fade_at_the_cutoff(potential):
    pair = Atoms("CH", [[0, 0, 0], [4 - 1e-5, 0, 0]])
    apart = Atoms("CH", [[0, 0, 0], [4 + 1e-5, 0, 0]])
    near, far = (potential.get_potential_energy(x) for x in (pair, apart))
    assert near == pytest.approx(far, abs=1e-8)  # (1 - r^2/cutoff^2)^2 is 2.5e-11 there
    assert np.abs(potential.get_forces(pair)).max() < 1e-3
    assert np.all(potential.get_forces(apart) == 0)


def test_a_larger_cell_has_as_many_times_the_energy(potential, crystal):
    double = crystal * (2, 1, 1)
    twice = 2 * potential.get_potential_energy(crystal)
    assert potential.get_potential_energy(double) == pytest.approx(twice, abs=1e-9)


# In motion ----------------------------------------------------------------------------------------


def test_its_time_loop_takes_the_same_langevin_steps(electrolyte, rng):
    start = thermalise(lgps(), temperature_K=300, rng=rng)
    bath = Langevin(temperature_K=300, friction_per_fs=0.01)
    fast, slow = (
        simulate(
            start,
            electrolyte,
            timestep_fs=1,
            steps=20,
            bath=bath,
            rng=np.random.default_rng(5),
            step=step,
        )
        for step in (None, langevin_baoab)
    )
    assert np.allclose(fast.positions, slow.positions, atol=1e-9)
    assert np.allclose(fast.potential_energies, slow.potential_energies, atol=1e-8)


@pytest.mark.parametrize("skin", [0.2, 2.0])
def test_the_skin_changes_nothing(electrolyte, rng, skin):
    start = thermalise(lgps(), temperature_K=1500, rng=rng)
    runs = []
    for x in (skin, electrolyte.skin):
        electrolyte.skin = x
        runs.append(simulate(start, electrolyte, timestep_fs=2, steps=60, record_every_fs=120))
    assert np.abs(runs[0].positions[-1] - start.positions).max() > 0.3  # a list was made anew
    # Sums in another order, after 60 steps.
    assert np.allclose(runs[0].positions, runs[1].positions, atol=1e-7)


def test_energy_is_conserved_to_second_order_and_the_potential_energy_alone_is_not(
    electrolyte, rng
):
    start = thermalise(lgps(), temperature_K=100, rng=rng)
    runs = [
        simulate(start, electrolyte, timestep_fs=dt, picoseconds=0.05, record_every_fs=0.5)
        for dt in (0.5, 0.25)
    ]
    coarse, fine = (np.ptp(run.total_energies) for run in runs)
    assert 3 < coarse / fine < 5  # 4 for an error of order timestep^2
    coarse, fine = (np.ptp(run.potential_energies) for run in runs)  # the planted bug
    assert coarse / fine == pytest.approx(1, abs=0.05)


def test_the_same_seed_gives_the_same_run(electrolyte):
    start = thermalise(lgps(), temperature_K=300, rng=np.random.default_rng(0))
    bath = Langevin(temperature_K=350, friction_per_fs=0.001)
    one, same, other = (
        simulate(
            start, electrolyte, timestep_fs=1, steps=30, bath=bath, rng=np.random.default_rng(seed)
        )
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.positions, same.positions)
    assert not np.array_equal(one.positions, other.positions)


def test_a_run_continues_where_it_ended(electrolyte, rng):
    start = thermalise(lgps(), temperature_K=300, rng=rng)
    settings = {"timestep_fs": 1, "record_every_fs": 10}
    whole = simulate(start, electrolyte, steps=40, **settings)
    half = simulate(start, electrolyte, steps=20, **settings)
    rest = simulate(half.last, electrolyte, steps=20, **settings)
    assert np.allclose(rest.positions[-1], whole.positions[-1], atol=1e-9)
    assert rest.last.time == pytest.approx(whole.last.time)


def test_an_explosion_is_reported_with_the_run_so_far(electrolyte, rng):
    start = thermalise(lgps(), temperature_K=1e7, rng=rng)
    with pytest.raises(BlowUp, match="blew up at step") as failure:
        simulate(start, electrolyte, timestep_fs=50, steps=100)
    assert np.all(np.isfinite(failure.value.trajectory.positions))


# On disk, and mistakes ----------------------------------------------------------------------------


def test_save_and_load(potential, crystal, tmp_path):
    potential.history = {"epoch": [1], "train": [2.0], "validation": [3.0]}
    potential.save(tmp_path / "small.npz")
    again = MomentNetworkPotential.load(tmp_path / "small.npz")
    assert again.get_potential_energy(crystal) == potential.get_potential_energy(crystal)
    assert again.history == potential.history
    assert again.description == potential.description
    assert again.elements == ["H", "C"]
    assert isinstance(load(tmp_path / "small.npz"), MomentNetworkPotential)


WITHOUT_TORCH = """
import pickle, sys
from lecture8.fitting import load
from lecture8.datasets import fitted_lgps
from lecture8.integrators import simulate
from lecture8.structures import lgps
one, other = pickle.load(sys.stdin.buffer), load(sys.argv[1])
assert abs(one.get_forces(lgps()) - other.get_forces(lgps())).max() == 0
simulate(lgps(), fitted_lgps(), timestep_fs=0.1, steps=1)
assert "torch" not in sys.modules, "torch was imported"
from lecture8.fitting import NetworkPotential
assert "torch" in sys.modules
"""


def test_a_worker_does_without_torch(electrolyte, tmp_path):
    """It would take three times as long to start, and twice the memory."""
    electrolyte.save(tmp_path / "small.npz")
    worker = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, tmp_path / "small.npz"],
        input=pickle.dumps(electrolyte),
        capture_output=True,
    )
    assert worker.returncode == 0, worker.stderr.decode()


def test_what_needs_torch_is_found_like_the_rest():
    from lecture8 import fitting

    assert set(dir(fitting)) >= {"Network", "NetworkPotential", "MomentNetwork", "fit"}
    assert fitting.NetworkPotential.__name__ == "NetworkPotential"
    with pytest.raises(AttributeError, match="has no attribute 'fit_everything'"):
        fitting.fit_everything  # noqa: B018


def test_a_damaged_file_is_refused(potential, tmp_path):
    file = tmp_path / "small.npz"
    potential.save(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="cut short"):
        MomentNetworkPotential.load(file)
    file.write_bytes(whole)
    arrays = dict(np.load(file))
    arrays["offset"] = arrays["offset"] + 1
    np.savez(file, **arrays)
    with pytest.raises(ValueError, match="changed after"):
        MomentNetworkPotential.load(file)
    with pytest.raises(FileNotFoundError):
        MomentNetworkPotential.load(tmp_path / "none.npz")


def test_no_wrong_byte_goes_unnoticed(potential, crystal, tmp_path):
    file = tmp_path / "small.npz"
    potential.save(file)
    whole, energy = file.read_bytes(), potential.get_potential_energy(crystal.copy())
    for place in range(0, len(whole), 23):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            read = load(file)
        except ValueError as error:
            assert "cannot be used" in str(error)  # noqa: PT017
        else:  # a date, or another byte that means nothing
            assert read.get_potential_energy(crystal.copy()) == energy


def test_mistakes_are_sentences(potential, electrolyte):
    with pytest.raises(ValueError, match="channels is 0"):
        MomentNetwork(channels=0)
    with pytest.raises(ValueError, match=r"neurons is 2\.5"):
        MomentNetwork(neurons=2.5)
    with pytest.raises(ValueError, match="Ar was not in the training set"):
        potential.get_potential_energy(Atoms("Ar"))
    with pytest.raises(CalculationFailed, match="same spot"):
        potential.get_potential_energy(Atoms("CC", [[0, 0, 0], [0, 0, 0]]))
    with pytest.raises(ValueError, match="skin is 0"):
        potential_of(skin=0.0)
    with pytest.raises(ValueError, match="timestep_fs is -1"):
        simulate(lgps(), electrolyte, timestep_fs=-1, steps=1)
    bath = Langevin(temperature_K=300, friction_per_fs=0.1)
    with pytest.raises(ValueError, match="rng is None, but must be"):
        simulate(lgps(), electrolyte, timestep_fs=1, steps=1, bath=bath)


def test_a_single_atom_has_its_own_energy(potential):
    atom = Atoms("C")
    q = np.zeros(DESCRIPTION.features)
    c = potential.coefficients
    expected = c.offset[1] + c.readout[1] @ np.tanh(c.bias[1])
    assert potential.get_potential_energy(atom) == pytest.approx(expected + c.linear[1] @ q)
    assert np.all(potential.get_forces(atom) == 0)
