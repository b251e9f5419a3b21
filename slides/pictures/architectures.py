"""Pictures to notebook 3: how a model sees its atoms."""

import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from matplotlib.patches import FancyBboxPatch

from lecture8 import datasets, plotting
from lecture8.pairs import pairs_within
from lecture8.potentials.lennard_jones import lennard_jones
from lecture8.structures import ARGON

from . import butane_fits as fits
from .architectures_parts import (
    contractions,
    graph,
    heat,
    laid_flat,
    neighbourhood,
    power,
    rotation,
)
from .diagrams import ON_BOX, TINTS, arrow, box, canvas, picture, words
from .rendering import render
from .style import FULL, HALF, INK, PANEL, QUIET


def sum_over_atoms():
    """The energy is a sum over atoms, and each asks only its neighbours within a cutoff.

    A layer of argon; two atoms with their cutoff circles, their neighbours and their energies.

    Source: computed here: Lennard-Jones argon in a plane, a cutoff of 6.3 Å.
    Notebook: 03_fitting#nothing-text
    """
    reach, scale, origin = 6.3, 0.18, np.array([2.8, 2.64])
    rng = np.random.default_rng(8)
    grid = np.array([(4 * (i + j % 2 / 2), 3.5 * j, 0) for j in range(-3, 4) for i in range(-5, 5)])
    positions = np.delete(grid + 0.3 * rng.normal(size=grid.shape) * [1, 1, 0], [24, 47], axis=0)
    argon = Atoms(f"Ar{len(positions)}", positions)
    centre, neighbour, _ = pairs_within(argon, reach)
    share = np.zeros(len(argon))  # E_i is half of each of its pairs
    for i, j in zip(centre, neighbour, strict=True):
        share[i] += lennard_jones(positions[[i, j]], **ARGON, cutoff=reach).energy / 2
    total = lennard_jones(positions, **ARGON, cutoff=reach).energy
    figure, ax = canvas(HALF)
    painted = argon.copy()  # the renderer paints by element
    numbers = {"atoms": f"{len(argon)}"}
    numbers["difference_below_eV"] = power(abs(share.sum() - total), 1e-15)
    for side, (own, others, colour) in enumerate(
        (("Cu", "Li", plotting.BLUE), ("Au", "Na", plotting.ORANGE))
    ):
        atom = int(np.argmin(np.linalg.norm(positions - [16 * side - 8, 0, 0], axis=1)))
        near = neighbour[centre == atom]
        painted.symbols[near], painted.symbols[atom] = others, own
        place = origin + scale * positions[atom, :2]
        ax.add_patch(plt.Circle(place, scale * reach, fill=False, ec=colour, lw=3, zorder=5))
        text = f"$E_{'ij'[side]}$ = {1e3 * share[atom]:.0f} meV".replace("-", "−")
        words(ax, place[0], 0.56, text, fontsize=18)
        words(ax, place[0], 0.2, f"from {len(near)} neighbours", colour=QUIET, fontsize=16)
        numbers |= {f"neighbours_{side + 1}": f"{len(near)}"}
    tip = origin + scale * (positions[atom, :2] + reach * np.array([0.87, 0.5]))
    arrow(ax, origin + scale * positions[atom, :2], tip, zorder=6)
    words(ax, tip[0] - 0.45, tip[1] + 0.02, r"$r_\mathrm{c}$", fontsize=19)
    blue, orange = (0.1, 0.45, 0.75), (0.9, 0.5, 0.0)
    colours = {"Ar": (0.75, 0.78, 0.82), "Cu": blue, "Li": (0.6, 0.83, 0.97), "Au": orange}
    image, window = render(
        painted,
        colours=colours | {"Na": (1.0, 0.85, 0.5)},
        radii=dict.fromkeys(("Ar", "Cu", "Li", "Au", "Na"), 1.5),
        stick=0,
        pixels_per_angstrom=16,
        centre=(0, 0, 0),
        window=(-15.4, 15.4, -9.5, 9.5),
    )
    picture(ax, image, window, at=origin, scale=scale)
    return figure, numbers


