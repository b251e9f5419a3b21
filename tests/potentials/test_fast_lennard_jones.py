"""The compiled Lennard-Jones against the readable one, ASE, NIST's formulas, and planted bugs."""

from functools import partial

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.cell import Cell

from lecture8.integrators import (
    BlowUp,
    Langevin,
    initial_state,
    simulate,
)
from lecture8.potentials import LennardJones, lennard_jones, tail_correction
from lecture8.potentials.fast_lennard_jones import (
    FastLennardJones,
    fast_lennard_jones,
)
from lecture8.structures import ARGON, argon_box, argon_cluster, thermalise
from lecture8.validation import energy_drift, numerical_forces, numerical_stress
from tests.potentials.nist import reference_energies


def hot_box(repeat=3):
    return thermalise(argon_box(repeat), temperature_K=220, rng=np.random.default_rng(0))


def shaken_box():
    box = argon_box(3)
    box.rattle(0.3, rng=np.random.default_rng(4))
    return box


def triclinic_box(repeat=6):
    box = bulk("Ar", a=5.3) * (repeat, repeat, repeat)
    box.rattle(0.3, rng=np.random.default_rng(4))
    return box


# Against the readable one ------------------------------------------------------------------------


@pytest.mark.parametrize("make", [shaken_box, triclinic_box, partial(argon_cluster, 3)])
@pytest.mark.parametrize(
    "how", [{}, {"onset": 6.5}, {"shifted": False}], ids=["shifted", "switched", "cut"]
)
def test_equals_the_readable_one(make, how):
    atoms = make()
    cell = atoms.cell.array if atoms.pbc.all() else None
    slow = lennard_jones(atoms.positions, cell, **ARGON, cutoff=8.0, **how)
    fast = fast_lennard_jones(atoms.positions, cell, **ARGON, cutoff=8.0, **how)
    # The same few thousand terms of up to 0.1 eV in another order.
    assert fast.energy == pytest.approx(slow.energy, abs=1e-10)
    np.testing.assert_allclose(fast.forces, slow.forces, atol=1e-12)
    np.testing.assert_allclose(fast.virial, slow.virial, atol=1e-10)


@pytest.mark.parametrize("onset", [None, 7.0])
def test_a_hundred_steps_are_those_of_the_reference(onset):
    slow = LennardJones(**ARGON, cutoff=8.5, onset=onset)
    fast = FastLennardJones(**ARGON, cutoff=8.5, onset=onset)
    box = hot_box()
    a = simulate(box, slow, timestep_fs=5, steps=100)
    b = simulate(box, fast, timestep_fs=5, steps=100)
    # The same terms in another order, and a hundred steps of chaos.
    np.testing.assert_allclose(b.positions, a.positions, atol=1e-10)
    np.testing.assert_allclose(b.velocities, a.velocities, atol=1e-10)
    np.testing.assert_allclose(b.potential_energies, a.potential_energies, atol=1e-10)
    np.testing.assert_allclose(b.times, a.times, rtol=1e-12)


def test_langevin_draws_the_same_random_numbers_as_the_reference():
    bath = Langevin(temperature_K=94.4, friction_per_fs=1 / 200)
    a, b = (
        simulate(
            hot_box(),
            kind(**ARGON, cutoff=8.5),
            timestep_fs=5,
            steps=100,
            bath=bath,
            rng=np.random.default_rng(3),
        )
        for kind in (LennardJones, FastLennardJones)
    )
    np.testing.assert_allclose(b.positions, a.positions, atol=1e-10)


def test_records_and_continues_like_the_reference():
    fast = FastLennardJones(**ARGON, cutoff=8.5)
    box = hot_box()
    whole = simulate(box, fast, timestep_fs=5, steps=1200)
    sparse = simulate(box, fast, timestep_fs=5, steps=1200, record_every_fs=35)
    assert len(sparse.times) == 1 + 1200 // 7
    np.testing.assert_allclose(sparse.times, whole.times[::7], rtol=1e-12)
    # Where the run returned to Python the forces were summed in another order: chaos from 1e-15.
    np.testing.assert_allclose(sparse.positions[:140], whole.positions[::7][:140], atol=1e-8)
    first = simulate(box, fast, timestep_fs=5, steps=60)
    second = simulate(first.last, fast, timestep_fs=5, steps=40)
    np.testing.assert_allclose(second.positions[-1], whole.positions[100], atol=1e-10)
    assert second.times[0] == pytest.approx(first.times[-1])


