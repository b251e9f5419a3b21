"""Pictures to notebook 5: potentials that somebody else has fitted."""

import re

import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from ase.collections import s22
from ase.data import chemical_symbols
from ase.data.s22 import get_interaction_energy_s22
from ase.optimize import BFGS
from ase.spacegroup import crystal
from matplotlib.colors import to_rgb

from lecture8 import plotting
from lecture8.datasets import argon_dimer_table, fine_tuning_curves, fitted_butane, solids
from lecture8.equation_of_state import equation_of_state
from lecture8.foundation_models import MODELS
from lecture8.structures import butane
from lecture8.trust import trust

from . import lgps_analysis
from .potentials_parts import scan_butane
from .rendering import render
from .style import FULL, HALF, INK, QUIET

BLACK = "#111111"  # on coloured boxes, which keep their colours on a dark slide
PBE_BARRIER_MEV = 153  # def2-SVP, at GFN2-xTB's structures: recipes/controls/notebook_2.py
# PBE/aug-cc-pVTZ, counterpoise-corrected: recipes/controls/notebook_5.py
PBE_WATER_MEV, PBE_ARGON_MEV = 212.7, 5.49
PALE = {"Cu": to_rgb("#d98a4e")}  # Jmol's copper is as dark as its carbon

# Millions of frames, as counted by Matbench Discovery.
DATA_SETS = {"MPtrj": 1.580395, "sAlex": 10.447765, "Alexandria": 30.497628, "OMat24": 100.824585}


def what_it_is_trained_on():
    """All but 29 of the elements are in MPtrj, 89 in colour; beside it, sizes of data sets.

    MPtrj holds 1.58 million frames of 146,000 materials, all elements up to plutonium but Po, At,
    Rn, Fr and Ra. Newer sets are seven to sixty times as large.

    Source: Deng, Nat. Mach. Intell. 5, 1031 (2023); sizes: Matbench Discovery, datasets.yml
    Notebook: 05_foundation_models#what-text

    doi 10.1038/s42256-023-00716-3 (MPtrj), 10.1002/adma.202210788 (Alexandria),
    10.48550/arXiv.2410.12771 (OMat24 and sAlex); github.com/janosh/matbench-discovery, data.
    """
    known = set(MODELS["sevennet-0"].elements)
    figure = plt.figure(figsize=FULL, layout="none")
    table = figure.add_axes((0.0, 0.0, 0.66, 1.0))
    ours = set(lgps_analysis.crystal().numbers)
    kinds = {
        "ours": (plotting.ORANGE, BLACK),
        "known": (plotting.SKY, BLACK),
        "missing": ("#dddddd", INK),
    }
    for z in range(1, 119):
        kind = "ours" if z in ours else "known" if z in known else "missing"
        _box(table, *_place(z), chemical_symbols[z], *kinds[kind])
    for row, (kind, words) in enumerate(
        {
            "known": f"in MPtrj: {len(known)} elements",
            "ours": "of them in our crystal",
            "missing": "never seen",
        }.items()
    ):
        _box(table, 3.2, row + 0.05, "", *kinds[kind], size=0.62)
        table.text(4.1, row + 0.36, words, va="center", fontsize=16)
    table.set(xlim=(-0.1, 18.1), ylim=(9.5, -0.1))
    table.axis("off")
    bars = figure.add_axes((0.70, 0.08, 0.29, 0.74))
    for row, (name, millions) in enumerate(DATA_SETS.items()):
        colour = plotting.GREY if row else plotting.SKY
        bars.barh(row, millions, color=colour, height=0.4)
        bars.text(0, row - 0.26, name, va="bottom", fontsize=16)
        bars.text(millions + 2, row, f"{millions:.3g}", va="center", fontsize=16)
    bars.set(xlim=(0, 125), ylim=(3.4, -0.8))
    bars.axis("off")
    figure.text(0.70, 0.95, "millions of frames", fontsize=17, va="top")
    return figure, {
        "elements": f"{len(known)}",
        "missing": ", ".join(chemical_symbols[z] for z in range(1, 95) if z not in known),
        "frames": f"{DATA_SETS['MPtrj']:.2f}",
        "materials": "146,000",
        "omat_frames": f"{DATA_SETS['OMat24']:.0f}",
        "times": f"{DATA_SETS['OMat24'] / DATA_SETS['MPtrj']:.0f}",
    }


