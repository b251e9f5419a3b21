"""``python -m lecture8.conductivity``: from a structure file, or from trajectories, to a report."""

import argparse
import sys

from lecture8.conductivity.budget import BUDGETS
from lecture8.conductivity.relaxing import CELLS

OF_A_FILE, OF_TRAJECTORIES = "from a structure file", "from trajectories"

# How the package's sentences name a setting, and what it is called here.
WORDS = {
    "wrapped=True in read_trajectory": "--positions wrapped",
    "wrapped=False": "--positions unwrapped",
    "interval_fs,": "--interval-fs,",
    "timestep_fs,": "--timestep-fs,",
    "formula=...": "--formula ...",
    "labels=...": "--labels ...",
    "cell=[a, b, c]": "--box a b c",
    'give charges, for example charges={"Fe": 2.5}': "give --charges, for example Fe=2.5",
    " (limit=0.5 trusts every step)": "",
    " (periodic=False in unwrap)": "",
}


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    p = argparse.ArgumentParser(
        prog="python -m lecture8.conductivity",
        description="The ionic conductivity of a crystal, with its error: from its structure file "
        "(relax, teach a fast potential, run, measure), or from runs that you have already "
        "(--trajectories). It may be stopped at any time; the same command goes on.",
    )
    p.add_argument("file", nargs="?", help="a crystal: CIF, POSCAR, extended XYZ, ...")
    p.add_argument("--ion", required=True, help="the element that is to move: Li")
    p.add_argument("--folder", help="of this study, to be made (the file's name with -study)")
    p.add_argument("--at", type=float, default=300, metavar="K", help="where sigma is wanted (300)")
    p.add_argument(
        "--charges", nargs="+", default=[], metavar="X=Q", help="oxidation states, where unusual"
    )
    new = p.add_argument_group(OF_A_FILE)
    new.add_argument("--teacher", default="sevennet-0", help="a foundation model, or a file")
    new.add_argument("--budget", default="usual", choices=BUDGETS)
    new.add_argument("--temperatures", type=float, nargs="+", metavar="K")
    new.add_argument("--cell", default="relaxed", choices=CELLS)
    new.add_argument("--least-length", type=float, default=8.0, metavar="Å")
    new.add_argument("--orderings", type=int, default=1, help="to relax, where sites are shared")
    new.add_argument("--ordering", type=int, default=0, help="which of them to run (0, the lowest)")
    new.add_argument("--formula", help="what the crystal is made of, if the file is wrong")
    new.add_argument("--labels", help="frames with DFT labels that the teacher is held to")
    new.add_argument("--tune", action="store_true", help="train the teacher on them first")
    new.add_argument("--seed", type=int, default=1)
    new.add_argument("--processes", type=int, help="workers, 1 GB each (as many as there is room)")
    old = p.add_argument_group(OF_TRAJECTORIES)
    old.add_argument("--trajectories", nargs="+", metavar="FILE:K", help="800K.xyz:800 ...")
    old.add_argument("--interval-fs", type=float, help="between two stored frames")
    old.add_argument("--timestep-fs", type=float, help="of the run, for LAMMPS dumps")
    old.add_argument("--species", nargs="+", help="of LAMMPS' types 1, 2, ...")
    old.add_argument("--box", type=float, nargs="+", metavar="Å", help="where a file has no cell")
    old.add_argument("--positions", choices=("wrapped", "unwrapped"), help="where a file is wrong")
    return p


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    p = parser()
    given = p.parse_args(arguments)
    if (given.file is None) == (given.trajectories is None):
        p.error("give either a structure file or --trajectories")
    strangers = OF_TRAJECTORIES if given.file else OF_A_FILE
    for group in (x for x in p._action_groups if x.title == strangers):
        for option in group._group_actions:
            if getattr(given, option.dest) != option.default:
                p.error(f"{option.option_strings[0]} is for what comes {strangers}; leave it out")
    try:
        (_from_file if given.file else _from_trajectories)(given)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError) as why:
        sentence = str(why)
        for in_python, here in WORDS.items():
            sentence = sentence.replace(in_python, here)
        print(f"error: {sentence}", file=sys.stderr)
        return 2
    return 0


def _from_file(given) -> None:
    from pathlib import Path

    from lecture8.conductivity.study import TEMPERATURES_K, conductivity

    conductivity(
        given.file,
        ion=given.ion,
        folder=given.folder or f"{Path(given.file).stem}-study",
        teacher=given.teacher,
        budget=given.budget,
        temperatures_K=given.temperatures or TEMPERATURES_K,
        at_K=given.at,
        cell=given.cell,
        least_length=given.least_length,
        orderings=given.orderings,
        ordering=given.ordering,
        formula=given.formula,
        charges=_charges(given.charges),
        labels=given.labels,
        tune=given.tune,
        seed=given.seed,
        processes=given.processes,
        report=lambda text: print(text, flush=True),
    )


def _from_trajectories(given) -> None:
    from lecture8.conductivity.trajectories import conductivity_of_trajectories

    files = {}
    for word in given.trajectories:
        path, _, kelvin = word.rpartition(":")
        try:
            files.setdefault(float(kelvin), []).append(path)
        except ValueError:
            raise ValueError(f"{word!r} names no temperature; write 800K.xyz:800") from None
        if not path:
            raise ValueError(f"{word!r} names no file; write 800K.xyz:800")
    conductivity_of_trajectories(
        files,
        ion=given.ion,
        charges=_charges(given.charges),
        at_K=given.at,
        folder=given.folder or "trajectories-study",
        interval_fs=given.interval_fs,
        timestep_fs=given.timestep_fs,
        species=given.species,
        cell=given.box,
        wrapped=None if given.positions is None else given.positions == "wrapped",
    )


def _charges(words: list[str]) -> dict[str, float] | None:
    """Return {"Fe": 2.5} for ["Fe=2.5"]."""
    charges = {}
    for word in words:
        element, _, charge = word.partition("=")
        try:
            charges[element] = float(charge)
        except ValueError:
            raise ValueError(f"--charges has {word!r}; write Fe=2.5") from None
    return charges or None


if __name__ == "__main__":
    sys.exit(main())
