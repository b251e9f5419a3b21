"""Controls of notebook 3, fitting."""

from functools import cache

import nbformat
import numpy as np

from lecture8.correlated_samples import correlation_time
from lecture8.datasets import butane_frames, learning_curves, stability
from lecture8.fitting import Loss, MomentTensor, errors, fit
from lecture8.frames import split, torsion
from lecture8.integrators import simulate
from lecture8.measured import from_samples
from lecture8.reference import gfn2_xtb, labelled_dynamics, torsion_scan
from lecture8.structures import BUTANE_CHAIN, butane, thermalise
from lecture8.validation import energy_drift
from recipes.controls.claim import control

SPLIT = "notebook 3, Five tests of one fit; slide, Where the error is"
LONG = "notebook 3, Run it for long; slide, Survival against error; INSTRUCTORS.md"
RUN = "notebook 3, Run it"


@cache
def live_run(seed: int):
    """Return the live run of the notebook, made with another seed."""
    return labelled_dynamics(
        butane(),
        gfn2_xtb(),
        temperature_K=500,
        picoseconds=1.2,
        record_every_fs=3,
        equilibrate_ps=0.5,
        rng=np.random.default_rng(seed),
    )


@cache
def parts():
    """Return training, validation and test frames of the split by run."""
    always = np.random.default_rng(0)
    return split(butane_frames(), train=400, validation=100, test=400, rng=always)


def training_and_between(seed: int):
    """Return 200 frames of the first 280 of the live run, and those that were left out."""
    order, live = np.random.default_rng(seed).permutation(280), live_run(seed)
    return [live[i] for i in order[:200]], [live[i] for i in order[200:]]


@cache
def five_tests(seed: int) -> list[float]:
    """Return the five bars: training, between, after a gap, same well, outside."""
    train, between = training_and_between(seed)
    live, others = live_run(seed), butane_frames()[::6]
    seen, angles = torsion(live, BUTANE_CHAIN), torsion(others, BUTANE_CHAIN)
    same = (angles > seen.min()) & (angles < seen.max())
    rng = np.random.default_rng(seed)
    potential = fit(train, between[:30], model=MomentTensor(level=8), rng=rng, progress=False)
    tests = (
        train,
        between[30:],
        live[320:],
        [others[i] for i in np.flatnonzero(same)],
        [others[i] for i in np.flatnonzero(~same)],
    )
    return [errors(frames, potential).force_mae for frames in tests]


@control(
    "At most a hundred of the 400 frames of the live run are independent.",
    where="notebook 3, How long does the molecule remember?",
    high=100,
    unit="frames",
)
def independent_frames(seed: int) -> float:
    """Run another live run, and take tau of its dihedral angle."""
    return 400 / (2 * correlation_time(torsion(live_run(seed), BUTANE_CHAIN)))


@control(
    "A moment tensor potential does not remember: between its training frames it errs as on them.",
    where=SPLIT,
    low=0.75,
    high=1.25,
)
def between_beside_training(seed: int) -> float:
    """Run and split another live run; the error between training frames over that on them."""
    bars = five_tests(seed)
    return bars[1] / bars[0]


@control(
    "After a gap of 120 fs it errs as on its training frames, too: no memory of the run.",
    where=SPLIT,
    low=0.75,
    high=1.25,
)
def gap_beside_training(seed: int) -> float:
    """Run and split another live run; the error after the gap over that on training frames."""
    bars = five_tests(seed)
    return bars[2] / bars[0]


@control(
    "Other runs are no harder where they visit the well of the live run.",
    where=SPLIT,
    low=0.75,
    high=1.25,
)
def same_well_beside_training(seed: int) -> float:
    """Test on frames of other runs with a dihedral angle in the range of the live run."""
    bars = five_tests(seed)
    return bars[3] / bars[0]


@control("Outside that well the error is larger.", where=SPLIT, low=1.15)
def outside_beside_same_well(seed: int) -> float:
    """Test on the other frames of other runs; the error over that in the same well."""
    bars = five_tests(seed)
    return bars[4] / bars[3]


@control(
    "A kernel model with as many parameters as labels remembers: next to its training frames it "
    "errs by much less than after a gap.",
    where="notebook 3, As many parameters as labels",
    high=0.75,
)
def kernel_remembers(seed: int) -> float:
    """Run and split another live run; the error between over that after the gap."""
    train, between = training_and_between(seed)

    def flat(frames, quantity):
        return np.array([getattr(atoms, quantity)().ravel() for atoms in frames])

    def bumps(some, others):
        return np.exp(-((some[:, None] - others[None]) ** 2).sum(-1) / 2)

    X = flat(train, "get_positions")
    heights = np.linalg.solve(bumps(X, X) + 1e-6 * np.eye(len(X)), flat(train, "get_forces"))

    def mae(frames):
        predicted = bumps(flat(frames, "get_positions"), X) @ heights
        return np.abs(predicted - flat(frames, "get_forces")).mean()

    return mae(between) / mae(live_run(seed)[320:])


@control(
    "Five frames with forces do as well as 200 with energies only, or better.",
    where="notebook 3, What a label is worth",
    high=1,
)
def five_frames_with_forces(seed: int) -> float:
    """Fit both from other first parameters; the force error of the five over that of the 200."""
    train, validation, test = parts()
    level6, mae = MomentTensor(level=6), []
    for frames, loss in ((train[::80], level6.default_loss), (train[::2], Loss(forces=np.inf))):
        rng = np.random.default_rng(seed)
        fitted = fit(frames, validation, model=level6, loss=loss, rng=rng, progress=False)
        mae.append(errors(test, fitted).force_mae)
    return mae[0] / mae[1]


