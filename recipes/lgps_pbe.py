"""Make the queue of LGPS and Li2S frames that `pbe.py` labels: recipes/pbe/*/queue.xyz.

Run: python -m recipes.lgps_pbe   (four minutes; once more when the first `FIRST` frames of LGPS are
labelled, and once more when all are; from the root of the repository)

LGPS, 50 atoms, from runs of a pupil (2 fs, Langevin) at 300 to 900 K. ``info["run"]`` says which is
which; `split` by it, and no test frame has a neighbour in time among the others. The first 96 come
from runs of CHGNet's pupil (`fitted_lgps`):

- ``doubt-450K`` ...: chosen one after the other, each the one that `ReadoutGrade` doubts most when
  it knows those before it;
- ``hop-600K`` ...: a lithium halfway from one site to another;
- ``strained``: some of them in cells strained by up to three per cent;
- ``test-450K`` ...: taken evenly, not chosen, from runs with other seeds.

The next 54 close the loop: a pupil of SevenNet-0, refitted to the first `FIRST` labels, runs where
it wants, and the same is done with its runs: ``own-doubt-450K`` ... (what it doubts most, knowing
all frames before), ``own-hop-600K`` ..., ``own-strained``, ``own-test-450K`` ....

The last 12 judge the pupil that is shipped (`fitted_lgps("PBE")`), and nothing was chosen by them:
taken evenly from its runs at 300, 600 and 900 K, ``last-test-300K`` ... in the cell of `lgps`,
``small-test-300K`` ... in one of the experiment's volume.

Li2S, 12 atoms: twenty runs of `lithium_sulfide.one_run` (dynamics of SevenNet-0, 800 K), five
frames each.

Other solids, 8 atoms: Si, NaCl, MgO and LiCl, each rattled twice by 0.1 Å; where notebook 5 looks
for what a tuned model has forgotten.

The queue is only ever added to: number k of it is the label ``k.xyz``.
"""

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.io import read, write

from lecture8 import foundation_models
from lecture8.active_learning import ReadoutGrade
from lecture8.datasets import fitted_lgps
from lecture8.integrators import Langevin, simulate
from lecture8.replacing import replacing
from lecture8.structures import lgps, thermalise
from recipes.lithium_sulfide import one_run

LI2S_RUNS = 20
FOLDER = Path(__file__).parent / "pbe"
TEMPERATURES_K = (300, 450, 600, 750, 900)
RECORD_FS, PICOSECONDS, EQUILIBRATE_PS = 20, 40, 4
NUMBERS = {"doubt": 50, "hop": 10, "strained": 6, "test": 30}
FIRST, NEXT_NUMBERS = 64, {"doubt": 30, "hop": 6, "strained": 8, "test": 10}
LAST_TEMPERATURES_K, MEASURED_VOLUME = (300, 600, 900), 960.2  # Å3, Kamaya 2011
HALF_HOP_FS = 200  # from the middle of a hop to either side of it


def at_volume(volume: float) -> Atoms:
    """Return LGPS, scaled alike in all directions."""
    atoms = lgps()
    atoms.set_cell(atoms.cell.array * (volume / atoms.get_volume()) ** (1 / 3), scale_atoms=True)
    return atoms