def _place(z):
    """Return column and row of an element in the periodic table, from 0."""
    for first, row in ((57, 7.4), (89, 8.4)):
        if first <= z < first + 15:
            return 2 + z - first, row
    noble = [0, 2, 10, 18, 36, 54, 86, 118]
    period = next(p for p in range(1, 8) if z <= noble[p])
    from_left, from_right = z - noble[period - 1], noble[period] - z
    wide = 2 if period > 1 else 1
    return (from_left - 1 if from_left <= wide else 17 - from_right), period - 1


def _box(ax, x, y, text, colour, ink, size=0.9):
    ax.add_patch(plt.Rectangle((x + 0.05, y + 0.05), size, size, facecolor=colour, lw=0))
    ax.text(x + 0.5, y + 0.52, text, ha="center", va="center", color=ink, fontsize=14)


# F1 of stability; energy MAE, meV/atom; kappa SRME; MD: force RMSE, meV/Å; pressure error, %.
MATBENCH = {
    "CHGNet": (0.613, 63, 1.72, 202, 66),
    "MACE-MP-0\n(medium)": (0.669, 57, 0.68, 166, 66),
    "SevenNet-0": (0.724, 48, 0.76, None, None),
    "eSEN-30M-OAM": (0.925, 18, 0.17, 51, 42),
}


def how_models_compare():
    """Five published scores of four universal potentials: the order changes with the question.

    Stability (F1), energy at minima, thermal conductivity (κ SRME), forces and pressure in MD.
    SevenNet-0 is ahead of MACE-MP-0 (medium) in energies, and behind it in heat transport; the
    largest and newest model, eSEN, is ahead in all.

    Source: Matbench Discovery, 16 July 2026 (Riebesell, Nat. Mach. Intell. 7, 836, 2025)
    Notebook: 05_foundation_models#standing-text

    doi 10.1038/s42256-025-01055-1; values as in the notebook.
    """
    columns = {
        "stable or not": ("F1", 1.0, "higher is better"),
        "energy": ("meV/atom", 70, "lower is better"),
        "heat transport": ("κ SRME", 2.0, "lower is better"),
        "MD: forces": ("meV/Å", 225, "lower is better"),
        "MD: pressure": ("%", 75, "lower is better"),
    }
    colours = [plotting.MODEL_COLOURS.get(name.split("\n")[0], plotting.GREY) for name in MATBENCH]
    figure, axes = plt.subplots(1, 5, figsize=FULL, sharey=True)
    for k, (ax, title) in enumerate(zip(axes, columns, strict=True)):
        unit, full, better = columns[title]
        for row, (scores, colour) in enumerate(zip(MATBENCH.values(), colours, strict=True)):
            if scores[k] is None:
                ax.text(0.03, row, "no entry", va="center", color=QUIET, fontsize=15)
                continue
            ax.barh(row, scores[k] / full, color=colour, height=0.36)
            ax.text(0.03, row - 0.24, f"{scores[k]:g}", va="bottom", fontsize=18)
        ax.text(0.03, -1.42, title, fontsize=17)
        ax.text(0.03, -1.02, unit, fontsize=15, color=QUIET)
        ax.set(xlim=(0, 1.05), ylim=(3.4, -1.7), xticks=[], yticks=range(4))
        ax.set_yticklabels(MATBENCH, fontsize=17)
        ax.set_xlabel(better, loc="left", fontsize=14, color=QUIET)
        ax.spines[:].set_visible(False)
        ax.plot([0, 0], [-0.6, 3.3], color=INK, lw=1.2)
        ax.tick_params(length=0)
    short = ("chgnet", "mace", "sevennet", "best")
    kinds = ("f1", "energy", "kappa", "md_force", "md_pressure")
    return figure, {
        f"{kind}_{name}": f"{score:g}"
        for name, scores in zip(short, MATBENCH.values(), strict=True)
        for kind, score in zip(kinds, scores, strict=True)
        if score is not None
    }


