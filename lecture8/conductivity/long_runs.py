"""Long runs: at each temperature until D is known well enough, or the budget is spent."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity import Diffusion, Replicas, diffusion_coefficient, run_replicas
from lecture8.ionic_conductivity.running import NoReplica
from lecture8.packed_positions import pack, unpack
from lecture8.replacing import replacing

UNIT = 0.02  # Å, of the kept positions; rounding adds 0.0002 Å2 to an MSD
FRAMES = 1000  # of a replica, at most


def run_until_known(
    crystal: Atoms,
    potential,
    *,
    ion: str,
    temperature_K: float,
    replicas: int,
    picoseconds: float,
    most_picoseconds: float,
    factor: float,
    executor,
    seed: int,
    folder: Path,
    report: Callable[[str], None],
) -> Replicas:
    """Run replicas at one temperature until the interval of D is narrow enough.

    Where there is no diffusive regime, the next runs are twice as long, and only the longest count;
    where the interval is too wide, there are as many again. All of it is kept in `folder`, and a
    study that was stopped goes on with the next.

    Parameters
    ----------
    picoseconds, most_picoseconds : float
        Of the first replicas; and of all replicas together, at most.
    factor : float
        Enough is known where the upper limit of D is at most so many times the lower one.
    seed : int
        The runs are those of ``default_rng([seed, temperature, batch])``.

    Raises
    ------
    NoReplica
        If none of the first replicas arrived.
    """

    def run(length: float, batch: int) -> Replicas:
        file = folder / f"{temperature_K:g}K-{batch}.npz"
        if not file.is_file():
            rng = np.random.default_rng([seed, round(temperature_K), batch])
            settings = {"temperatures_K": [temperature_K], "picoseconds": length, "rng": rng}
            settings |= {"executor": executor, "record_every_fs": _interval_fs(length)}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # what failed stands in `failures`
                runs = run_replicas(
                    crystal, potential, replicas=replicas, progress=False, **settings
                )
            keep_replicas(file, runs[temperature_K])
        return kept_replicas(file)

    together, length, spent, batch = None, picoseconds, 0.0, 0
    while True:
        try:
            new = run(length, batch)
        except NoReplica:
            if together is None:
                raise
            return together
        spent += len(new) * length
        together = _joined([together, new]) if together else new
        batch += 1
        D = diffusion_or_reason(together, ion)
        affordable = most_picoseconds - spent
        if isinstance(D, Diffusion):
            report(f"{temperature_K:g} K: D = {D.value:.2g} Å²/ps, {D.low:.2g} to {D.high:.2g}")
            narrow = D.low > 0 and D.high <= factor * D.low
            if narrow or affordable < replicas * length:
                return together
        else:
            report(f"{temperature_K:g} K, {len(together)} runs of {length:g} ps: {D}")
            if affordable < 2 * replicas * length:
                return together
            together, length = None, 2 * length  # the short ones would bring their crossing along


def diffusion_or_reason(runs: Replicas, ion: str) -> Diffusion | str:
    """Return D, or the sentence that says why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a wide interval asks for more runs
            return diffusion_coefficient(runs.of(ion))
    except ValueError as why:
        return str(why)


def _interval_fs(picoseconds: float) -> float:
    """Return the time between two frames: a multiple of 100 fs."""
    return 100.0 * max(1, round(10 * picoseconds / FRAMES))


def _joined(parts: list[Replicas]) -> Replicas:
    """Return the replicas of one temperature and length together."""
    return replace(
        parts[0],
        trajectories=tuple(run for part in parts for run in part.trajectories),
        kinetic_temperatures_K=np.concatenate([p.kinetic_temperatures_K for p in parts]),
        failures=[failure for part in parts for failure in part.failures],
    )


# -- On disk: positions as whole numbers of `UNIT`, no code ----------------------------------------


def keep_replicas(file: Path, runs: Replicas) -> None:
    """Write replicas to a .npz."""
    first = runs[0]
    with replacing(file) as partial, open(partial, "wb") as out:
        np.savez_compressed(
            out,
            positions=pack(list(runs.positions), UNIT),
            unit=UNIT,
            times=first.times,
            symbols=first.symbols.astype("U2"),
            masses=first.masses,
            cell=first.cell,
            temperature_K=runs.temperature_K,
            kinetic_temperatures_K=runs.kinetic_temperatures_K,
            failures=np.array(runs.failures, dtype="U"),
        )


def kept_replicas(file: Path) -> Replicas:
    """Return what `keep_replicas` wrote."""
    with np.load(file, allow_pickle=False) as kept:
        positions = unpack(kept["positions"], float(kept["unit"]))
        runs = [
            Trajectory(
                times=kept["times"],
                positions=x,
                masses=kept["masses"],
                symbols=kept["symbols"],
                cell=kept["cell"],
            )
            for x in positions
        ]
        return Replicas(
            tuple(runs),
            float(kept["temperature_K"]),
            kept["kinetic_temperatures_K"],
            [str(x) for x in kept["failures"]],
        )
