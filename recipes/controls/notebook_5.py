"""Controls of notebook 5, foundation models."""

import time
from functools import cache

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.collections import s22
from ase.optimize import LBFGS

from lecture8.datasets import fine_tuning_curves, lithium_sulfide_frames, solids
from lecture8.equation_of_state import equation_of_state
from lecture8.fitting import errors
from lecture8.foundation_models import fine_tune, load
from lecture8.frames import split
from lecture8.quasi_harmonic import quasi_harmonic
from lecture8.structures import lgps
from recipes.controls.claim import control
from recipes.fine_tuning import another_zero

model = cache(load)


def change_of_forces(width: int, near: float, far: float) -> float:
    """Return the mean change of the force between two distances (Å) in a bar of NaCl, eV/Å."""
    bar = bulk("NaCl", "rocksalt", a=5.69, cubic=True) * (width, width, 5)
    pushed = bar.copy()
    pushed.positions[0, 2] += 0.1
    distance = bar.get_distances(0, range(len(bar)), mic=True)
    change = model("sevennet-0").get_forces(pushed) - model("sevennet-0").get_forces(bar)
    return np.linalg.norm(change, axis=1)[(distance > near) & (distance < far)].mean()


@control(
    "In a bar one cell wide one pushes a sheet of atoms: the forces far away are larger.",
    where="notebook 5, How far does an atom hear?",
    low=1.3,
    unit="times",
    seeds=1,
)
def narrow_bar(seed: int) -> float:
    """Push an atom in a bar one cell wide and in one of two; forces of 6 to 12 Å away."""
    return change_of_forces(1, 6, 12) / change_of_forces(2, 6, 12)


@control(
    "SevenNet-0 costs a hundredth of PBE or less.",
    where="notebook 5, What a step costs; slide, Recap: universal potentials",
    low=100,
    unit="times",
    seeds=1,
)
def cheaper_than_pbe(seed: int) -> float:
    """Divide PBE's time of LGPS, the fastest of 149 frames, by SevenNet-0's, one core each."""
    atoms, seconds = lgps(), []
    model("sevennet-0").get_forces(atoms)  # warms up
    for call in range(5):
        atoms.rattle(0.003, seed=call)
        began = time.process_time()
        model("sevennet-0").get_forces(atoms)
        seconds.append(time.process_time() - began)
    return 93 / np.median(seconds)


@control(
    "Eight bulk moduli do not show that SevenNet-0 (or, seed 1, CHGNet) is soft.",
    where="notebook 5, Zero-shot",
    low=-2.36,  # 95 % of Student's t with seven degrees of freedom
    high=2.36,
    unit="standard errors",
    seeds=2,
)
def softness_of_eight_solids(seed: int) -> float:
    """Divide the mean deviation from PBE by its standard error."""
    name = ("sevennet-0", "chgnet")[seed]
    off = [
        equation_of_state(solid.atoms(), model(name)).bulk_modulus_GPa / solid.B_pbe - 1
        for solid in solids()
    ]
    return np.mean(off) / (np.std(off, ddof=1) / np.sqrt(len(off)))


@control(
    "With relaxed atoms the bulk modulus of LGPS is a third of the clamped one (CHGNet).",
    where="notebook 5, Our material",
    low=2,
    high=4,
    unit="times",
    seeds=1,
)
def clamped_bulk_modulus(seed: int) -> float:
    """Relax the atoms at each volume, and fit the energies by a cubic."""

    def modulus(relax: bool) -> float:
        points = []
        for scale in np.linspace(0.99, 1.05, 5):
            atoms = lgps()
            atoms.set_cell(atoms.cell * scale, scale_atoms=True)
            atoms.calc = model("chgnet")
            if relax:
                LBFGS(atoms, logfile=None).run(fmax=0.03, steps=60)
            points.append((atoms.get_volume(), atoms.get_potential_energy()))
        fitted = np.polynomial.Polynomial.fit(*np.transpose(points), 3)
        (volume,) = (v.real for v in fitted.deriv().roots() if 950 < v.real < 1080)
        return volume * fitted.deriv(2)(volume)

    return modulus(relax=False) / modulus(relax=True)


def thirds(seed: int):
    """Return 10 frames for training, 5 for validation and 40 for testing, of different runs."""
    rng = np.random.default_rng(seed)
    return split(lithium_sulfide_frames(), train=10, validation=5, test=40, rng=rng)


@control(
    "SevenNet-0's forces on Li in Li2S are 0.84 of PBE's.",
    where="notebook 5, Fine-tuning",
    low=0.81,
    high=0.87,
)
def softness_in_li2s(seed: int) -> float:
    """Draw other test frames."""
    return errors(thirds(seed)[2], model("sevennet-0")).force_slope("Li")