SHORT = (
    "forces = slope of energy",
    "stress = strain derivative",
    "energy is conserved",
    "the same when rotated",
    "the same when shifted",
    "the same when reordered",
    "the same when doubled",
    "energy does not jump",
    "wall at short distance",
    "free atoms feel nothing",
    "no softer than SevenNet-0",
)


def gallery():
    """Six materials, one network, SevenNet-0: three crystals as PBE has them, three molecules not.

    Top: silicon, copper, rock salt; their lattice constants are within half a per cent of PBE's.
    Bottom, what its data did not hold: two water molecules bind half as strongly again as they
    should, butane's barrier is half of PBE's, two argon atoms bind several times too strongly. PBE,
    the teacher, stands beside: for water it is right, and two argon atoms it binds too weakly.

    Source: computed here; PBE: solids.csv, PySCF; CCSD(T): S22 (water), argon_dimer.csv
    Notebook: 05_foundation_models#what-text

    Water: Jurecka, Phys. Chem. Chem. Phys. 8, 1985 (2006), as ase.data.s22 has it.
    """
    seven, numbers = lgps_analysis.model("sevennet-0"), {}
    figure, axes = plt.subplots(2, 3, figsize=FULL, layout="none")
    figure.subplots_adjust(left=0.0, right=1, bottom=0.0, top=1, hspace=0.0, wspace=0.0)
    for ax, formula in zip(axes[0], ("Si", "Cu", "NaCl"), strict=True):
        (solid,) = (s for s in solids() if s.formula == formula)
        found = equation_of_state(solid.atoms(), seven)
        a = solid.a_pbe * found.scale
        cube = bulk(formula, solid.structure, a=a, cubic=True) * 2
        numbers[formula.lower()] = f"{100 * (found.scale - 1):+.1f}".replace("-", "−")
        _exhibit(ax, cube, formula, f"a = {a:.2f} Å", [f"PBE {solid.a_pbe:.2f} Å"], "-70x,-25y")
    molecules = {
        "2 H₂O": (*_water(seven), "-20y"),
        "butane": (*_barrier(seven), "-60x,10y"),
        "2 Ar": (*_argon(seven), ""),
    }
    for ax, (name, (atoms, ours, pbe, true, turn)) in zip(axes[1], molecules.items(), strict=True):
        what = "barrier" if name == "butane" else "bond"
        others = [f"PBE {pbe:.0f} meV"] + ([f"CCSD(T) {true:.0f} meV"] if true else [])
        _exhibit(ax, atoms, name, f"{what} {ours:.0f} meV", others, turn)
        key = name.split()[-1].lower().replace("₂", "2")
        numbers |= {
            key: f"{ours:.0f}",
            f"{key}_pbe": f"{pbe:.0f}",
            f"{key}_true": f"{true or pbe:.0f}",
        }
    return figure, numbers


def _exhibit(ax, atoms, name, ours, others, turn):
    """Draw atoms, and write beside them what they are, our number and those of others."""
    image, window = render(atoms, rotation=turn, radius=0.5, pixels_per_angstrom=24, colours=PALE)
    image = np.round(24 * image) / 24  # fewer shades, half the bytes
    left, right, bottom, top = window
    scale = 1.6 / max(right - left, top - bottom)  # inches per Å
    size = np.array([right - left, top - bottom]) * scale
    middle = np.array([0.95, 1.12])
    low, high = middle - size / 2, middle + size / 2
    ax.imshow(image, extent=(low[0], high[0], low[1], high[1]), interpolation="none")
    ax.set(xlim=(0, FULL[0] / 3), ylim=(0, FULL[1] / 2), aspect="equal")
    ax.text(1.9, 1.75, name, fontsize=18, weight="bold", va="center")
    ax.text(1.9, 1.33, ours, fontsize=16, va="center")
    for row, text in enumerate(others):
        ax.text(1.9, 0.97 - 0.36 * row, text, fontsize=16, va="center", color=QUIET)
    ax.axis("off")


def _water(potential):
    """Return two water molecules, and what binds them: by `potential`, PBE and CCSD(T), meV."""
    pair, one = s22["Water_dimer"], molecule("H2O")
    for atoms in (pair, one):
        atoms.calc = potential
        BFGS(atoms, logfile=None).run(fmax=0.02, steps=80)
    bound = 2 * one.get_potential_energy() - pair.get_potential_energy()
    return pair, 1e3 * bound, PBE_WATER_MEV, -1e3 * get_interaction_energy_s22("Water_dimer")


