"""Pictures of the whole: the way through the lecture, and where its methods come from."""

from .diagrams import ON_BOX, arrow, box, canvas, words
from .potentials_parts import DAY, PLANE_WAVES, price_list, with_unit
from .style import FULL, QUIET

HOP_NS = 1.6  # as the conductivity that was measured needs it, see `scales`

# Chapter: its minutes in the deck (a test holds them to the notes), and its notebook.
MINUTES = {
    "Molecular dynamics": 18.5,
    "Where forces come from": 7.5,
    "Machine-learned potentials": 22,
    "Trust": 5,
    "Universal potentials": 6.5,
    "Seminar": 14.5,
}


def ladder():
    """Six steps lead from one step of dynamics, 2 fs, to a conductivity at 300 K.

    Each has its name and minutes: molecular dynamics; where forces come from, with DFT for some
    picoseconds a day; machine-learned potentials, for some hundred nanoseconds; trust, as each
    potential is blind somewhere; universal potentials, for any element; the seminar.

    Source: costs.csv and recipes/pbe.py: 50 atoms of LGPS (Li₁₀GeP₂S₁₂), steps of 2 fs, one core
    Notebook: 02_potentials#price
    """
    atoms, seconds, fs = price_list("moment network")
    same, pbe_seconds, step_fs = PLANE_WAVES
    fitted = DAY / seconds[atoms == same][0] * fs * 1e-15
    pbe = DAY / pbe_seconds * step_fs * 1e-15
    rungs = {  # chapter: what it reaches, colour
        "Molecular\ndynamics": (f"one step:\n{step_fs:.0f} fs", "blue"),
        "Where forces\ncome from": (f"DFT: {with_unit(pbe)}\na day", "blue"),
        "Machine-\nlearned\npotentials": (f"fitted: {with_unit(fitted)}\na day", "orange"),
        "Trust": ("and where is\nit blind?", "orange"),
        "Universal\npotentials": ("any element,\nready-made", "purple"),
        "Seminar:\nlithium in\nLi₁₀GeP₂S₁₂": ("σ at 300 K,\nwith its error", "green"),
    }
    figure, ax = canvas(FULL)
    width = FULL[0] / len(rungs)
    for k, ((name, (reached, tint)), minutes) in enumerate(
        zip(rungs.items(), MINUTES.values(), strict=True)
    ):
        middle = (k + 0.5) * width
        box(ax, middle, 1.75, width - 0.26, 3.5, "", tint)
        words(ax, middle, 3.2, f"{k + 1}", fontsize=24, weight="bold", colour=ON_BOX)
        words(ax, middle, 2.3, name, fontsize=17, colour=ON_BOX)
        words(ax, middle, 1.15, reached, fontsize=15, weight="bold", colour=ON_BOX)
        words(ax, middle, 0.3, f"{minutes:g} min", fontsize=16, colour=ON_BOX)
        if k:
            arrow(ax, (k * width - 0.16, 1.75), (k * width + 0.16, 1.75), width=3, head=18)
    years = HOP_NS * 1e-9 / pbe / 365
    return figure, {
        "dft_a_day": with_unit(pbe),
        "fitted_a_day": with_unit(fitted),
        "years_a_hop": f"{years:.1f}",
        "minutes_a_hop": f"{HOP_NS * 1e-9 / fitted * 1440:.0f}",
        "minutes": " ".join(f"{m:g}" for m in MINUTES.values()),
    }


