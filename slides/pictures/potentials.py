"""Pictures to notebook 2: where forces come from."""

import matplotlib.pyplot as plt
import numpy as np
from ase import units
from scipy.optimize import linear_sum_assignment

from lecture8.datasets import argon_dimer_table
from lecture8.measured import from_samples
from lecture8.plotting import BLUE, GREY, ORANGE, PURPLE, RED, SKY
from lecture8.structures import ARGON, BUTANE_CHAIN, argon_box

from .diagrams import canvas
from .force_field import draw_terms
from .moving import Dot, clip
from .potentials_parts import (
    DAY,
    PLANE_WAVES,
    conformer,
    count_pairs,
    diffusion_of,
    draw_boxes,
    draw_images,
    exponent,
    fit_pair,
    liquid_run,
    price_list,
    radial_distribution,
    scan_butane,
    share_of_trans,
    time_reached,
    waiting_times,
    with_unit,
)
from .style import FULL, HALF, INK, QUIET


def butane_turns():
    """Butane seen along its middle bond: the front half stands still, the back half turns about it.

    Moving: once around in eight seconds, all else relaxed. First picture: trans, the two outer
    carbon atoms on opposite sides.

    Source: computed here: GFN2-xTB, 19 angles, all else relaxed; mirrored beyond 180°.
    Notebook: 02_potentials#torsion-view
    """
    _, _, structures = scan_butane()  # 0 to 180 degrees
    half = np.array([_along_the_middle(atoms) for atoms in structures])  # (19, 14, 3)
    mirrored = half * (-1, 1, 1)
    # A mirror exchanges the hydrogen atoms of each pair: at cis every atom meets its own image.
    apart = np.linalg.norm(half[0][:, None] - mirrored[0], axis=2)
    mirrored = mirrored[:, linear_sum_assignment(apart)[1]]
    once = np.concatenate([half[::-1], mirrored[1:]])  # from trans over cis and back to trans
    figure = plt.figure(figsize=(3.95, 3), layout="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-3.65, 3.65), ylim=(-2.77, 2.77))
    ax.axis("off")
    balls = []
    for k in np.argsort(once[0, :, 2]):  # what is near lies above
        front, carbon = once[0, k, 2] > 0, structures[0].symbols[k] == "C"
        fill = {
            (True, True): "#55606b",
            (True, False): "#a9b8c6",
            (False, True): "#98a6b4",
            (False, False): "#cbd6e0",
        }[bool(front), carbon]
        balls.append(Dot(ax, once[:, k, :2], 22 if carbon else 14, fill))
    return clip(figure, balls, seconds=8), {}


def _along_the_middle(atoms):
    """Return positions (14, 3) seen along the middle bond, the first carbon atom upwards."""
    first, front, back, _ = BUTANE_CHAIN
    x = atoms.positions - atoms.positions[[front, back]].mean(axis=0)
    towards = x[front] / np.linalg.norm(x[front])
    up = x[first] - x[first] @ towards * towards
    up /= np.linalg.norm(up)
    return x @ np.transpose([np.cross(up, towards), up, towards])


def butane_conformers():
    """Butane turns about its middle bond: its energy against the dihedral angle, and its shapes.

    Two valleys are equal but for a mirror: gauche. The third and deepest is trans. Between them are
    eclipsed conformers, and cis is the highest. The band is kT at 300 K.

    Source: computed here: GFN2-xTB, 19 angles, all else relaxed; mirrored beyond 180°.
    Notebook: 02_potentials#torsion
    """
    angles, meV, structures = scan_butane()
    kT = 1e3 * units.kB * 300
    figure = plt.figure(figsize=FULL, layout="none")
    low, high = -30, 390
    ax = figure.add_axes((0.075, 0.145, 0.915, 0.48))
    full = np.concatenate([angles, 360 - angles[-2::-1]])
    ax.axhspan(0, kT, color=SKY, alpha=0.4, lw=0)
    ax.plot(full, np.concatenate([meV, meV[-2::-1]]), "o-", color=BLUE, lw=3, ms=6)
    ax.set(xlabel="dihedral angle / degrees", ylabel="energy / meV")
    ax.set(xlim=(low, high), ylim=(-15, 235), xticks=range(0, 361, 60))
    gauche = 60 + 10 * int(meV[7] < meV[6])
    words = {"ha": "center", "va": "bottom", "linespacing": 1.05}
    for angle, name in {0: "cis", gauche: "gauche", 180: "trans", 240: "eclipsed"}.items():
        at = min(angle, 360 - angle) // 10
        image, _ = conformer(structures[at], mirror=angle > 180)
        x = 0.075 + 0.915 * (angle - low) / (high - low)
        seen = np.flatnonzero(image[..., 3].any(axis=0))  # the middle of what is seen stands at x
        x += 0.14 * (0.5 - seen[[0, -1]].mean() / image.shape[1])
        picture = figure.add_axes((x - 0.07, 0.625, 0.14, 0.367))
        picture.imshow(image, interpolation="none")
        picture.axis("off")
        place = (angle, meV[at] + {"eclipsed": 12, "gauche": 32, "trans": 42}.get(name, 0))
        beside = {"ha": "left", "va": "center"} if name == "cis" else {}  # its peak is at the edge
        place = (17, meV[0] - 4) if name == "cis" else place
        ax.text(*place, f"{name}\n{meV[at]:.0f} meV", **words | beside)
    ax.text(360 - gauche, meV[gauche // 10] + 32, "gauche\nmirrored", **words)
    ax.text(388, kT / 2, f"kT at 300 K: {kT:.0f}", ha="right", va="center")
    trans = share_of_trans(angles, meV, 300)
    return figure, {
        "gauche": f"{meV[gauche // 10]:.0f}",
        "gauche_angle": f"{gauche}",
        "barrier": f"{meV[10:15].max():.0f}",
        "cis": f"{meV[0]:.0f}",
        "kT": f"{kT:.0f}",
        "trans_percent": f"{100 * trans:.0f}",
        "gauche_percent": f"{100 * (1 - trans):.0f}",
        "trans_percent_600K": f"{100 * share_of_trans(angles, meV, 600):.0f}",
    }


def price_of_a_force():
    """Seven orders of magnitude lie between the price of electrons and that of pairs.

    What one energy with its forces costs for each atom, in seconds of one core, as dots on a
    logarithmic axis, each with its system: electrons in blue, foundation models in purple, what was
    fitted in orange, pairs in grey. Of CCSD(T) it is the energy alone.

    Source: measured, one core; CCSD(T)/cc-pVDZ, PBE/def2-SVP by PySCF (costs.csv)
    Notebook: 02_potentials#price
    """
    butane, crystal, liquid = "butane, 14 atoms", "LGPS, 50 atoms", "argon, 864 atoms"
    dots = {  # label: method, atoms, colour, system
        "CCSD(T), energy": ("CCSD(T) energy", 14, BLUE, butane),
        "DFT (PBE)": ("DFT", 14, BLUE, butane),
        "GFN2-xTB": ("GFN2-xTB", 14, BLUE, butane),
        "SevenNet-0": ("SevenNet-0", 50, PURPLE, crystal),
        "CHGNet": ("CHGNet", 50, PURPLE, crystal),
        "PaiNN": ("PaiNN", 14, ORANGE, butane),
        "moment network": ("moment network", 50, ORANGE, crystal),
        "Lennard-Jones": ("Lennard-Jones", 864, GREY, liquid),
    }
    figure, ax = plt.subplots(figsize=HALF)
    numbers = {}
    for row, (method, size, colour, system) in enumerate(dots.values()):
        atoms, seconds, _ = price_list(method)
        per_atom = (seconds / atoms)[atoms == size][0]
        ax.plot([1e-8, 1e3], [row] * 2, color=QUIET, lw=0.5, zorder=0)
        ax.plot(per_atom, row, "o", color=colour, ms=13)
        right = per_atom < 1e-2
        at, side = (per_atom * 2.2, "left") if right else (per_atom / 2.2, "right")
        text = f"{with_unit(per_atom)}, {system.split(',')[0]}"
        ax.text(at, row - 0.03, text, va="bottom", ha=side, fontsize=14)
        key = method.split()[0].replace("CCSD(T)", "ccsdt").replace("-", "_").lower()
        numbers[key] = with_unit(per_atom)
    ax.set_yticks(range(len(dots)), list(dots))
    ax.set(xscale="log", xlim=(6e-8, 60), ylim=(len(dots) - 0.5, -0.7))
    ax.set_xlabel("core time per atom and step / s")
    ax.set_xticks([1e-6, 1e-3, 1], ["10⁻⁶", "10⁻³", "1"])
    ax.minorticks_off()
    ax.tick_params(axis="y", length=0)
    _, (*_, energy), _ = price_list("CCSD(T) energy")
    numbers["butane_dft"] = f"{price_list('DFT')[1][1]:.0f}"
    numbers["butane_ccsdt"] = f"{energy:.0f}"
    numbers["butane_ccsdt_forces_h"] = f"{energy * 6 * 14 / 3600:.1f}"
    numbers["butane_xtb_ms"] = f"{1e3 * price_list('GFN2-xTB')[1][0]:.0f}"
    return figure, numbers


def scales():
    """What one core simulates in one day: the time it reaches against the number of atoms.

    Dots: measured; dotted: continued, at a cost proportional to N, or to N³ for electrons.
    Electrons in blue, foundation models in purple, a fitted network in orange, pairs in grey. DFT
    is twice there: alkanes with Gaussians, and LGPS, 50 atoms, with plane waves. Stars are runs of
    this course, summed: 50 of 102 ps of LGPS, 8 of 32 ps of argon. The lines across say how long
    things take.

    Source: measured, one core (costs.csv, recipes/pbe.py); Li: Kamaya et al. (2011)
    Notebook: 02_potentials#price
    """
    curves = {  # method: colour of its kind, power of N beyond what was measured, up to where
        "DFT": (BLUE, 3, 200),
        "GFN2-xTB": (BLUE, 3, 1000),
        "SevenNet-0": (PURPLE, 1, 1500),
        "CHGNet": (PURPLE, 1, 3000),
        "moment network": (ORANGE, 1, 1e5),
        "Lennard-Jones": (GREY, 1, 1e6),
    }
    figure, ax = plt.subplots(figsize=FULL)
    numbers = {}
    for method, (colour, power, end) in curves.items():
        atoms, seconds, fs = price_list(method)
        reached = DAY / seconds * fs * 1e-15  # s
        ax.loglog(atoms, reached, "o-", color=colour, lw=4, ms=9)
        last = reached[-1] * (end / atoms[-1]) ** -power
        ax.loglog([atoms[-1], end], [reached[-1], last], ":", color=colour, lw=3)
        right = method == "CHGNet"  # another curve is in the way on the left
        place = (end * 1.2, last) if right else (atoms[0] / 1.2, reached[0])
        name = "DFT, Gaussians" if method == "DFT" else method
        ax.text(*place, name, ha="left" if right else "right", va="center")
        key = method.split()[0].replace("-", "_").lower()
        numbers[f"{key}_100"] = time_reached(100, atoms, reached, power)
        numbers[f"{key}_exponent"] = f"{exponent(method):.1f}"
    atoms, seconds, fs = PLANE_WAVES
    ax.plot(atoms, DAY / seconds * fs * 1e-15, "o", color=BLUE, ms=9)
    ax.text(1.25 * atoms, DAY / seconds * fs * 1e-15, "plane waves", va="center")
    waits = waiting_times()
    for name, seconds in waits.items():
        ax.axhline(seconds, color=QUIET, lw=1, zorder=0)
        text, under = f"{name}: {with_unit(seconds)}", name.startswith("Li")
        place = (2.8e6, seconds / 1.5 if under else seconds * 1.2)
        ax.text(*place, text, ha="right", va="top" if under else "bottom", color=QUIET)
    for size, seconds, name in (  # with what settles and is thrown away
        (864, 8 * 32e-12, "8 argon runs"),
        (100, 50 * 102e-12, "50 LGPS runs"),
    ):
        ax.plot(size, seconds, "*", ms=20, color=INK, zorder=4)
        ax.text(size * 1.25, seconds, name, va="center")
    words = "dots: measured\ndotted: continued\n★ our runs, summed"
    ax.text(2.8e6, 1.4e-5, words, ha="right", va="top", linespacing=1.2)
    ax.set(xlabel="number of atoms", ylabel="simulated in one day", xlim=(0.5, 3e6))
    ax.set_yticks([1e-15 * 1e3**k for k in range(4)], ["1 fs", "1 ps", "1 ns", "1 µs"])
    ax.set(ylim=(3e-15, 2e-5))
    ax.minorticks_off()
    argon_moves, ch_period, lithium_hops = (with_unit(seconds) for seconds in waits.values())
    return figure, numbers | {
        "ch_period": ch_period,
        "argon_moves": argon_moves,
        "lithium_hops": lithium_hops,
    }


def classical_terms():
    """Five terms of a classical potential, each drawn on atoms, and four other forms by name.

    Bonded: springs for bonds and angles, a wave for the torsion. Non-bonded: Lennard-Jones between
    all other pairs, and charges. Other forms: Buckingham's exponential for oxides, the embedded
    atom (EAM) for metals, Tersoff's bond order for silicon and carbon, ReaxFF where bonds break.

    Source: drawn here; Tersoff, Phys. Rev. B 37, 6991; EAM, 29, 6443; ReaxFF, J. Phys. Chem. A 105
    Notebook: 02_potentials#torsion-text
    """
    figure, ax = canvas(FULL)
    draw_terms(ax)
    return figure, {}


def lennard_jones():
    """Two argon atoms: CCSD(T), Lennard-Jones fitted to it, and the parameters of the liquid.

    The true pair is bound a fifth more strongly than the parameters say that make a good liquid.

    Source: CCSD(T) by PySCF (argon_dimer.csv); Rahman (1964)
    Notebook: 02_potentials#dimer-figure
    """
    table = argon_dimer_table()
    r, v = table["distance"], table["aug-cc-pvtz+bond"]
    epsilon, sigma = fit_pair(r, v, r > 3.3)
    fine = np.linspace(3.1, 7.5, 300)

    def pair(x, epsilon, sigma):
        return 4e3 * epsilon * ((sigma / x) ** 12 - (sigma / x) ** 6)

    figure, ax = plt.subplots(figsize=HALF)
    ax.axhline(0, color=QUIET, lw=1)
    ax.plot(fine, pair(fine, **ARGON), color=ORANGE, lw=3)
    ax.plot(fine, pair(fine, epsilon, sigma), color=BLUE, lw=3)
    ax.plot(r, 1e3 * v, "o", color=INK, ms=9)
    ax.set(xlabel="distance r / Å", ylabel="energy / meV", xlim=(3.15, 6.7), ylim=(-15.5, 10))
    minimum = 2 ** (1 / 6) * ARGON["sigma"]
    depth = 1e3 * ARGON["epsilon"]
    both = {"arrowstyle": "<->", "color": INK, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (minimum, 0), (minimum, -depth), arrowprops=both)
    ax.text(minimum + 0.08, -3.4, rf"$\epsilon$ = {depth:.1f}", va="center")
    ax.plot([minimum] * 2, [0, 3.2], color=INK, lw=1.5, ls=":")
    ax.text(minimum + 0.08, 3.2, rf"minimum: $2^{{1/6}}\sigma$ = {minimum:.2f} Å", va="center")
    ax.text(minimum + 0.08, 1.2, r"zero: $\sigma$ = 3.4 Å", va="center")
    legend = {"ha": "right", "va": "center", "fontsize": 15}
    ax.text(6.65, 9.3, "points: CCSD(T), two atoms", **legend)
    ax.text(6.65, 7.5, f"blue, fitted to them: ε = {1e3 * epsilon:.1f} meV", **legend)
    ax.text(6.65, 5.7, f"orange, for the liquid: ε = {depth:.1f} meV", **legend)
    return figure, {
        "epsilon_meV": f"{depth:.1f}",
        "minimum": f"{minimum:.2f}",
        "sigma": f"{ARGON['sigma']:.1f}",
        "epsilon_K": f"{ARGON['epsilon'] / units.kB:.0f}",
        "fit_meV": f"{1e3 * epsilon:.1f}",
        "fit_K": f"{epsilon / units.kB:.0f}",
        "fit_sigma": f"{sigma:.2f}",
        "fit_minimum": f"{2 ** (1 / 6) * sigma:.2f}",
        "ccsdt_meV": f"{-1e3 * v.min():.1f}",
        "ccsdt_minimum": f"{r[v.argmin()]:.2f}",
    }


def liquid_argon():
    """Liquid argon at 94.4 K: its radial distribution function peaks where Rahman's did.

    Source: computed here: 864 atoms, 8 runs of 20 ps; Rahman, Phys. Rev. 136, A405 (1964).
    Notebook: 02_potentials#rahman-figure
    """
    runs = [liquid_run(seed) for seed in range(8)]
    edge = argon_box(repeat=6).cell.lengths()[0]
    bins = np.linspace(2.5, edge / 2, 160)
    middle = (bins[1:] + bins[:-1]) / 2
    g = np.mean([radial_distribution(run, edge, bins) for run in runs[:4]], axis=0)
    D = from_samples([diffusion_of(run) for run in runs])
    figure, ax = plt.subplots(figsize=HALF)
    ax.axhline(1, color=QUIET, lw=1)
    ax.plot(middle, g, color=BLUE, lw=3)
    ax.plot(3.7, g.max() + 0.12, "v", color=RED, ms=12)
    ax.text(4.1, g.max() + 0.05, "Rahman's peak: 3.7 Å", va="center")
    text = f"$D$ = ({D.value:.2f} ± {D.high - D.value:.2f})·10$^{{-5}}$ cm²/s\nRahman: 2.43"
    ax.text(16.8, 2.2, text, ha="right", va="center")
    ax.set(xlabel="r / Å", ylabel="g(r)", xlim=(2.5, 17), ylim=(0, 3.4), yticks=[0, 1, 2, 3])
    temperatures = [2 * run.kinetic_energies.mean() / (3 * 864 * units.kB) for run in runs]
    return figure, {
        "peak": f"{middle[g.argmax()]:.2f}",
        "height": f"{g.max():.2f}",
        "D": f"{D.value:.2f}",
        "D_error": f"{D.high - D.value:.2f}",
        "D_rahman": "2.43",
        "temperature": f"{np.mean(temperatures):.1f}",
        "scatter_percent": f"{100 * np.sqrt(D.samples) * D.error / D.value:.0f}",
        "rahman_days": f"{8 * 3200 * 45 / DAY:.0f}",
    }


def neighbour_lists():
    """Left: a cell among its own images; right: the boxes in which an atom's neighbours are sought.

    Who leaves the cell on the right comes in on the left; the nearest image of a neighbour may lie
    in the next cell. Right: the circle is the cutoff, the dashed one the skin beyond it; in space
    there are 27 boxes.

    Source: counted here: shaken argon crystal, 32,000 atoms, cutoff 8.5 Å, skin 1 Å.
    Notebook: 02_potentials#lists-text
    """
    cutoff, reach = 8.5, 9.5  # Å, without and with the skin
    figure, (left, ax) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1, 1.35])
    draw_images(left)
    draw_boxes(ax, cutoff, reach)
    atoms, everyone, boxes, listed = count_pairs(20, reach)
    facts = [f"{atoms:,} atoms", f"all pairs:\n{everyone / 1e6:.0f} million"]
    facts += [
        f"27 boxes (3D):\n{boxes / 1e6:.0f} million",
        f"on the list:\n{listed / 1e6:.1f} million",
    ]
    for row, fact in enumerate(facts):
        ax.text(5 * reach + 2, 5 * reach * (0.93 - 0.28 * row), fact, va="center", fontsize=16)
    return figure, {
        "atoms": f"{atoms:,}",
        "all_pairs": f"{everyone / 1e6:.0f}",
        "in_boxes": f"{boxes / 1e6:.1f}",
        "listed": f"{listed / 1e6:.1f}",
        "per_atom": f"{2 * listed / atoms:.0f}",
        "saving": f"{everyone / boxes:.0f}",
    }