def test_two_threads_give_the_same_run():
    one, two = (
        simulate(
            hot_box(), FastLennardJones(**ARGON, cutoff=8.5, threads=n), timestep_fs=5, steps=50
        )
        for n in (1, 2)
    )
    np.testing.assert_allclose(two.positions, one.positions, atol=1e-11)


# Against ASE, also where the readable one cannot follow ------------------------------------------


@pytest.mark.parametrize("repeat", [1, 2])
def test_cells_smaller_than_twice_the_cutoff_are_right(repeat):
    atoms = triclinic_box(repeat)  # one atom meets its own images
    ours, theirs = FastLennardJones(**ARGON, cutoff=9.0), AseLennardJones(**ARGON, rc=9.0)
    assert ours.get_potential_energy(atoms) == pytest.approx(
        theirs.get_potential_energy(atoms), abs=1e-10
    )
    np.testing.assert_allclose(ours.get_forces(atoms), theirs.get_forces(atoms), atol=1e-11)
    np.testing.assert_allclose(ours.get_stress(atoms), theirs.get_stress(atoms), atol=1e-12)


def test_the_nearest_image_alone_would_be_wrong_there():
    """The twin of the test above: rounding to the nearest image, as if the cell were large."""
    atoms = triclinic_box(2)
    d = atoms.get_all_distances(mic=True)
    r = d[np.triu_indices(len(atoms), 1)]
    x6 = (ARGON["sigma"] / r[r < 9.0]) ** 6
    nearest_only = np.sum(4 * ARGON["epsilon"] * (x6**2 - x6))
    true = FastLennardJones(**ARGON, cutoff=9.0, shifted=False).get_potential_energy(atoms)
    assert abs(nearest_only - true) > 0.1 * abs(true)


def test_partly_periodic_atoms_agree_with_ase():
    slab = shaken_box()
    slab.pbc = [True, True, False]
    ours, theirs = FastLennardJones(**ARGON, cutoff=8.0), AseLennardJones(**ARGON, rc=8.0)
    np.testing.assert_allclose(ours.get_forces(slab), theirs.get_forces(slab), atol=1e-12)


# Derivatives -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"onset": 6.5}], ids=["shifted", "switched"])
def test_forces_and_stress_are_derivatives_of_the_energy(how):
    atoms = triclinic_box(3)
    potential = FastLennardJones(**ARGON, cutoff=8.0, **how)
    forces = numerical_forces(atoms, potential)
    # h = 1e-4 Å. A pair that crosses the cutoff within h adds a kink where the force jumps.
    np.testing.assert_allclose(potential.get_forces(atoms), forces, atol=1e-6)
    stress = atoms_stress(atoms, potential)
    np.testing.assert_allclose(stress, numerical_stress(atoms, potential), atol=1e-7)
    np.testing.assert_allclose(stress, stress.T, atol=1e-12)


def atoms_stress(atoms, potential):
    atoms = atoms.copy()
    atoms.calc = potential
    return atoms.get_stress(voigt=False)


@pytest.mark.parametrize(
    "bug",
    [
        lambda w: 2 * w,  # both directions of each pair counted
        lambda w: -w,  # pressure for stress
        lambda w: np.diag(np.full(3, np.trace(w) / 3)),  # as if a solid were a fluid
    ],
)
def test_a_wrong_virial_is_seen_by_straining_the_cell(bug):
    atoms = triclinic_box(3)
    potential = FastLennardJones(**ARGON, cutoff=8.0, onset=6.5)
    w = fast_lennard_jones(atoms.positions, atoms.cell.array, **potential.parameters).virial
    true = numerical_stress(atoms, potential)
    assert abs(-w / atoms.get_volume() - true).max() < 1e-7
    assert abs(-bug(w) / atoms.get_volume() - true).max() > 1e-5


def test_squeezed_argon_pushes_and_stretched_argon_pulls():
    """A stress is negative where the pressure is positive."""
    squeezed = argon_box(3, density_g_cm3=2.2)
    potential = FastLennardJones(**ARGON, cutoff=7.0)
    assert potential.get_stress(squeezed)[:3].sum() < 0
    stretched = argon_box(3, density_g_cm3=1.2)
    assert potential.get_stress(stretched)[:3].sum() > 0


# The skin ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def liquid():
    fast = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0)
    return simulate(hot_box(5), fast, timestep_fs=10, picoseconds=10, record_every_fs=1e4).last


