"""The "ab initio" side: energies that other potentials are held to."""

from ase import units

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
    from pyscf import cc, gto, lib, scf

    if not distance > 0:
        raise ValueError(f"the distance is {distance} Å, but must be positive")
    lib.num_threads(threads)
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

    return (energy("Ar", 10) - 2 * energy("ghost-Ar", 5)) * units.Hartree
