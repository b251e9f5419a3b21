"""The "ab initio" side: energies that other potentials are held to."""

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator
from ase.constraints import FixInternals
from ase.neighborlist import build_neighbor_list
from ase.optimize import BFGS

from lecture8.arguments import check_not_negative, check_positive
from lecture8.frames import label
from lecture8.imports import whole_import
from lecture8.integrators import Langevin, simulate
from lecture8.integrators.simulation import steps_between, steps_within
from lecture8.structures import moved_to, thermalise

# Mid-bond functions 3s3p2d2f1g: they describe what happens between two atoms, where a basis that
# sits on the atoms is thin. Exponents after Tao and Pan, J. Chem. Phys. 97, 4989 (1992).
BOND_FUNCTIONS = {"S": (0.9, 0.3, 0.1), "P": (0.9, 0.3, 0.1), "D": (0.6, 0.2), "F": (0.6, 0.2)}
BOND_FUNCTIONS |= {"G": (0.3,)}


def argon_dimer_energy(
    distance: float, *, basis: str = "aug-cc-pvtz", bond_functions: bool = True, threads: int = 1
) -> float:
    """Return the interaction energy of two argon atoms at the CCSD(T) level, in eV.

    E_int = E(Ar2) - 2 E(Ar), both in the basis of the *dimer* (counterpoise correction: a lone atom
    must be allowed to borrow its partner's functions too, or the dimer looks too strongly bound).
    The 1s, 2s and 2p electrons are frozen.

    Parameters
    ----------
    distance : float
        Å.
    basis : str
        On the atoms; "aug-cc-pvdz" takes some 15 s, "aug-cc-pvtz" a minute or two.
    bond_functions : bool
        Add 3s3p2d2f1g in the middle of the bond.
    threads : int
        Cores to use.

    Raises
    ------
    ValueError
        If `distance` is not positive.
    RuntimeError
        If the coupled-cluster equations do not converge.

    Notes
    -----
    Counterpoise: Boys, Bernardi, Mol. Phys. 19, 553 (1970). CCSD(T): Raghavachari, Trucks, Pople,
    Head-Gordon, Chem. Phys. Lett. 157, 479 (1989).
    """
    check_positive("distance", distance, ", in Å")
    with whole_import():
        from pyscf import cc, gto, lib, scf

    sets = {"Ar": basis, "ghost-Ar": gto.basis.load(basis, "Ar")}
    middle = []
    if bond_functions:
        lines = [f"X {shell}\n{a} 1.0" for shell, ex in BOND_FUNCTIONS.items() for a in ex]
        sets["ghost-H"] = gto.basis.parse("\n".join(lines))
        middle = [("ghost-H", (0, 0, distance / 2))]

    def energy(second: str, core_orbitals: int) -> float:
        atoms = [("Ar", (0, 0, 0)), (second, (0, 0, distance)), *middle]
        field = scf.RHF(gto.M(atom=atoms, basis=sets, verbose=0))
        field.conv_tol = 1e-11  # Hartree: the well is only 4e-4 deep
        field.kernel()
        cluster = cc.CCSD(field, frozen=core_orbitals)
        cluster.conv_tol = 1e-9
        cluster.kernel()
        if not (field.converged and cluster.converged):
            raise RuntimeError(f"CCSD did not converge at {distance} Å in {basis}")
        return cluster.e_tot + cluster.ccsd_t()

    with lib.with_omp_threads(threads):
        return (energy("Ar", 10) - 2 * energy("ghost-Ar", 5)) * units.Hartree


def gfn2_xtb() -> Calculator:
    """Return an ASE calculator for GFN2-xTB, the tight-binding "ab initio" that runs live.

    It uses one core: a molecule this small gains nothing from a second, and loses much where other
    people's programs want it too.

    Notes
    -----
    Bannwarth, Ehlert, Grimme, J. Chem. Theory Comput. 15, 1652 (2019).
    """
    with whole_import():
        from tblite.ase import TBLite
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController()

    class OneCore(TBLite):
        def calculate(self, *args, **kwargs):
            with controller.limit(limits=1, user_api="openmp"):
                super().calculate(*args, **kwargs)

    return OneCore(method="GFN2-xTB", verbosity=0)


