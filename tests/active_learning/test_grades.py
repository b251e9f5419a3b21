"""What graders must give: at most 1 on the training set, much where a frame is far from it."""

import numpy as np
import pytest
from ase.build import bulk, molecule
from motep.grade.grader import Grader as MotepGrader

from lecture8.active_learning import (
    CommitteeGrade,
    DistanceGrade,
    ExtrapolationGrade,
    fit_committee,
)
from lecture8.fitting import MomentTensor, MomentTensorPotential, Network
from lecture8.structures import BUTANE_CHAIN, butane
from tests.active_learning.conftest import SMALL, fit_small, rattled


@pytest.fixture(scope="module")
def gauche():
    """A butane turned about its middle bond: its bonds and angles are in the training set."""
    from lecture8.reference import turn_torsion

    return turn_torsion(butane(), BUTANE_CHAIN, 60)


@pytest.fixture(params=["extrapolation", "extrapolation, linear only", "distance"])
def grader(request, cold, fitted):
    if request.param == "distance":
        return DistanceGrade(cold)
    return ExtrapolationGrade(fitted, cold, radial=request.param == "extrapolation")


def test_the_training_set_is_graded_at_most_one(grader, cold):
    grades = grader(cold)
    assert grades.shape == (12,)
    # The tolerance of maxvol, 1e-7, and rounding of an inverse with a condition number of 1e7.
    assert grades.max() <= 1 + 1e-6


def test_a_far_frame_is_graded_higher_than_a_near_one(grader):
    near, far = grader(rattled(1, by=0.03, seed=7) + rattled(1, by=0.15, seed=8))
    assert far > 2 > near / 2


def test_per_atom_and_per_frame_agree_and_know_no_rotation_or_order(grader, cold):
    atoms = rattled(1, by=0.1)[0]
    grades = grader.per_atom(atoms)
    assert grades.shape == (14,)
    assert grades.max() == grader([atoms])[0]
    turned = atoms.copy()
    turned.rotate(50, (1, 2, 3))
    order = np.random.default_rng(0).permutation(14)
    # Rounding times the condition number of the active set, 1e7.
    np.testing.assert_allclose(grader.per_atom(turned[order]), grades[order], rtol=1e-5)


def test_a_left_out_training_atom_is_within_one_distance(cold):
    """Distance 0 to itself would be no proof: the scale must come from other atoms."""
    grader = DistanceGrade(cold)
    grades = np.array([DistanceGrade(cold[:k] + cold[k + 1 :])(cold[k : k + 1]) for k in range(12)])
    assert 0.2 < np.median(grades) < 2
    scale = grader._known[1][3]
    distances = grader._known[1][2].query(grader._known[1][2].data, k=2)[0][:, 1]
    assert distances.max() / scale == pytest.approx(1)


def test_gamma_is_that_of_motep(cold, fitted):
    """With the linear coefficients alone, where no artificial row is needed."""
    ours = ExtrapolationGrade(fitted, cold, radial=False)
    fitted.mtp_data.optimized = ["species_coeffs", "moment_coeffs"]
    try:
        theirs = MotepGrader(fitted.mtp_data, seed=1, mode="neighborhood")
        theirs.update(cold)
        frames = rattled(4, by=0.1, seed=5)
        expected = [a.calc.results["nbh_grades"] for a in theirs.grade(frames)]
    finally:
        fitted.mtp_data.optimized = ["species_coeffs", "moment_coeffs", "radial_coeffs"]
    # Two libraries, one sum; the condition number is 1e4.
    np.testing.assert_allclose([ours.per_atom(a) for a in frames], expected, rtol=1e-7)


def test_the_rows_are_derivatives_of_an_atoms_energy(cold, fitted):
    """The sum over atoms, against central differences of the frame's energy."""
    grader, atoms = ExtrapolationGrade(fitted, cold), cold[0]
    parameters, sums = fitted.mtp_data.parameters, grader.rows(cold[0]).sum(axis=0)
    assert len(sums) == len(parameters)
    for k in [0, 3, 5, 6, 10, 20, 40]:
        ends = []
        for sign in (1, -1):
            twin = fitted.copy()
            changed = parameters.copy()
            changed[k] += sign * 1e-5
            twin.mtp_data.parameters = changed
            ends.append(twin.predict([atoms])[0][0])
        # Energies of 400 eV round at 1e-13 times that, over 2e-5; and h^2.
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(sums[k], rel=1e-4, abs=1e-4)