def run(pupil, temperature_K: int, seed: int, crystal: Atoms | None = None) -> np.ndarray:
    """Return positions (T, 50, 3), Å, every 20 fs of a run of the pupil."""
    rng = np.random.default_rng([temperature_K, seed])
    # The crystal has no potential energy to share: half of what it gets goes there.
    start = thermalise(crystal or lgps(), temperature_K=2 * temperature_K, rng=rng)
    trajectory = simulate(
        start,
        pupil,
        timestep_fs=2.0,
        picoseconds=EQUILIBRATE_PS + PICOSECONDS,
        record_every_fs=RECORD_FS,
        bath=Langevin(temperature_K=temperature_K, friction_per_fs=0.005),
        rng=rng,
    )
    return trajectory.positions[1 + EQUILIBRATE_PS * 1000 // RECORD_FS :]


def frame(positions, name: str) -> Atoms:
    """Return LGPS at other positions (Å), as part of a run."""
    atoms = lgps()
    atoms.positions = positions
    atoms.info["run"] = name
    return atoms


def most_doubtful(pupil, known: list[Atoms], runs: list[list[Atoms]], number: int) -> list[Atoms]:
    """Return frames, each the one that is doubted most once those before it are known.

    The runs take turns: left to itself the grade would take three in five from the hottest.
    """
    chosen = [*known]
    for k in range(number):
        candidates = runs[k % len(runs)]
        grades = ReadoutGrade(pupil, chosen)(candidates)
        chosen.append(candidates[int(np.argmax(grades))])
    return chosen[len(known) :]


def halfway(positions, name: str, number: int) -> list[Atoms]:
    """Return frames in which a lithium is in the middle of its way from one site to the next.

    A hop is a lithium whose mean place over the 0.2 ps before and after a moment differ; the
    largest differences, at least 1 ps from each other.
    """
    half = HALF_HOP_FS // RECORD_FS
    lithium = positions[:, lgps().numbers == 3]
    running = np.cumsum(np.pad(lithium, ((1, 0), (0, 0), (0, 0))), axis=0)
    means = (running[half:] - running[:-half]) / half  # (T - half + 1, Li, 3), of half frames each
    way = np.linalg.norm(means[half:] - means[:-half], axis=-1).max(axis=1)  # (T - 2 half + 1,)
    frames = []
    while len(frames) < number:
        at = int(np.argmax(way))
        frames.append(frame(positions[at + half], name))
        way[max(0, at - 1000 // RECORD_FS) : at + 1000 // RECORD_FS] = 0
    return frames


def strained(frames: list[Atoms], name: str, rng) -> list[Atoms]:
    """Return the frames in other cells: a volume, a stretch or a shear of up to three per cent."""
    out = []
    for atoms in frames:
        strain = np.eye(3) * rng.uniform(-0.03, 0.03) + rng.normal(scale=0.01, size=(3, 3))
        other = atoms.copy()
        other.set_cell(atoms.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
        other.info["run"] = name
        out.append(other)
    return out


def lgps_frames_of(pupil, known, numbers: dict[str, int], rng, own: str = "") -> list[Atoms]:
    """Return frames of LGPS from a pupil's runs, those for training and for testing in turn."""
    candidates, hops, test = [], [], []
    for temperature_K in TEMPERATURES_K:
        positions = run(pupil, temperature_K, seed=0)
        every = 400 // RECORD_FS
        name = f"{own}doubt-{temperature_K}K"
        candidates.append([frame(x, name) for x in positions[::every]])
        if temperature_K >= 450:
            hops += halfway(positions, f"{own}hop-{temperature_K}K", numbers["hop"] // 4 + 1)
        positions = run(pupil, temperature_K, seed=1)
        number = numbers["test"] // len(TEMPERATURES_K)
        every = len(positions) // number
        test += [frame(x, f"{own}test-{temperature_K}K") for x in positions[every // 2 :: every]]
    train = most_doubtful(pupil, known, candidates, numbers["doubt"]) + hops[: numbers["hop"]]
    few = [few[rng.integers(len(few))] for few in candidates * 2][: numbers["strained"]]
    train += strained(few, f"{own}strained", rng)
    train = [train[i] for i in rng.permutation(len(train))]
    test = [test[i] for i in rng.permutation(len(test))]
    queue = []
    for k, atoms in enumerate(train):
        queue.append(atoms)
        if k % 2 and test:
            queue.append(test.pop())
    return queue + test


def rattled_solids() -> list[Atoms]:
    """Return two frames of each of the other solids."""
    frames = []
    for solid in (
        bulk("Si", cubic=True),
        bulk("NaCl", "rocksalt", a=5.64, cubic=True),
        bulk("MgO", "rocksalt", a=4.21, cubic=True),
        bulk("LiCl", "rocksalt", a=5.14, cubic=True),
    ):
        for seed in (0, 1):
            frames.append(solid.copy())
            frames[-1].rattle(0.1, seed=seed)
            frames[-1].info["run"] = str(solid.symbols)
    return frames


def next_frames(queue: list[Atoms], rng) -> list[Atoms]:
    """Return frames of where a pupil goes that knows the first labels."""
    from recipes.lgps_pbe_pupil import refitted
    from recipes.pbe_frames import packed

    labelled = [a for a in packed("lgps", FIRST) if "test" not in a.info["run"]]
    pupil = refitted(fitted_lgps("SevenNet-0"), labelled, epochs=100, learning_rate=1e-3)
    return lgps_frames_of(pupil, queue, NEXT_NUMBERS, rng, own="own-")


def last_frames() -> list[Atoms]:
    """Return frames of where the shipped pupil goes, in two cells."""
    pupil, frames = fitted_lgps("PBE"), []
    for name, crystal in {"last": lgps(), "small": at_volume(MEASURED_VOLUME)}.items():
        for temperature_K in LAST_TEMPERATURES_K:
            positions = run(pupil, temperature_K, seed=2, crystal=crystal)
            for x in positions[len(positions) // 2 - 1 :: len(positions) // 2]:
                frames.append(crystal.copy())
                frames[-1].positions = x
                frames[-1].info["run"] = f"{name}-test-{temperature_K}K"
    return frames


def main() -> None:
    """Write both queues, unless they are there: their numbers name labels."""
    file = FOLDER / "li2s" / "queue.xyz"
    if not file.exists():
        sevennet = foundation_models.load()
        write_queue(file, [a for k in range(LI2S_RUNS) for a in one_run(k, sevennet)])
    file = FOLDER / "solids" / "queue.xyz"
    if not file.exists():
        write_queue(file, rattled_solids())
    file = FOLDER / "lgps" / "queue.xyz"
    if not file.exists():
        write_queue(
            file, lgps_frames_of(fitted_lgps(), [lgps()], NUMBERS, np.random.default_rng(24))
        )
    queue = read(file, index=":")
    if len(queue) == sum(NUMBERS.values()) and (FOLDER / "lgps" / f"{FIRST - 1:03d}.xyz").exists():
        write_queue(file, queue + next_frames(queue, np.random.default_rng(25)))
    both = sum(NUMBERS.values()) + sum(NEXT_NUMBERS.values())
    if len(queue) == both and (FOLDER / "lgps" / f"{both - 1:03d}.xyz").exists():
        write_queue(file, queue + last_frames())


def write_queue(file: Path, frames: list[Atoms]) -> None:
    """Write the frames without another method's labels."""
    for atoms in frames:
        atoms.calc = None
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as partial:
        write(partial, frames, format="extxyz")
    print(f"{file}: {len(frames)} frames", flush=True)


if __name__ == "__main__":
    main()
