"""A moment network inside LAMMPS: ``mpiexec -n 2 python -m lecture8.lammps_forces in.lammps``.

LAMMPS moves the atoms, shares them out among processes and writes what they do; ``fix external``
asks us for the forces, at each step and in each process. `deploy.export_lammps` writes the deck,
with the potential as ``potential.npz`` beside it.

A process knows its own atoms and copies of the others' up to two cutoffs away (`comm_modify` in
the deck). The energy of an atom depends on what lies within one cutoff. So the force on an own atom
is found from the energies of all atoms within one cutoff of it, whose surroundings are here, too:
nobody has to send forces back, and the price is that atoms near a face are computed twice.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from lecture8.fitting.moment_networks import compiled
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.potentials.neighbours import place_images, verlet_list

FIX, POTENTIAL = "forces", "potential.npz"
VOIGT = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))  # as LAMMPS has them
OPEN = np.eye(3), np.zeros(3, bool)  # a cell that repeats in no direction: copies are atoms here


def fix_commands(potential: MomentNetworkPotential) -> list[str]:
    """Return the commands that let LAMMPS ask for the forces, and send copies far enough."""
    reach = 2 * potential.description.cutoff + potential.skin
    return [
        f"comm_modify     cutoff {reach!r}",
        f"fix             {FIX} all external pf/callback 1 1",
        f"fix_modify      {FIX} energy yes virial yes",
    ]


def own_share(positions, kinds, own: int, potential: MomentNetworkPotential):
    """Return energy, forces (own, 3) and virial (3, 3) that the first `own` atoms stand for.

    Parameters
    ----------
    positions : array (M, 3)
        Å, of own atoms and of copies up to two cutoffs away.
    kinds : array (M,) of int
        Places among the potential's species.
    """
    cutoff = potential.description.cutoff
    verlet = verlet_list(positions, *OPEN, cutoff)
    points = np.empty((3, len(positions)))
    place_images(positions, verlet, points)
    atom = verlet.parent[verlet.home]
    low, high = positions[:own].min(axis=0) - cutoff, positions[:own].max(axis=0) + cutoff
    near = np.all((low <= positions) & (positions <= high), axis=1)
    energies, forces = np.zeros(len(positions)), np.zeros((own, 3))
    for wanted in (atom >= own) & near[atom], atom < own:  # own ones last: their virial is kept
        found, virial = np.empty_like(positions), np.empty((3, 3))
        arguments = kinds, potential.coefficients, potential._unrolled, energies, found, virial
        compiled.evaluate(points, _only(verlet, wanted), *arguments, np.empty((0, 0)))
        forces += found[:own]
    return energies[:own].sum(), forces, virial


def _only(verlet, wanted):
    """Return the list of some of its atoms, `wanted` (N,) of bool."""
    counts = np.diff(verlet.first)
    return verlet._replace(
        home=verlet.home[wanted],
        block=np.arange(wanted.sum() + 1),
        first=np.concatenate([[0], np.cumsum(counts[wanted])]),
        neighbours=verlet.neighbours[np.repeat(wanted, counts)],
    )


def run(deck: Path) -> None:
    """Run a deck in this process, one of those that mpiexec started."""
    from lammps import lammps
    from mpi4py import MPI

    potential = MomentNetworkPotential.load(deck.with_name(POTENTIAL))
    lines = deck.read_text(encoding="ascii").splitlines()
    at_run = next(k for k, line in enumerate(lines) if line.startswith("run "))
    engine = lammps(cmdargs=["-screen", "none"])
    try:
        engine.commands_list(lines[:at_run])

        def forces_of(_, step, own, tags, positions, forces):
            number = own + engine.extract_setting("nghost")
            x = np.array(engine.numpy.extract_atom("x", nelem=number, dim=3))
            kinds = engine.numpy.extract_atom("type", nelem=number) - 1  # types are in our order
            share = own_share(x, kinds, own, potential) if own else (0.0, 0.0, np.zeros((3, 3)))
            forces[:] = share[1]
            whole = MPI.COMM_WORLD.allreduce(np.append(share[2], share[0]))
            engine.fix_external_set_energy_global(FIX, whole[9])
            engine.fix_external_set_virial_global(FIX, [whole[3 * i + j] for i, j in VOIGT])

        engine.set_fix_external_callback(FIX, forces_of, None)
        engine.commands_list(lines[at_run:])
    finally:
        engine.close()


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lecture8.lammps_forces", description="Run a deck of lecture8.deploy."
    )
    parser.add_argument("deck", type=Path)
    try:
        run(parser.parse_args().deck)
    except Exception as why:  # in one process of several: the others wait for it
        print(f"ERROR: {why}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