@cache
def level_ten(seed: int):
    """Return the potential that notebook 3 calls MTP, from other first parameters."""
    train, validation, _ = parts()
    rng = np.random.default_rng(seed)
    return fit(train[::4], validation, model=MomentTensor(level=10), rng=rng, progress=False)


@control(
    "The hotter the frames, the larger the error, though the fit was made at 500 K.",
    where="notebook 3, Outside the training temperature",
    low=1.15,
)
def error_grows_with_temperature(seed: int) -> float:
    """Fit level 10 from other first parameters; the smaller ratio, 500 to 300 K or 800 to 500 K."""
    sets = butane_frames("300K"), parts()[2], butane_frames("800K")
    cold, home, hot = (errors(frames, level_ten(seed)).force_mae for frames in sets)
    return min(home / cold, hot / home)


def slopes(seed: int, timestep_fs: float, picoseconds: float) -> list:
    """Return the drifts of four runs at constant energy from 500 K, meV/atom/ps."""
    rng, found = np.random.default_rng(seed), []
    for atoms in parts()[2][::100]:
        start = thermalise(atoms, temperature_K=500, rng=rng)
        run = simulate(
            start,
            level_ten(0),
            timestep_fs=timestep_fs,
            picoseconds=picoseconds,
            record_every_fs=10,
        )
        found.append(1e3 * energy_drift(run))
    return found


@control(
    "Two picoseconds at 1 fs cannot tell a drift of 0.01 meV/atom/ps.",
    where=RUN,
    low=0.01,
    unit="meV/atom/ps",
)
def short_runs_do_not_tell(seed: int) -> float:
    """Run four times from other velocities; the standard error of the mean by their scatter."""
    return from_samples([drift.value for drift in slopes(seed, 1.0, 2)]).error


@control(
    "At 0.5 fs the moment tensor potential drifts by less than notebook 1's limit.",
    where=RUN,
    low=-0.01,
    high=0.01,
    unit="meV/atom/ps",
)
def drift_at_half_a_femtosecond(seed: int) -> float:
    """Run four times 10 ps from other velocities; their mean drift."""
    return from_samples([drift.value for drift in slopes(seed, 0.5, 10)]).value


@control(
    "Fits of level 12 with the same error live for less than 2 ps, or for 50.",
    where=LONG,
    low=10,
    seeds=1,
)
def same_error_other_life(seed: int) -> float:
    """Fit level 12 five times, errors within 7 %; the longest over the shortest life."""
    runs = stability()
    here = runs["potential"] == "mtp 12"
    error, lived = runs["force_mae_meV_A"][here], runs["survived_ps"][here]
    close = error < 1.07 * error.min()
    return lived[close].max() / lived[close].min()


@control(
    "Equivariant networks reach with 100 frames what SchNet reaches with 400, within a tenth.",
    where="notebook 3, Learning curves; slide, Learning curves",
    high=1.1,
    seeds=1,
)
def equivariant_with_a_quarter(seed: int) -> float:
    """Read both seeds of the table; the worse of PaiNN and SO3net over SchNet."""
    table = learning_curves()

    def mean(architecture, frames):
        here = (table["architecture"] == architecture) & (table["frames"] == frames)
        return table["force_mae_meV_A"][here].mean()

    return max(mean("painn", 100), mean("so3net", 100)) / mean("schnet", 400)


@control(
    "Other fits of level 10, with the same force error, err by 20 to 100 meV in the torsion.",
    where="notebook 3, The torsion profile",
    low=20,
    high=100,
    unit="meV",
)
def torsion_of_another_fit(seed: int) -> float:
    """Fit level 10 from other first parameters; the largest error of its relaxed profile."""
    angles = np.arange(180, -1, -20)
    profiles = [
        torsion_scan(butane(), potential, chain=BUTANE_CHAIN, angles_deg=angles)[0]
        for potential in (gfn2_xtb(), level_ten(seed))
    ]
    one, other = (profile - profile[0] for profile in profiles)
    return 1e3 * np.abs(one - other).max()


@cache
def one_dimension() -> dict:
    """Return what the notebook's own cells on one dimension define."""
    names: dict = {}
    cells = {cell.id: cell.source for cell in nbformat.read("notebooks/03_fitting.ipynb", 4).cells}
    for name in ("imports", "one", "one-network", "one-gradient", "one-descent", "one-slopes"):
        exec(cells[name], names)
        names["plt"].close("all")
    return names


def error_of_curve(seed: int, points: int, *, slopes: bool) -> float:
    """Return the rms error (meV) of a network of the notebook on the whole curve."""
    own = one_dimension()
    lengths = np.linspace(1.35, 1.95, points)
    energies, slope = own["stretched"](lengths)
    x, labels = own["scaled"](lengths), energies - own["lowest"]

    def downhill(p):
        return own["both"](p, x, labels, 0.25 * slope) if slopes else own["gradient"](p, x, labels)

    fitted = own["descend"](own["random_weights"](seed), downhill)
    curve = own["network"](fitted, own["scaled"](own["d_all"]))
    return 1e3 * np.sqrt(np.mean((curve - own["V_all"]) ** 2))


@control(
    "In one dimension five slopes are worth more than five more energies.",
    where="notebook 3, What are slopes worth?",
    high=0.5,
    unit="of the error with ten energies",
)
def slopes_beside_energies(seed: int) -> float:
    """Begin from other weights; divide the errors on the curve, five with slopes by ten without."""
    return error_of_curve(seed, 5, slopes=True) / error_of_curve(seed, 10, slopes=False)