# year: (name, how many neighbours it multiplies at once), each lane from the left.
DESCRIPTORS = {
    "2007": [("Behler–\nParrinello", 2)],
    "2010": [("GAP", 2)],
    "2015": [("SNAP", 3)],
    "2016": [("MTP", 3)],
    "2019": [("ACE", 3)],
    "2021": [("NEP", 3)],
}
MESSAGES = {
    "2017": [("SchNet", 1)],
    "2021": [("PaiNN", 1), ("NequIP", 1)],
    "2022": [("MACE", 3)],
}
UNIVERSAL = {
    "2022": [("M3GNet", None)],
    "2023": [("CHGNet", None), ("MACE-MP", None)],
    "2024": [("SevenNet-0", None), ("MatterSim", None)],
    "2025": [("eSEN", None), ("PET-MAD", None), ("UMA", None)],
    "2026": [("PET-OAM", None), ("UMA-1.2", None)],
}
DATA = {"2023": "MPtrj", "2024": "OMat24", "2025": "MatPES,\nOMol25"}
WIDTHS = {  # inches
    **{"2007": 1.0, "2010": 0.65, "2015": 0.7, "2016": 0.65, "2017": 0.85, "2019": 0.6},
    **{"2021": 0.8, "2022": 0.95, "2023": 0.95, "2024": 1.15, "2025": 1.05, "2026": 1.0},
}
AT_ONCE = {1: ("one", "blue"), 2: ("two", "green"), 3: ("three and more", "orange")}


def timeline():
    """Three lines of machine-learned potentials from 2007 to 2026, and the data behind the last.

    Descriptors with a small model: Behler-Parrinello, GAP, SNAP, MTP, ACE, NEP. Message passing:
    SchNet, PaiNN, NequIP, MACE. Universal: M3GNet to UMA. Colours of the first two: how many
    neighbours are multiplied with one another at once (in message passing: in each round).

    Source: years of papers or preprints; universal ones: of the release
    Notebook: 03_fitting#deeper

    Behler, Parrinello 10.1103/PhysRevLett.98.146401; GAP 10.1103/PhysRevLett.104.136403; SNAP
    10.1016/j.jcp.2014.12.018; MTP 10.1137/15M1054183; ACE 10.1103/PhysRevB.99.014104; NEP
    10.1103/PhysRevB.104.104309; SchNet arXiv 1706.08566; PaiNN 2102.03150; NequIP 2101.03164; MACE
    2206.07697; M3GNet 10.1038/s43588-022-00718-2; CHGNet 10.1038/s42256-023-00716-3; MACE-MP-0
    2401.00096; SevenNet-0 10.1021/acs.jctc.4c00190; MatterSim 2405.04967; eSEN 2502.12147; PET-MAD
    2503.14118; UMA 2506.23971; OMat24 2410.12771; MatPES 2503.04070; OMol25 2505.08762.
    """
    figure, ax = canvas(FULL)
    x, right = {}, FULL[0] - sum(WIDTHS.values())
    ax.plot([right, FULL[0]], [4.12] * 2, color=QUIET, lw=1)
    for year, width in WIDTHS.items():
        x[year], right = right + width / 2, right + width
        words(ax, x[year], 4.3, year, fontsize=15, colour=QUIET)
    lanes = {  # y of the lane, and what it holds
        "descriptors,\nsmall model": (3.6, DESCRIPTORS),
        "message\npassing": (2.6, MESSAGES),
        "universal": (1.25, UNIVERSAL),
    }
    for lane, (y, entries) in lanes.items():
        words(ax, 0, y, lane, fontsize=15, ha="left", weight="bold")
        for year, names in entries.items():
            for k, (name, at_once) in enumerate(names):
                at = y + ((len(names) - 1) / 2 - k) * 0.52
                tint = AT_ONCE[at_once][1] if at_once else "purple"
                tall = 0.6 if "\n" in name else 0.44
                box(ax, x[year], at, WIDTHS[year] - 0.06, tall, name, tint, fontsize=13)
    words(ax, 0, 0.22, "data", fontsize=15, ha="left", weight="bold")
    for year, name in DATA.items():
        words(ax, x[year], 0.22, name, fontsize=14, linespacing=0.95)
    words(ax, 1.6, 1.6, "neighbours multiplied\nat once:", fontsize=14, ha="left")
    for k, (count, tint) in enumerate(AT_ONCE.values()):
        box(ax, 1.75, 1.15 - 0.3 * k, 0.3, 0.22, "", tint, round_=0.04)
        words(ax, 2.0, 1.15 - 0.3 * k, count, fontsize=14, ha="left")
    return figure, {"until": max(WIDTHS)}
