"""The table of README.md, made from the contests: one line for each kind of work."""

from typing import NamedTuple

import numpy as np
from contest import contests_of


class Short(NamedTuple):
    """A line of README's table: of which contest, who is ours, and peers as label -> contestant."""

    what: str
    table: str
    subject: str
    ours: str
    peers: dict[str, str]


def _cores(number: int) -> dict[str, str]:
    cores = f"{number} core{'s' * (number > 1)}"
    names = {"LAMMPS lj/cut/opt": "LAMMPS lj/cut/opt", "OpenMM (single precision)": "OpenMM"}
    return {label: f"{name}, {cores}" for label, name in names.items()}


_MD = {
    "SchNetPack's MD": "SchNetPack's MD",
    "its calculator (double precision)": "SpkCalculator, double",
}
SHORT = [
    Short(
        "Lennard-Jones liquid, 4,000 atoms, 1 core",
        "lennard_jones",
        "4,000 atoms",
        "ours, 1 core",
        _cores(1) | {"ASE": "ASE, 1 core"},
    ),
    Short("108 atoms, 1 core", "lennard_jones", "108 atoms", "ours, 1 core", _cores(1)),
    Short("32,000 atoms, 2 cores", "lennard_jones", "32,000 atoms", "ours, 2 cores", _cores(2)),
    Short("97,556 atoms, 2 cores", "lennard_jones", "97,556 atoms", "ours, 2 cores", _cores(2)),
    Short(
        "neighbour list of LGPS, 400 atoms, as i, j and shift",
        "neighbour_lists",
        "LGPS, 400 atoms, 43 neighbours each",
        "ours, as i, j and shift",
        {name: name for name in ("vesin", "matscipy", "ASE")},
    ),
    Short(
        "training the same PaiNN on butane",
        "networks",
        "training PaiNN on butane",
        "ours",
        {"SchNetPack": "SchNetPack"},
    ),
    Short("its MD, butane", "networks", "painn, butane", "ours", _MD),
    Short("its MD, 112 atoms", "networks", "painn, 112 atoms", "ours", _MD),
    Short(
        "MD of LGPS, 200 atoms",
        "lgps",
        "200 atoms",
        "ours",
        {
            "CHGNet by our calculator": "CHGNet, course",
            "by its own": "CHGNet, its own",
            "SevenNet-0": "SevenNet-0",
            "a MACE of MACE-MP-0's size": "MACE-MP-0 medium's size",
        },
    ),
    Short(
        "MSD of 200 ions over 20,000 frames, all lags",
        "transport",
        "MSD",
        "ours, all lags",
        {
            "MDAnalysis": "MDAnalysis, all lags",
            "only 50 lags: kinisi": "kinisi, 50 lags",
            "double loop": "double loop, 50 lags",
        },
    ),
    Short(
        "D of that, with its error",
        "transport",
        "D with its error",
        "ours",
        {"kinisi": "kinisi", "pymatgen-analysis-diffusion": "pymatgen"},
    ),
    Short(
        "mean force error on butane, in the time of 50 epochs of ours",
        "accuracy",
        "force MAE after the time of 50 epochs of ours",
        "ours, PaiNN",
        {
            "our moment tensor": "ours, moment tensor",
            "MACE": "MACE, single precision and average",
            "its tutorial": "MACE, tutorial",
            "SchNetPack": "SchNetPack, learning rate 0.001",
            "its tutorial's": "SchNetPack, tutorial",
            "motep": "motep, its example",
        },
    ),
]


def two(value: float) -> str:
    """Return a number with two digits at least, without an exponent."""
    return f"{value:,.0f}" if value >= 10 else f"{value:#.2g}"


def short_table(tables: dict[str, dict]) -> list[str]:
    """Return README's table in Markdown: medians of ours, ratios of peers, who wins in bold."""
    lines = ["| the same work | ours | peers, relative to ours |", "|---|---|---|"]
    for short in SHORT:
        (contest,) = (c for c in contests_of(tables[short.table]) if c.subject == short.subject)
        ours, peers = contest.values[short.ours], []
        for label, name in short.peers.items():
            ratio = np.median(np.array(contest.values[name]) / ours)
            peers.append(f"**{label} {two(ratio)}**" if ratio < 1 else f"{label} {two(ratio)}")
        cost = f"{two(np.median(ours))} {contest.unit}"
        lines.append(f"| {short.what} | {cost} | {', '.join(peers)} |")
    return lines


def with_short_table(text: str, tables: dict[str, dict]) -> str:
    """Return README's text with its table made anew, from its head to the empty line after it."""
    head, *_ = table = short_table(tables)
    begin = text.index(head)
    return text[:begin] + "\n".join(table) + text[text.index("\n\n", begin) :]