def skinny(**settings):
    return FastLennardJones(**ARGON, cutoff=8.5, onset=7.0, skin=0.3, **settings)


def test_a_list_that_is_renewed_too_rarely_makes_the_energy_drift(liquid):
    good, bad = (
        energy_drift(simulate(liquid, skinny(renew_every=n), timestep_fs=10, picoseconds=10))
        for n in (None, 200)
    )
    # eV per atom and ps.
    assert abs(good.value) < 1e-5
    assert abs(bad.value) > 5e-5


def test_a_list_that_is_never_renewed_conserves_the_energy_of_a_wrong_system(liquid):
    """Pairs that are not listed do not interact: conservative, but atoms overlap."""
    good, bad = (
        simulate(
            liquid, skinny(renew_every=n), timestep_fs=10, picoseconds=20, record_every_fs=2e4
        ).last
        for n in (None, 10**9)
    )

    def closest(state):
        atoms = liquid.atoms.copy()
        atoms.positions = state.positions
        d = atoms.get_all_distances(mic=True)
        return d[np.triu_indices(len(atoms), 1)].min()

    assert closest(good) > 2.7  # Å; the wall of argon
    assert closest(bad) < 2.0
    energies = [s.potential_energy + s.kinetic_energy for s in (liquid, bad)]
    assert abs(energies[1] - energies[0]) / 500 < 1e-4  # eV per atom


@pytest.mark.parametrize("skin", [0.2, 1.0, 2.5])
def test_the_answer_does_not_depend_on_the_skin(skin):
    box = hot_box()
    run, expected = (
        simulate(box, FastLennardJones(**ARGON, cutoff=8.0, skin=s), timestep_fs=10, steps=100)
        for s in (skin, 1.5)
    )
    # The list has another order, and so have the sums; a hundred steps of chaos.
    np.testing.assert_allclose(run.positions, expected.positions, atol=1e-10)


# NIST --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "edge", "cutoff", "published"),
    [
        (800, 10, 3, "-1.9849E+02"),
        (200, 8, 3, "-2.4230E+01"),
        (400, 10, 3, "-4.9622E+01"),
        (30, 8, 3, "-5.4517E-01"),
        (800, 10, 4, "-8.3769E+01"),
    ],
)
def test_tail_energies_are_those_that_nist_publishes(number, edge, cutoff, published):
    """Of its four cuboid configurations; the tail needs only their number of atoms and volume."""
    tail, _ = tail_correction(number, edge**3, epsilon=1.0, sigma=1.0, cutoff=cutoff)
    assert f"{tail:.4E}" == published


def test_reference_energies_of_a_dimer_by_hand():
    r = 1.3
    positions = [[0.1, 9.9, 5.0], [0.1, (9.9 + r) % 10, 5.0]]  # a pair across the boundary
    u, tail, w = reference_energies(positions, [10.0, 10.0, 10.0])
    assert u == pytest.approx(4 * (r**-12 - r**-6), rel=1e-12)
    assert w == pytest.approx(24 * (2 * r**-12 - r**-6), rel=1e-12)
    assert tail == pytest.approx(8 / 3 * np.pi * 2 * 2e-3 * (3**-9 / 3 - 3**-3), rel=1e-12)


def test_reference_energies_of_one_lattice_in_two_cells():
    """A liquid-like box, and the same atoms in a skewed cell of the same lattice."""
    rng = np.random.default_rng(0)
    positions = bulk("Ar", a=1.7, cubic=True).repeat(5).positions
    positions += 0.05 * rng.standard_normal(positions.shape)
    cuboid = 8.5 * np.eye(3)
    skewed = cuboid + np.array([[0, 0, 0], [8.5, 0, 0], [0, -8.5, 0]])
    a, b = (reference_energies(positions, cell) for cell in (cuboid, skewed))
    np.testing.assert_allclose(b, a, rtol=1e-11)
    # The skewed cell by edges and angles; its vectors are then turned, and the atoms with them.
    edges = [8.5, 8.5 * np.sqrt(2), 8.5 * np.sqrt(2)]
    by_angles = Cell.new([*edges, 120, 90, 45])
    turn = np.linalg.solve(skewed, by_angles.array)
    c = reference_energies(positions @ turn, [*edges, 120, 90, 45])
    np.testing.assert_allclose(c, a, rtol=1e-9)
    slow = lennard_jones(positions, cuboid, epsilon=1, sigma=1, cutoff=3.0, shifted=False)
    assert a.pair_energy == pytest.approx(slow.energy, rel=1e-11)
    assert a.pair_virial == pytest.approx(np.trace(slow.virial), rel=1e-9)


