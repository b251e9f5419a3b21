"""Lennard-Jones, the fast one: what `lennard_jones.py` says, in compiled code and of cost N."""

import numpy as np
from ase import Atoms

from lecture8.arguments import check_positive, check_whole
from lecture8.finite import FAR_AWAY, check_positions
from lecture8.integrators import TimeLoop
from lecture8.integrators.simulation import TOO_LONG
from lecture8.pairs import cell_for_lists
from lecture8.potential import Interaction
from lecture8.potentials import lennard_jones_compiled as compiled
from lecture8.potentials.lennard_jones import LennardJones, energy_at
from lecture8.potentials.neighbours import place_images, verlet_list
from lecture8.threads import numba_threads


def _pack(epsilon, sigma, cutoff, onset, shifted):
    """Return parameters and onset as the compiled functions take them."""
    shift = energy_at(cutoff, epsilon, sigma) if shifted and onset is None else 0.0
    parameters = tuple(float(p) for p in (epsilon, sigma, cutoff, shift))
    return parameters, None if onset in (None, cutoff) else float(onset)


def fast_lennard_jones(
    positions,
    cell=None,
    *,
    epsilon,
    sigma,
    cutoff,
    onset=None,
    shifted=True,
    periodic=(True, True, True),
) -> Interaction:
    """Return what `lennard_jones` returns, for any cell and many atoms.

    A cell smaller than twice the cutoff is summed over as many images as it takes, and
    `periodic` may leave out directions. A cutoff is needed.
    """
    check_positions(positions, limit=FAR_AWAY)
    positions = np.ascontiguousarray(positions, float)
    if cell is None:
        cell, periodic = np.eye(3), (False, False, False)
    cell, periodic = np.array(cell, float), np.array(periodic)
    verlet = verlet_list(positions, cell, periodic, float(cutoff), None, compiled.BLOCK)
    points = np.empty((3, len(verlet.parent)))
    place_images(positions, verlet, points)
    how = _pack(epsilon, sigma, cutoff, onset, shifted)
    forces = np.empty_like(positions)
    energy = compiled.energy_and_forces(points, verlet, *how, forces)
    return Interaction(energy, forces, compiled.virial(points, verlet, *how))


class FastLennardJones(LennardJones):
    """`LennardJones`, compiled, for any periodicity, with a time loop of its own.

    Parameters
    ----------
    epsilon, sigma, cutoff, onset, shifted
        As for `lennard_jones`; the cutoff is needed.
    skin : float
        How far beyond the cutoff the Verlet list of a run reaches, Å. The list is made anew when
        an atom has moved by half of it: a short skin means many lists, a long one long lists.
    renew_every : int, optional
        Make the Verlet list anew every so many steps, needed or not, instead of when an atom has
        moved by half the skin. Too rarely is wrong: notebook 2 shows what happens.
    threads : int
        Cores that a run may use for lists and forces; worth it from a few thousand atoms on.
    """

    def __init__(
        self,
        *,
        epsilon,
        sigma,
        cutoff,
        onset=None,
        shifted=True,
        skin=1.0,
        renew_every: int | None = None,
        threads: int = 1,
    ):
        super().__init__(epsilon=epsilon, sigma=sigma, cutoff=cutoff, onset=onset, shifted=shifted)
        if cutoff is None:
            raise ValueError("FastLennardJones needs a cutoff; give one in Å, such as 2.5 * sigma")
        check_positive("skin", skin, ", in Å")
        if renew_every is not None:
            check_whole("renew_every", renew_every, 1)
        check_whole("threads", threads, 1)
        self.skin, self.renew_every, self.threads = float(skin), renew_every, threads

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial: `fast_lennard_jones`."""
        cell = cell_for_lists(atoms)
        return fast_lennard_jones(atoms.positions, cell, periodic=atoms.pbc, **self.parameters)

    def time_loop(self, atoms: Atoms) -> TimeLoop:
        """Return the compiled loop, which `simulate` takes."""
        self.check_atoms(atoms)
        shared = None if self.threads == 1 else self.threads
        arguments = *_pack(**self.parameters), self.skin, self.renew_every or 0, shared

        def run(moving, plan):
            with numba_threads(self.threads):
                return compiled.run(moving, plan, *arguments)

        # A return to Python would renew the list.
        return TimeLoop(run, TOO_LONG, at_once=self.renew_every is not None)