def _barrier(potential):
    """Return butane on its barrier from trans, its height and PBE's, meV, at GFN2-xTB's shapes."""
    _, _, structures = scan_butane()
    top, trans = structures[12], structures[18]
    height = potential.get_potential_energy(top) - potential.get_potential_energy(trans)
    return top, 1e3 * height, PBE_BARRIER_MEV, None


def _argon(potential):
    """Return two argon atoms, and how deep their well is: by `potential`, PBE and CCSD(T), meV."""
    table = argon_dimer_table()
    energies = [
        potential.get_potential_energy(Atoms("Ar2", [(0, 0, 0), (r, 0, 0)]))
        for r in (*np.arange(3.4, 4.3, 0.1), 20.0)
    ]
    depth, true = energies[-1] - min(energies), -table["aug-cc-pvtz+bond"].min()
    return Atoms("Ar2", [(0, 0, 0), (3.8, 0, 0)]), 1e3 * depth, PBE_ARGON_MEV, 1e3 * true


def trust_tests():
    """Those of eleven questions to SevenNet-0, CHGNet and our PaiNN that not all pass.

    SevenNet-0 and CHGNet on Li2S, PaiNN on butane. All others are green. Red: PaiNN's wall at short
    distance, CHGNet's atoms without neighbours, and its softness beside SevenNet-0. Yellow:
    SevenNet-0's wall.

    Source: computed here with lecture8.trust on Li₂S and butane
    Notebook: 05_foundation_models#trust
    """
    sites = [(0, 0, 0), (0.25, 0.25, 0.25)]
    li2s = crystal(["S", "Li"], sites, spacegroup=225, cellpar=[5.7] * 3 + [90] * 3)
    seven, chgnet = lgps_analysis.model("sevennet-0"), lgps_analysis.model("chgnet")

    def asked(*what, **how):
        return trust(*what, rng=np.random.default_rng(0), **how)

    models = {
        "SevenNet-0\non Li₂S": asked(li2s, seven, nve_steps=24),
        "CHGNet\non Li₂S": asked(li2s, chgnet, nve_steps=24, reference=seven),
        "our PaiNN\non butane": asked(butane(), fitted_butane("painn")),
    }
    told = [
        k
        for k in range(len(SHORT))
        if any(found[k].verdict not in ("green", "n/a") for found in models.values())
    ]
    figure, ax = plt.subplots(figsize=(FULL[0], 2.9))
    for x, findings in enumerate(models.values()):
        for y, k in enumerate(told):
            finding = findings[k]
            colour, sign = plotting.VERDICTS[finding.verdict]
            ink = INK if finding.verdict == "n/a" else BLACK
            ax.add_patch(plt.Rectangle((x - 0.48, y - 0.44), 0.96, 0.88, facecolor=colour, lw=0))
            text = _answer(sign, finding)
            ax.text(x, y, text, ha="center", va="center", color=ink, fontsize=18)
    ax.set(xlim=(-0.5, 2.5), ylim=(len(told) - 0.5, -0.5))
    ax.set_xticks(range(3), models, fontsize=17)
    ax.set_yticks(range(len(told)), [f"{SHORT[k]}, {findings[k].unit}" for k in told], fontsize=17)
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    seven, chgnet, painn = models.values()
    verdicts = [f.verdict for f in seven + chgnet + painn]
    return figure, {
        "told": f"{len(told)}",
        "passed_by_all": f"{len(SHORT) - len(told)}",
        "green": f"{verdicts.count('green')}",
        "wall_sevennet": f"{seven[8].value:.2g}",
        "wall_painn": f"{painn[8].value:.2g}",
        "wall_chgnet": f"{chgnet[8].value:.2g}",
        "hole_sevennet": re.search(r"below ([\d.]+)", seven[8].consequence)[1],
        "hole_painn": re.search(r"below ([\d.]+)", painn[8].consequence)[1],
        "softer": f"{chgnet[10].value:.2g}",
    }