def test_gauche_is_seen_by_the_radial_coefficients_only(cold, fitted, gauche):
    all_of_them = ExtrapolationGrade(fitted, cold)([gauche])[0]
    linear = ExtrapolationGrade(fitted, cold, radial=False)([gauche])[0]
    assert all_of_them > 3 * linear


def test_fewer_atoms_than_coefficients_is_no_obstacle(cold, fitted):
    methane = molecule("CH4")
    grader = ExtrapolationGrade(fitted, [methane])  # 5 rows for more than 20 columns
    assert grader([methane])[0] <= 1 + 1e-6
    assert grader(cold[:1])[0] > 100  # beyond anything seen, and in directions never seen
    lonely = DistanceGrade([methane])
    assert lonely([methane])[0] == pytest.approx(0, abs=1e-9)


def test_a_grade_does_not_change_with_the_frames_graded_before(cold, fitted):
    grader, frames = ExtrapolationGrade(fitted, cold), rattled(3, by=0.1)
    before = grader(frames)
    grader([molecule("CH4"), *cold])
    np.testing.assert_array_equal(grader(frames), before)


def test_a_crystal_is_graded_too():
    copper = MomentTensorPotential(SMALL, ["Cu"], 2.0)
    rng = np.random.default_rng(0)
    copper.mtp_data.radial_coeffs = rng.normal(size=copper.mtp_data.radial_coeffs.shape)
    copper.mtp_data.moment_coeffs = rng.normal(size=copper.mtp_data.moment_coeffs.shape)
    frames = []
    for k in range(3):
        frames.append(bulk("Cu", cubic=True))
        frames[-1].rattle(0.05, seed=k)
    hot = bulk("Cu", cubic=True)
    hot.rattle(0.4, seed=9)
    for grader in (ExtrapolationGrade(copper, frames), DistanceGrade(frames)):
        assert grader(frames).max() <= 1 + 1e-6
        assert grader([hot])[0] > 3
        # A supercell holds the same atoms. Rounding times the condition number, as above.
        np.testing.assert_allclose(grader([hot * (2, 1, 1)]), grader([hot]), rtol=1e-5)


# Committees ---------------------------------------------------------------------------------------


def test_a_committee_of_equals_agrees(fitted):
    atoms = rattled(1, by=0.1)[0]
    # Not 0: the mean of three equal numbers rounds.
    assert CommitteeGrade([fitted, fitted.copy(), fitted.copy()])([atoms])[0] < 1e-14


def test_disagreement_is_the_standard_deviation_of_the_force(fitted):
    class Shifted(MomentTensorPotential):
        def get_forces(self, atoms=None, **_):
            return fitted.get_forces(atoms) + self.shift

    members = []
    for shift in (-0.3, 0.3):
        member = Shifted(SMALL, ["H", "C"], 1.0)
        member.shift = np.array([shift, 0, 0])
        members.append(member)
    # Two members at +-0.3 of their mean.
    np.testing.assert_allclose(CommitteeGrade(members).per_atom(butane()), 0.3, rtol=1e-12)


def test_a_fitted_committee_disagrees_more_where_it_has_not_been(cold):
    def from_scratch(frames, rng):
        return fit_small(frames, None, rng, epochs=15)

    members = fit_committee(cold, 3, fit=from_scratch, rng=np.random.default_rng(0))
    grader = CommitteeGrade(members)
    assert grader(rattled(3, by=0.2, seed=3)).min() > 2 * grader(cold).max() > 0


def test_a_committee_of_networks(butanes):
    from lecture8.fitting import fit

    tiny = Network("painn", features=8, interactions=1, radial=8, cutoff=3.5)

    def from_scratch(frames, rng):
        return fit(frames, butanes[30:], model=tiny, rng=rng, epochs=2, progress=False)

    members = fit_committee(butanes[:20], 2, fit=from_scratch, rng=np.random.default_rng(0))
    assert CommitteeGrade(members)(butanes[:2]).min() > 0


def test_what_cannot_grade_is_refused(fitted, cold):
    with pytest.raises(ValueError, match="a committee of 1 cannot disagree"):
        CommitteeGrade([fitted])
    with pytest.raises(ValueError, match="needs a moment tensor potential"):
        ExtrapolationGrade(object(), cold)
    for make in (lambda: ExtrapolationGrade(fitted, []), lambda: DistanceGrade([])):
        with pytest.raises(ValueError, match="there are no training frames"):
            make()
    with pytest.raises(ValueError, match="O was not in the training set"):
        DistanceGrade(cold, description=MomentTensor(level=4))([molecule("H2O")])
