"""Lennard-Jones, the fast one: what `lennard_jones.py` says, in compiled code and of cost N."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.cell import Cell

from lecture8.arguments import check_positive, check_whole
from lecture8.integrators import State, Trajectory
from lecture8.pairs import cell_for_lists
from lecture8.potentials import lennard_jones_compiled as compiled
from lecture8.potentials.compiled_dynamics import follow
from lecture8.potentials.finite import FAR_AWAY, check_positions
from lecture8.potentials.lennard_jones import (
    Interaction,
    LennardJones,
    check_atoms,
    check_interaction,
    energy_at,
    tail_correction,
)
from lecture8.potentials.neighbours import place_images, verlet_list
from lecture8.threads import numba_threads


def _pack(epsilon, sigma, cutoff, onset, shifted):
    """Return the parameters as the compiled functions take them."""
    shift = energy_at(cutoff, epsilon, sigma) if shifted and onset is None else 0.0
    # An onset at the cutoff means none.
    return tuple(float(p) for p in (epsilon, sigma, cutoff, onset or cutoff, shift))


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
    verlet = verlet_list(positions, np.array(cell, float), np.array(periodic), float(cutoff))
    points = np.empty((3, len(verlet.parent)))
    place_images(positions, verlet, points)
    parameters = _pack(epsilon, sigma, cutoff, onset, shifted)
    forces = np.empty_like(positions)
    energy = compiled.energy_and_forces(points, verlet, parameters, forces)
    return Interaction(energy, forces, compiled.virial(points, verlet, parameters))


class FastLennardJones(LennardJones):
    """The calculator `LennardJones`, compiled; `simulate` runs without returning to Python.

    Parameters
    ----------
    epsilon, sigma, cutoff, onset, shifted
        As for `lennard_jones`; the cutoff is needed.
    skin : float
        How far beyond the cutoff the Verlet list of `simulate` reaches, Å. The list is made anew
        when an atom has moved by half of it: a short skin means many lists, a long one long lists.
    """

    def __init__(self, *, epsilon, sigma, cutoff, onset=None, shifted=True, skin=1.0):
        super().__init__(epsilon=epsilon, sigma=sigma, cutoff=cutoff, onset=onset, shifted=shifted)
        if cutoff is None:
            raise ValueError("FastLennardJones needs a cutoff; give one in Å, such as 2.5 * sigma")
        check_positive("skin", skin, ", in Å")
        self.skin = float(skin)

    def _interaction(self) -> Interaction:
        return fast_lennard_jones(
            self.atoms.positions,
            cell_for_lists(self.atoms),
            periodic=self.atoms.pbc,
            **self.parameters,
        )

    def simulate(
        self,
        start: State | Atoms,
        *,
        timestep: float,
        steps: int,
        thermal_energy: float = 0.0,
        friction: float = 0.0,
        rng: np.random.Generator | None = None,
        record_every: int = 1,
        progress: bool = False,
        threads: int = 1,
        renew_every: int | None = None,
    ) -> Trajectory:
        """Return the trajectory that `lecture8.integrators.simulate` would, only sooner.

        Velocity Verlet; with a `friction`, Langevin BAOAB at `thermal_energy` = kT, with the same
        random numbers as `langevin_baoab`.

        Parameters
        ----------
        start : State or Atoms
            As for `lecture8.integrators.simulate`: FixAtoms is kept.
        timestep, thermal_energy, friction : float
            ASE units, as for `langevin_baoab`.
        steps, record_every : int
        rng : numpy Generator
            Needed with a friction.
        threads : int
            Cores to use for lists and forces; worth it from a few thousand atoms on.
        renew_every : int, optional
            Make the Verlet list anew every so many steps, needed or not, instead of when an atom
            has moved by half the skin. Too rarely is wrong: notebook 2 shows what happens.

        Raises
        ------
        ValueError
            For a step, a number of steps or a bath that makes no sense.
        BlowUp
            If energy or positions stop being finite; carries the run so far.
        """
        check_whole("threads", threads, 1)
        if renew_every is not None:
            check_whole("renew_every", renew_every, 1)

        def run(atoms, moving, how):
            check_atoms(atoms)
            shared = None if threads == 1 else threads
            own = _pack(**self.parameters), self.skin, renew_every or 0, shared
            return compiled.run(*moving, *own, *how)

        with numba_threads(threads):
            return follow(
                start,
                self,
                run,
                timestep=timestep,
                steps=steps,
                thermal_energy=thermal_energy,
                friction=friction,
                rng=rng,
                record_every=record_every,
                progress=progress,
                at_once=bool(renew_every),  # a return to Python would renew the list
                advice="the step of {timestep:.3g} is too long for this potential, "
                "take a shorter one",
            )


class ReferenceEnergies(NamedTuple):
    """Energies of a Lennard-Jones configuration in reduced units (epsilon = sigma = 1)."""

    pair_energy: float
    tail_energy: float
    pair_virial: float


def lennard_jones_reference(positions, cell, *, cutoff: float = 3.0) -> ReferenceEnergies:
    """Return U_pair, U_LRC and W_pair as the NIST reference calculations define them.

    U_pair = sum of 4 (r^-12 - r^-6) over pairs within the cutoff, cut and not shifted;
    U_LRC = 8/3 pi N rho (cutoff^-9 / 3 - cutoff^-3);
    W_pair = sum of 24 (2 r^-12 - r^-6), that is of -r du/dr: positive where atoms repel.

    Parameters
    ----------
    positions : array (N, 3)
        Reduced.
    cell : array (3,), (6,) or (3, 3)
        Edges of a cuboid; edges and angles (degrees), with the first edge along x and the second in
        the xy plane; or lattice vectors as rows. Reduced.
    cutoff : float
        Reduced; NIST uses 3 and 4.

    Raises
    ------
    ValueError
        For positions or a cell of another shape, or a cell without volume.
    CalculationFailed
        If two atoms sit on the same spot.

    Notes
    -----
    NIST Standard Reference Simulation Website, SRD 173, Lennard-Jones Fluid Reference Calculations.
    """
    positions, cell = np.asarray(positions, float), np.asarray(cell, float)
    if positions.ndim != 2 or positions.shape[1] != 3 or cell.shape not in ((3,), (6,), (3, 3)):
        raise ValueError(
            f"positions have shape {positions.shape} and the cell {cell.shape}; "
            "they must be (N, 3), and (3,), (6,) or (3, 3)"
        )
    cell = Cell.new(cell).array
    check_atoms(Atoms(numbers=np.ones(len(positions)), positions=positions, cell=cell, pbc=True))
    energy, _, w = check_interaction(
        fast_lennard_jones(positions, cell, epsilon=1.0, sigma=1.0, cutoff=cutoff, shifted=False)
    )
    volume = abs(np.linalg.det(cell))
    tail, _ = tail_correction(len(positions), volume, epsilon=1.0, sigma=1.0, cutoff=cutoff)
    return ReferenceEnergies(energy, tail, float(np.trace(w)))