def _answer(sign, finding):
    """Return what stands in a box: rounding noise is all the same."""
    if finding.verdict == "n/a":
        return "not asked"
    if np.isnan(finding.value):
        return f"{sign}  refuses"
    if not finding.error and abs(finding.value) < 0.005:
        return f"{sign}  < 0.01"
    return f"{sign}  {finding.number}"


def softness():
    """Forces on lithium against PBE's: two narrow clouds, both flatter than the diagonal.

    LGPS at 300 to 900 K, frames of the pupil's runs; CHGNet's slope is the smaller.

    Source: our labels: PBE, plane waves (lgps_pbe.xyz.gz)
    Notebook: 06_ionic_conductivity#soft
    """
    figure, ax = plt.subplots(figsize=HALF)
    ends, numbers = np.array([-1.75, 1.75]), {}
    ax.plot(ends, ends, color=INK, lw=1.5)
    ax.text(1.3, 1.5, "equal", ha="right")
    for name in ("SevenNet-0", "CHGNet"):
        e, colour = lgps_analysis.beside_pbe(name.lower()), plotting.MODEL_COLOURS[name]
        chosen, slope = e.symbols == "Li", e.force_slope("Li")
        x, y = e.force_labels[chosen].ravel(), e.forces[chosen].ravel()
        ax.plot(x[::3], y[::3], ".", ms=5, alpha=0.5, color=colour)  # the file stays small
        ax.plot(ends, slope * ends, color=colour, lw=3, label=f"{name}: {slope:.2f} PBE")
        numbers[name.partition("-")[0].lower()] = f"{slope:.2f}"
    ax.legend(loc="lower right", frameon=False, handlelength=1)
    ax.set(xlabel="PBE: force on Li / (eV/Å)", ylabel="model: force on Li / (eV/Å)")
    ax.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return figure, numbers


def fine_tuning():
    """Force error against the number of frames: tuned, five do more than forty from scratch.

    Li2S with labels of PBE; lowest, middle and highest of five draws of frames.
    SevenNet-0 as it came is six times as far off as after ten frames.

    Source: our fits: Li₂S, labels by PBE (fine_tuning.csv)
    Notebook: 05_foundation_models#curves
    """
    curves, sizes = fine_tuning_curves(), [5, 10, 20, 40]

    def over_seeds(method, frames, column="force_mae_meV_A"):
        rows = (curves["method"] == method) & (curves["frames"] == frames)
        return np.quantile(curves[column][rows], [0, 0.5, 1])

    figure, ax = plt.subplots(figsize=HALF)
    zero_shot = over_seeds("zero-shot", 5)[1]
    ax.axhline(zero_shot, color=plotting.GREY, ls="--")
    ax.text(5, 0.93 * zero_shot, "SevenNet-0 as it came", va="top")
    numbers = {"zero_shot": f"{zero_shot:.0f}"}
    for method, colour, marker in (
        ("from scratch", plotting.ORANGE, "s"),
        ("fine-tuned", plotting.BLUE, "o"),
    ):
        low, middle, high = np.array([over_seeds(method, n) for n in sizes]).T
        bars = {"yerr": [middle - low, high - middle], "color": colour, "capsize": 4}
        ax.errorbar(sizes, middle, marker=marker, ms=9, **bars)
        for n, value in zip(sizes, middle, strict=True):
            numbers[f"{method.replace(' ', '_').replace('-', '_')}_{n}"] = f"{value:.0f}"
    ax.text(8, 38, "PaiNN from scratch")
    ax.text(5, 12.5, "SevenNet-0 fine-tuned", va="top")
    zero_elsewhere = over_seeds("zero-shot", 5, "elsewhere_meV_A")[1]
    numbers["elsewhere_zero_shot"] = f"{zero_elsewhere:.0f}"
    for name, method in (("elsewhere", "fine-tuned"), ("elsewhere_no_shift", "no shift")):
        numbers[name] = f"{over_seeds(method, 20, 'elsewhere_meV_A')[1]:.0f}"
    ax.set(xlabel="frames of Li₂S", ylabel="test force MAE / (meV/Å)", xscale="log", yscale="log")
    ax.set(ylim=(8, 110))
    plotting.log_ticks(ax.xaxis, sizes)
    plotting.log_ticks(ax.yaxis, (10, 15, 20, 30, 50, 80))
    return figure, numbers