def symmetries():
    """Turn the molecule: the energy stays, the forces turn. Exchange like atoms: nothing changes.

    Butane three times, with its energy and, as arrows, the forces on its four carbons.

    Source: computed here: PaiNN, fitted to 400 frames of GFN2-xTB (shipped).
    Notebook: 03_fitting#equivariance
    """
    potential, start = datasets.fitted_butane("painn"), laid_flat(fits.parts()[2][3])
    turned, exchanged = start.copy(), start.copy()
    turned.rotate(40, "z", center=(0, 0, 0))
    order = np.argsort(np.where(start.numbers == 1, start.positions[:, 0], 0))
    pair = order[[0, -1]]  # the outermost hydrogens
    exchanged.positions[pair] = exchanged.positions[pair[::-1]]
    figure, ax = canvas(FULL)
    energies, forces = [], []
    titles = {
        2.0: "a molecule, its forces",
        5.9: "turned: forces turn",
        9.8: "two H exchanged: same",
    }
    for (x, title), atoms in zip(titles.items(), (start, turned, exchanged), strict=True):
        energies.append(potential.get_potential_energy(atoms))
        forces.append(potential.get_forces(atoms))
        places = [x, 2.3] + 0.62 * atoms.positions[:, :2]
        image, window = render(atoms, pixels_per_angstrom=50, radius=0.55)
        picture(ax, image, window, at=(x, 2.3), scale=0.62)
        for carbon in range(4):
            tip = places[carbon] + 0.42 * forces[-1][carbon, :2]
            arrow(ax, places[carbon], tip, colour=plotting.RED, width=4, head=20, zorder=4)
        for name, atom, tint in zip("AB", pair, ("blue", "green"), strict=True):
            ax.add_patch(plt.Circle(places[atom], 0.19, fc=TINTS[tint], ec=ON_BOX, zorder=5))
            words(ax, *places[atom], name, colour=ON_BOX, zorder=6)
        words(ax, x, 4.2, title, fontsize=18)
        words(ax, x, 0.35, f"$E$ = {energies[-1]:.4f} eV".replace("-", "−"), fontsize=20)
    forces[2][pair] = forces[2][pair[::-1]]
    forces[1] = forces[1] @ rotation(start, turned)
    return figure, {
        "energy_eV": f"{energies[0]:.4f}".replace("-", "−"),
        "energy_change_below_eV": power(np.ptp(energies), 1e-13),
        "force_change_below_eV_per_A": power(np.ptp(forces, axis=0).max(), 1e-14),
    }


def moment_tensor_contraction():
    """Neighbours become moments: how many, where, how spread; their contractions do not turn.

    The end carbon of butane and its moments, a number, a vector and a matrix, before and after a
    turn; the contractions to numbers are the same. Orange squares are above zero, blue ones below.
    A neighbour counts the less the nearer it is to the cutoff or to the centre, so that 13
    neighbours come to 3.14.

    Source: computed here: butane, f(r) = (r/2 Å)² (1 - r/5 Å)².
    Notebook: 03_fitting#mtp-text
    """
    start = laid_flat(fits.parts()[2][3])
    turned = start.copy()
    turned.rotate(70, (0.25, 0, 1), center=(0, 0, 0))
    figure, ax = canvas(FULL)
    heads = {
        1.3: "an atom's\nneighbours",
        3.1: "how many,\nweighted",
        4.75: "where",
        7.1: "how spread",
    }
    for x, text in (heads | {10.2: r"contracted to numbers $B_\alpha$"}).items():
        words(ax, x, 4.45, text, fontsize=17, va="top", linespacing=1.1)
    values = []
    for y, atoms in ((2.85, start), (0.95, turned)):
        d = np.delete(atoms.positions - atoms.positions[0], 0, axis=0)
        r = np.linalg.norm(d, axis=1)
        f, u = (r / 2) ** 2 * np.maximum(0, 1 - r / 5) ** 2, d / r[:, None]
        count, vector, matrix = f.sum(), f @ u, np.einsum("j,jx,jy->xy", f, u, u)
        scalars = vector @ vector, (matrix**2).sum(), vector @ matrix @ vector
        values.append((vector, matrix, np.array([count, *scalars])))
        neighbourhood(ax, atoms, at=(1.3, y))
        for x, symbol in {3.1: r"$M_{0,0}$", 4.75: r"$M_{0,1}$", 7.1: r"$M_{0,2}$"}.items():
            words(ax, x, y + 0.82, symbol, fontsize=18)
        words(ax, 3.1, y - 0.1, f"{count:.2f}", fontsize=19)
        arrow(
            ax,
            (4.2, y - 0.3),
            np.array([4.2, y - 0.3]) + 0.34 * vector[:2],
            colour=plotting.BLUE,
            width=4,
            head=22,
        )
        ax.plot(4.2, y - 0.3, "o", color=QUIET, ms=8)
        heat(ax, vector[:, None], at=(5.3, y - 0.1), size=0.4)
        # The shadow of an ellipsoid u M u: its outline belongs to the block of x and y.
        circle = np.stack([np.cos(t := np.linspace(0, 2 * np.pi, 100)), np.sin(t)])
        lengths, axes = np.linalg.eigh(matrix[:2, :2])
        outline = 0.45 * (axes * np.sqrt(lengths)) @ circle
        ax.fill(
            6.32 + outline[0], y - 0.1 + outline[1], color=TINTS["green"], ec=plotting.GREEN, lw=3
        )
        ax.plot(6.32, y - 0.1, "o", color=ON_BOX, ms=8)
        heat(ax, matrix, at=(7.7, y - 0.1), size=0.4)
        contractions(ax, vector, matrix, scalars, y - 0.05)
    words(ax, 0.45, 1.6, "turned", fontsize=17)
    for x, value, text in ((9.0, 2, "above zero"), (10.75, -2, "below")):
        heat(ax, np.array([[value]]), at=(x, 3.97), size=0.22)
        words(ax, x + 0.2, 3.97, text, ha="left")
    change = abs(values[1][2] - values[0][2]).max()
    return figure, {
        "M01_change": f"{abs(values[1][0] - values[0][0]).max():.2f}",
        "M02_change": f"{abs(values[1][1] - values[0][1]).max():.2f}",
        "B_change_below": power(change, 1e-15),
        "M00": f"{values[0][2][0]:.2f}",
        "B1": f"{values[0][2][1]:.3f}",
        "B2": f"{values[0][2][2]:.3f}",
        "B3": f"{values[0][2][3]:.3f}",
    }