def labelled_dynamics(
    atoms: Atoms,
    potential: Calculator,
    *,
    temperature_K: float,
    picoseconds: float,
    record_every_fs: float = 100.0,
    equilibrate_ps: float = 1.0,
    timestep_fs: float = 0.5,
    friction_per_fs: float = 0.02,
    rng: np.random.Generator,
    run: int | str = 0,
    progress: bool = False,
) -> list[Atoms]:
    """Run molecular dynamics at constant temperature and return the labelled frames on the way.

    With `gfn2_xtb` this is ab initio molecular dynamics at tight-binding price: every force comes
    from electrons. The bath is `integrators.Langevin`.

    Parameters
    ----------
    atoms : Atoms
        Where the run starts; velocities are drawn for `temperature_K`. Atoms that FixAtoms holds
        stand still; other constraints are refused.
    potential : calculator
    temperature_K : float
    picoseconds, record_every_fs : float
        How long, and the time from frame to frame.
    equilibrate_ps : float
        Time before that, or none: until then the frames remember where they started.
    timestep_fs : float
        Half a femtosecond is a twentieth of the period of a C-H bond.
    friction_per_fs : float
    rng : numpy Generator
    run : int or str
        The name of this run, which `frames.split` keeps together.
    progress : bool
        Show a progress bar.

    Returns
    -------
    list of Atoms
        With energy (eV) and forces (eV/Å); info holds "run", "time_ps" and "temperature_K".
        A molecule is moved back to the origin, unless some of its atoms are fixed.

    Raises
    ------
    ValueError
        If an argument makes no sense.
    BlowUp
        If the run does not stay among finite numbers.
    """
    check_not_negative("equilibrate_ps", equilibrate_ps)
    check_positive("timestep_fs", timestep_fs)
    steps, every = (
        steps_within(picoseconds, timestep_fs),
        steps_between("record_every_fs", record_every_fs, timestep_fs),
    )
    if steps < every:
        raise ValueError(
            f"picoseconds is {picoseconds}, shorter than the {record_every_fs:g} fs from frame to "
            "frame; run longer, or record more often"
        )
    bath = Langevin(temperature_K=temperature_K, friction_per_fs=friction_per_fs)
    settings = {"timestep_fs": timestep_fs, "bath": bath, "rng": rng, "progress": progress}
    start = thermalise(atoms, temperature_K=temperature_K, rng=rng)
    # Of a run that is to be forgotten, the last state is all that is kept.
    forgotten = round(1000 * equilibrate_ps / timestep_fs)
    warm = simulate(
        start, potential, steps=forgotten, record_every_fs=steps * timestep_fs, **settings
    )
    trajectory = simulate(
        warm.last, potential, steps=steps, record_every_fs=record_every_fs, **settings
    )
    frames = []
    for time, positions in zip(trajectory.times[1:], trajectory.positions[1:], strict=True):
        frame = moved_to(positions, atoms)
        if not (atoms.pbc.any() or atoms.constraints):
            frame.positions -= frame.get_center_of_mass()
        since = round(float(time - trajectory.times[0]), 6)
        frame.info |= {"run": run, "time_ps": since, "temperature_K": temperature_K}
        frames.append(frame)
    return label(frames, potential)


def dft_energy_and_forces(
    atoms: Atoms, *, functional: str = "pbe", basis: str = "def2-svp", threads: int = 1
) -> tuple[float, np.ndarray]:
    """Return energy (eV) and forces (N, 3) (eV/Å) of a molecule from density functional theory.

    Raises
    ------
    RuntimeError
        If the self-consistent field does not converge.
    """
    with whole_import():
        import pyscf.__all__  # noqa: F401  # else at the first look for a gradient
        from pyscf import dft, gto, lib

    class SmallBlocks(dft.numint.NumInt):
        """The integration grid in blocks of 200 MB: the gradient would take ten times that."""

        def block_loop(self, mol, grids, nao=None, deriv=0, max_memory=2000, *args, **kwargs):
            memory = min(max_memory, 200)
            return super().block_loop(mol, grids, nao, deriv, memory, *args, **kwargs)

    molecule = [(a.symbol, a.position) for a in atoms]
    with lib.with_omp_threads(threads):
        field = dft.RKS(gto.M(atom=molecule, basis=basis, verbose=0), xc=functional).density_fit()
        field._numint = SmallBlocks()
        energy = field.kernel()
        if not field.converged:
            raise RuntimeError(
                f"the {functional} field did not converge; is the structure sensible?"
            )
        gradient = field.nuc_grad_method().kernel()
    return energy * units.Hartree, -gradient * units.Hartree / units.Bohr


def torsion_scan(
    atoms: Atoms, potential: Calculator, *, chain: tuple[int, ...], angles_deg
) -> tuple[np.ndarray, list[Atoms]]:
    """Return energies (M,), in eV, and relaxed structures along a dihedral angle.

    Every degree of freedom but the dihedral of the four atoms `chain` is relaxed to 0.02 eV/Å; each
    angle starts from the structure of the one before.

    Raises
    ------
    ValueError
        If the atoms carry constraints of their own.
    RuntimeError
        If an angle does not relax within 300 steps.
    """
    if atoms.constraints:
        raise ValueError(
            f"the atoms carry the constraint {type(atoms.constraints[0]).__name__}, but all that "
            "is held in this scan is the dihedral angle; remove it with atoms.set_constraint()"
        )
    current, energies, structures = atoms.copy(), [], []
    for angle in angles_deg:
        current.set_constraint()
        current = turn_torsion(current, chain, angle)
        current.set_constraint(FixInternals(dihedrals_deg=[[angle, list(chain)]]))
        current.calc = potential
        if not BFGS(current, logfile=None).run(fmax=0.02, steps=300):
            raise RuntimeError(f"the structure at {angle} degrees did not relax in 300 steps")
        energies.append(current.get_potential_energy())
        structures.append(current.copy())
    return np.array(energies), structures


def turn_torsion(atoms: Atoms, chain: tuple[int, ...], angle_deg: float) -> Atoms:
    """Return a copy with the dihedral of the four atoms `chain` turned to `angle_deg`."""
    if len(set(chain)) != 4 or not all(0 <= index < len(atoms) for index in chain):
        raise ValueError(
            f"chain is {tuple(chain)}, but must be four of the {len(atoms)} atoms, in order"
        )
    turned = atoms.copy()
    turned.set_dihedral(*chain, angle_deg, indices=_beyond(atoms, chain))
    return turned


def _beyond(atoms: Atoms, chain) -> list[int]:
    """Return the atoms on the far side of the chain's middle bond: those that turn."""
    bonds = build_neighbor_list(atoms, self_interaction=False).get_connectivity_matrix().toarray()
    bonds = (bonds + bonds.T) > 0
    bonds[chain[1], chain[2]] = bonds[chain[2], chain[1]] = False
    side, new = set(), {chain[2]}
    while new:
        side |= new
        new = {int(j) for i in new for j in np.flatnonzero(bonds[i])} - side
    return sorted(side)