@control(
    "Ten frames cure the softness.",
    where="notebook 5, Fine-tuning",
    low=0.95,
    high=1.03,
)
def cured_by_ten_frames(seed: int) -> float:
    """Draw other frames, and ask for the slope on Li after three passes."""
    train, validation, test = thirds(seed)
    rng = np.random.default_rng(seed)
    tuned = fine_tune(train, validation, rng=rng, epochs=3, progress=False)
    return errors(test, tuned).force_slope("Li")


@control(
    "Whoever leaves out the shift of 1.8 eV an atom more than doubles the error of the forces.",
    where="notebook 5, Forget the shift",
    low=2,
    unit="times",
)
def without_the_shift(seed: int) -> float:
    """Draw other frames, and divide the force errors on validation after one pass."""
    train, validation, _ = map(another_zero, thirds(seed))
    with_it, without = (
        fine_tune(
            train,
            validation,
            rng=np.random.default_rng(seed),
            epochs=1,
            shift=shift,
            progress=False,
        ).history["force_mae"][1]
        for shift in (True, False)
    )
    return without / with_it


def tuned_and(method: str, frames: int, column: str, seed: int) -> tuple[float, float]:
    """Return a column of the shipped table: of five tuned frames, and of another method."""
    table = fine_tuning_curves()

    def row(name, size):
        chosen = (table["method"] == name) & (table["frames"] == size) & (table["seed"] == seed)
        return float(table[column][chosen][0])

    return row("fine-tuned", 5), row(method, frames)


@control(
    "Five frames for SevenNet-0 are worth more than forty for a PaiNN from scratch.",
    where="notebook 5, From scratch",
    high=1,
    unit="of its error",
)
def five_tuned_beside_forty(seed: int) -> float:
    """Divide the test errors of the shipped table, draw by draw."""
    tuned, scratch = tuned_and("from scratch", 40, "force_mae_meV_A", seed)
    return tuned / scratch


@control(
    "Elsewhere fine-tuning changes errors by a fifth at most.",
    where="notebook 5, Other crystals",
    low=0.8,
    high=1.2,
    unit="times",
)
def errors_elsewhere(seed: int) -> float:
    """Divide the errors in Si, NaCl, MgO and LiCl after and before, draw by draw."""
    tuned, before = tuned_and("zero-shot", 5, "elsewhere_meV_A", seed)
    return tuned / before


@control(
    "SevenNet-0's aluminium has no thermal expansion, whatever the range of volumes.",
    where="notebook 5, Deeper: why copper grows when it is warm, try it",
    low=1,
)
def aluminium_is_refused(seed: int) -> float:
    """Take volumes up to 2, 3, 4, 5 and 6 per cent larger; 1 where it is refused."""
    try:
        quasi_harmonic(
            bulk("Al", "fcc", a=4.04),
            model("sevennet-0"),
            temperatures_K=[0, 100, 200, 300],
            strain=0.02 + 0.01 * seed,
        )
    except ValueError:
        return 1.0
    return 0.0


# The gallery of the deck --------------------------------------------------------------------------

GALLERY = "slide Universal potentials: what the data held"


def bound_by_pbe(pair: Atoms, first: int) -> float:
    """Return what binds the first atoms to the others, meV: PBE/aug-cc-pVTZ, counterpoise."""
    from pyscf import dft, gto, lib

    def energy(ghost) -> float:
        symbols = [f"ghost-{s}" if g else s for s, g in zip(pair.symbols, ghost, strict=True)]
        places = list(zip(symbols, pair.positions.tolist(), strict=True))
        method = dft.RKS(gto.M(atom=places, basis="aug-cc-pvtz", verbose=0), xc="PBE")
        method.grids.level = 4
        return 1e3 * method.kernel() * units.Hartree

    lib.num_threads(1)
    one = np.arange(len(pair)) < first
    return energy(one) + energy(~one) - energy(one & ~one)


@control(
    "PBE binds two water molecules by 213 meV, CCSD(T) by 217.",
    where=GALLERY,
    low=212,
    high=214,
    unit="meV",
    seeds=1,
)
def water_by_pbe(seed: int) -> float:
    """Compute it at the structure of S22, in the basis of the pair."""
    return bound_by_pbe(s22["Water_dimer"], 3)


@control(
    "PBE binds two argon atoms by 5.5 meV, CCSD(T) by 12.",
    where=GALLERY,
    low=5.4,
    high=5.6,
    unit="meV",
    seeds=1,
)
def argon_by_pbe(seed: int) -> float:
    """Compute the pair at five distances, and take the deepest."""
    distances = (3.7, 3.9, 4.0, 4.1, 4.3)  # Å
    return max(bound_by_pbe(Atoms("Ar2", [(0, 0, 0), (r, 0, 0)]), 1) for r in distances)