def message_passing_network():
    """A message-passing network: atoms hear from their neighbours, layer by layer, then add up.

    From left to right: an atom and its neighbours; a layer, which multiplies how far, which way and
    what the neighbour knows, sums over neighbours and updates; after L layers an energy for each
    atom, their sum, and the forces as its gradient.

    Source: our drawing, after NequIP: Batzner et al., Nat. Commun. 13, 2453 (2022).
    Notebook: 03_fitting#equivariance-text
    """
    figure, ax = canvas(FULL)
    graph(ax, np.array([1.5, 2.4]))
    panel = {"boxstyle": "round,pad=0,rounding_size=0.15", "fc": PANEL, "ec": "none", "zorder": 0}
    ax.add_patch(FancyBboxPatch((3.1, 0.45), 5.65, 4.0, **panel))
    words(ax, 5.9, 4.16, "one layer, repeated $L$ times", fontsize=17)
    inputs = {
        3.5: (r"$\phi(r_{ij})$", "how far", "blue"),
        2.5: (r"$Y(\hat{\mathbf{r}}_{ij})$", "which way", "blue"),
        1.5: (r"$\mathbf{h}_j$", "what $j$ knows", "green"),
    }
    for y, (symbol, text, tint) in inputs.items():
        box(ax, 3.95, y, 1.25, 0.54, symbol, tint, fontsize=20)
        words(ax, 3.95, y - 0.42, text)
        arrow(ax, (4.63, y), (5.17, 2.5 + 0.25 * (y - 2.5)))
    steps = ((5.5, 0.56, r"$\otimes$", "orange"), (6.4, 0.62, r"$\sum_j$", "orange"))
    for x, width, symbol, tint in (
        *steps,
        (7.9, 1.3, r"$\mathbf{h}_i + \mathbf{m}_i$", "green"),
    ):
        box(ax, x, 2.5, width, 0.64, symbol, tint, fontsize=20)
    words(ax, 5.5, 3.0, "multiply")  # below it arrives what j knows
    for x, text in {6.4: "add up", 7.9: "$i$ knows more"}.items():
        words(ax, x, 2.0, text)
    words(ax, 6.97, 2.77, r"$\mathbf{m}_i$", fontsize=17)
    for start, end in ((5.82, 6.05), (6.74, 7.21)):
        arrow(ax, (start, 2.5), (end, 2.5))
    ax.plot(
        [7.9, 7.9, 3.95], [1.78, 0.68, 0.68], color=plotting.BLUE, lw=3, solid_joinstyle="round"
    )
    arrow(ax, (3.95, 0.66), (3.95, 0.92), colour=plotting.BLUE, width=3)
    ax.plot([8.59, 9.0, 9.0], [2.5, 2.5, 3.75], color=INK, lw=2, solid_joinstyle="round")
    arrow(ax, (8.98, 3.75), (9.38, 3.75))
    readout = {3.75: r"$\mathbf{h}_i \rightarrow E_i$", 2.45: r"$E = \sum_i\, E_i$"}
    readout[1.1] = r"$\mathbf{F}_i = -\,\partial E\,/\,\partial \mathbf{r}_i$"
    for y, text in readout.items():
        box(ax, 10.55, y, 2.25, 0.72, text, "purple", fontsize=20)
    for y, text in {3.35: "add up", 2.05: "differentiate"}.items():
        arrow(ax, (10.1, y), (10.1, y - 0.5))
        words(ax, 10.25, y - 0.24, text, ha="left")
    return figure, {}
