"""From runs that somebody has made already to the same report."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from lecture8.arguments import check_positive
from lecture8.conductivity.charges import formal_charges
from lecture8.conductivity.measuring import measure
from lecture8.conductivity.report import write_report
from lecture8.conductivity.study import Study
from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity import Replicas, read_trajectory


def conductivity_of_trajectories(
    files: Mapping[float, list[str | Path]],
    *,
    ion: str,
    folder: str | Path | None = None,
    charges: Mapping[str, float] | None = None,
    at_K: float = 300,
    report: Callable[[str], None] = print,
    **reading,
) -> Study:
    """Return the ionic conductivity from trajectories in files, and write the report.

        conductivity_of_trajectories({600: ["600K.xyz"], 800: ["XDATCAR"]}, ion="Li",
                                     interval_fs=100)

    Parameters
    ----------
    files : dict, temperature (K) -> list of paths
        One run or more at each; of several, all have the length of the shortest.
    ion : str
    folder : path, optional
        Where the report goes; none is written if left out.
    charges : dict, element -> float, optional
        Where the usual oxidation states are wrong, in e (`charges.formal_charges`).
    at_K : float
        Where sigma is wanted.
    reading
        `read_trajectory`'s: interval_fs or timestep_fs, species, wrapped, cell.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_trajectory`; if there is no such ion, or the charges do not add up.
    """
    if not isinstance(files, Mapping) or any(isinstance(x, str | Path) for x in files.values()):
        raise ValueError(f"files is {files!r}, but must be as {{600: ['600K.xyz']}}, K and lists")
    if not files:
        raise ValueError("there are no trajectories; give a temperature and a file, or more")
    runs, notes = {}, []
    if folder is not None and Path(folder).exists() and any(Path(folder).iterdir()):
        raise ValueError(f"{folder} holds something already; give a new or empty folder")
    all_paths = [Path(path).resolve() for paths in files.values() for path in paths]
    if twice := [path.name for path in set(all_paths) if all_paths.count(path) > 1]:
        raise ValueError(f"{twice[0]} is given twice; each run counts once, at one temperature")
    for T, paths in files.items():
        check_positive("a temperature", T, ", in K")
        trajectories = [read_trajectory(path, **reading) for path in paths]
        runs[float(T)], said = together(trajectories, float(T))
        notes += said
    symbols = np.asarray(next(iter(runs.values())).symbols)
    for T, run in runs.items():
        if sorted(run.symbols) != sorted(symbols):
            raise ValueError(
                f"the runs at {T:g} K are of other atoms than those at {next(iter(runs)):g} K; "
                "give runs of one crystal"
            )
    if ion not in symbols or (symbols == ion).all():
        raise ValueError(
            f"the ion is {ion!r}, but the runs have {', '.join(dict.fromkeys(symbols))}; name an "
            "element that moves among others that stay"
        )
    amounts = {str(x): int((symbols == x).sum()) for x in dict.fromkeys(symbols)}
    charge = formal_charges(amounts, charges)[ion]
    outcome = measure(runs, ion=ion, charge=charge, temperature_K=at_K)
    settings = {
        "file": ", ".join(str(path) for paths in files.values() for path in paths),
        "ion": ion,
        "charge": charge,
        "at_K": at_K,
    } | reading
    study = Study(settings, None, notes, None, [], runs, outcome, {})
    report(str(study))
    for warning in notes + study.warnings:
        report(warning)
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        report(f"all of it is in {write_report(study, Path(folder))}")
    return study


def together(trajectories: list[Trajectory], temperature_K: float) -> tuple[Replicas, list[str]]:
    """Return runs at one temperature as replicas of one length, and what was cut off, in words.

    Raises
    ------
    ValueError
        If they differ in their atoms, or in the time between frames.
    """
    first, notes = trajectories[0], []
    frames = min(len(run.times) for run in trajectories)
    for run in trajectories:
        if not np.array_equal(run.symbols, first.symbols):
            raise ValueError(f"the runs at {temperature_K:g} K have different atoms")
        if not np.allclose(run.cell, first.cell, rtol=0.03, atol=0.3):
            raise ValueError(f"the runs at {temperature_K:g} K have different cells")
        if not np.isclose(run.times[1], first.times[1]):
            raise ValueError(
                f"the runs at {temperature_K:g} K have frames every {first.times[1]:g} and every "
                f"{run.times[1]:g} ps; give files with one time between frames"
            )
    longest = max(run.times[-1] for run in trajectories)
    if longest > first.times[frames - 1]:
        notes.append(
            f"the runs at {temperature_K:g} K were cut to the {first.times[frames - 1]:g} ps of "
            f"the shortest; the longest has {longest:g}"
        )
    cut = [
        replace(run, times=run.times[:frames], positions=run.positions[:frames])
        for run in trajectories
    ]
    return Replicas(tuple(cut), temperature_K, np.full(len(cut), np.nan), []), notes