def test_tail_completes_a_cut_lattice_sum():
    """The fcc lattice sum of Lennard-Jones is known: -8.610200 epsilon per atom at its minimum."""
    a = np.sqrt(2) * (2 * 12.13188 / 14.45392) ** (1 / 6)  # from the sums of r^-12 and r^-6
    cell, cutoff = bulk("Ar", a=a).cell.array, 10.0
    u = fast_lennard_jones(
        np.zeros((1, 3)), cell, epsilon=1, sigma=1, cutoff=cutoff, shifted=False
    ).energy
    tail, _ = tail_correction(1, np.linalg.det(cell), epsilon=1, sigma=1, cutoff=cutoff)
    # A lattice is not evenly spread at the cutoff: a few percent of the tail of 9e-3.
    assert u + tail == pytest.approx(-8.6102, abs=1e-3)
    assert abs(u + 8.6102) > 5e-3


# Bad input ---------------------------------------------------------------------------------------


def potential():
    return FastLennardJones(**ARGON, cutoff=8.0)


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (Atoms("ArNe", positions=np.eye(3)[:2]), "parameters for one species"),
        (Atoms("Ar", cell=[5, 5, 0], pbc=True), r"pbc is .*span no volume; set atoms.cell"),
        (Atoms("Ar", cell=[[5, 0, 0], [5, 0, 0], [0, 0, 5]], pbc=True), "span no volume; set"),
    ],
)
def test_atoms_without_an_answer_are_refused(atoms, message):
    with pytest.raises(ValueError, match=message):
        potential().get_potential_energy(atoms)


@pytest.mark.parametrize("kind", [LennardJones, FastLennardJones])
def test_two_atoms_on_one_spot_are_refused(kind):
    with pytest.raises(CalculationFailed, match="two atoms sit on the same spot"):
        kind(**ARGON, cutoff=8.0).get_potential_energy(Atoms("Ar2", positions=np.zeros((2, 3))))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timestep_fs": -1.0}, "timestep_fs is -1.0"),
        ({"steps": -1}, "steps is -1"),
        ({"record_every_fs": 0}, "record_every_fs is 0"),
        (
            {"bath": Langevin(temperature_K=300, friction_per_fs=0.1)},
            "rng is None.*default_rng",
        ),
        ({"steps": 1e1}, "steps is 10.0, .* whole number .* write 10$"),
    ],
)
def test_runs_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        simulate(hot_box(), potential(), **{"timestep_fs": 1.0, "steps": 1} | wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"renew_every": -3}, "renew_every is -3"),
        ({"renew_every": 2.0}, "renew_every is 2.0"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 1.0}, "threads is 1.0, .* write 1$"),
    ],
)
def test_settings_of_its_runs_are_whole_numbers(wrong, message):
    with pytest.raises(ValueError, match=message):
        FastLennardJones(**ARGON, cutoff=8.0, **wrong)


def test_a_step_too_long_ends_in_a_message_and_keeps_the_run_so_far():
    with pytest.raises(BlowUp, match=r"blew up at step \d+.*too long") as caught:
        simulate(hot_box(), potential(), timestep_fs=120, steps=2000)
    kept = caught.value.trajectory
    assert 1 <= len(kept.times) < 2000
    assert np.all(np.isfinite(kept.positions))


def test_a_cutoff_is_needed():
    with pytest.raises(ValueError, match="needs a cutoff"):
        FastLennardJones(**ARGON, cutoff=None)


def test_a_state_without_atoms_is_refused():
    state = initial_state(np.eye(3), np.zeros((3, 3)), np.ones(3), lambda r: -r)
    with pytest.raises(ValueError, match="start from an Atoms object"):
        simulate(state, potential(), timestep_fs=1.0, steps=1)
    with pytest.raises(ValueError, match="start the run from an Atoms object"):
        simulate(state, potential(), timestep=1.0, steps=1)


@pytest.mark.parametrize("skin", [0.0, -1.0, np.nan])
def test_a_skin_must_be_positive(skin):
    with pytest.raises(ValueError, match="skin is"):
        FastLennardJones(**ARGON, cutoff=8.0, skin=skin)
