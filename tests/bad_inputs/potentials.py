"""What potentials and neighbour lists are given."""

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed

from lecture8.pairs import pairs_within
from lecture8.potentials import (
    FastLennardJones,
    Gravity,
    Harmonic,
    LennardJones,
    Morse,
    lennard_jones,
    tail_correction,
)
from lecture8.potentials.fast_lennard_jones import fast_lennard_jones
from lecture8.potentials.neighbours import verlet_list
from lecture8.structures import ARGON, argon_box, argon_cluster, butane

from .row import Row

MODELS = {
    "harmonic": (Harmonic(), 3),
    "Morse": (Morse(1.0, 1.0, 1.0), 2),
    "gravity": (Gravity((1.0, 2.0, 3.0)), 3),
}
CALCULATORS = {
    "Lennard-Jones": LennardJones(**ARGON, cutoff=5.0),
    "fast Lennard-Jones": FastLennardJones(**ARGON, cutoff=5.0),
}
FUNCTIONS = {"lennard_jones": lennard_jones, "fast_lennard_jones": fast_lennard_jones}
FLAT = [[5, 0, 0], [5, 0, 0], [0, 0, 5]]


def with_position(value, atoms):
    atoms.positions[3, 1] = value
    return atoms


def model_at(potential, number, value):
    positions = np.random.default_rng(0).standard_normal((number, 3))
    positions[1, 2] = value
    return potential(positions)


ROWS = [
    *(
        Row(
            f"{name} of a position of {value}",
            lambda folder, p=potential, n=number, v=value: model_at(p, n, v),
            CalculationFailed,
            rf"position of particle 1 is .*{value}.*no potential has an energy",
        )
        for name, (potential, number) in MODELS.items()
        for value in (np.nan, np.inf)
    ),
    *(
        Row(
            f"{name} of a position of {value:g} Å",
            lambda folder, p=potential, v=value: p.get_potential_energy(
                with_position(v, argon_box(2))
            ),
            CalculationFailed,
            rf"of atom 3 \(Ar\) are .*{f'{value:g}'.replace('+', '.')}.*is the file damaged",
        )
        for name, potential in CALCULATORS.items()
        for value in (np.nan, np.inf, 1e30)
    ),
    *(
        Row(
            f"the function {name} of a position of {value:g}",
            lambda folder, f=function, v=value: f(
                with_position(v, argon_cluster(2)).positions, **ARGON, cutoff=5.0
            ),
            CalculationFailed,
            r"position of particle 3 is .*has a run blown up before",
        )
        for name, function in FUNCTIONS.items()
        for value in (np.nan, 1e30)
    ),
    *(
        Row(
            f"{name} in a periodic cell without volume",
            lambda folder, p=potential: p.get_potential_energy(Atoms("Ar", cell=FLAT, pbc=True)),
            ValueError,
            r"5.0, 0.0, 0.0.*span no volume; set atoms.cell",
        )
        for name, potential in CALCULATORS.items()
    ),
    *(
        Row(
            f"{name} of two species",
            lambda folder, p=potential: p.get_potential_energy(Atoms("ArNe", 4 * np.eye(3)[:2])),
            ValueError,
            r"one species, but the atoms are \['Ar', 'Ne'\]",
        )
        for name, potential in CALCULATORS.items()
    ),
    *(
        Row(
            f"{name} of two atoms on one spot",
            lambda folder, p=potential: p.get_potential_energy(Atoms("Ar2", np.zeros((2, 3)))),
            CalculationFailed,
            r"two atoms sit on the same spot.*move one",
        )
        for name, potential in CALCULATORS.items()
    ),
    *(
        Row(
            f"Lennard-Jones with {name} = {value}",
            lambda folder, given={name: value}: LennardJones(**ARGON | given),
            ValueError,
            f"{name} is {value}, but must be a positive number",
        )
        for name, value in (("epsilon", 0), ("sigma", -1.0), ("sigma", np.nan), ("cutoff", -8.5))
    ),
    Row(
        "Lennard-Jones with a cutoff of text",
        lambda folder: LennardJones(**ARGON, cutoff="8 Å"),
        ValueError,
        r"cutoff is '8 Å', but must be a positive number, in Å",
    ),
    Row(
        "Lennard-Jones with an onset and no cutoff",
        lambda folder: LennardJones(**ARGON, onset=7.0),
        ValueError,
        r"onset is 7.0 Å, but there is no cutoff",
    ),
    Row(
        "Lennard-Jones with an onset beyond the cutoff",
        lambda folder: LennardJones(**ARGON, onset=9.0, cutoff=8.0),
        ValueError,
        r"onset is 9.0 Å, but must lie between 0 and the cutoff of 8.0",
    ),
    Row(
        "Lennard-Jones with a cutoff that is too long for the cell",
        lambda folder: LennardJones(**ARGON, cutoff=9.0).get_potential_energy(argon_box(2)),
        ValueError,
        r"cutoff is 9.0 Å, .*repeat the cell, or take FastLennardJones",
    ),
    Row(
        "Lennard-Jones of a slab",
        lambda folder: LennardJones(**ARGON, cutoff=5.0).get_potential_energy(
            Atoms("Ar", cell=[9, 9, 9], pbc=(True, True, False))
        ),
        ValueError,
        r"pbc is \[True, True, False\]; set all three directions or none",
    ),
    Row(
        "fast Lennard-Jones without a cutoff",
        lambda folder: FastLennardJones(**ARGON, cutoff=None),
        ValueError,
        "needs a cutoff; give one in Å",
    ),
    Row(
        "fast Lennard-Jones with a skin of 0",
        lambda folder: FastLennardJones(**ARGON, cutoff=8.0, skin=0),
        ValueError,
        "skin is 0, but must be a positive number",
    ),
    Row(
        "a cell vector missing where it is periodic",
        lambda folder: CALCULATORS["fast Lennard-Jones"].get_potential_energy(
            Atoms("Ar", cell=[5, 5, 0], pbc=True)
        ),
        ValueError,
        r"pbc is .*0.0, 0.0, 0.0.*span no volume; set atoms.cell",
    ),
    Row(
        "a tail in no volume",
        lambda folder: tail_correction(10, 0.0, **ARGON, cutoff=8.0),
        ValueError,
        "volume is 0.0, but must be a positive number",
    ),
    Row(
        "Morse of three atoms",
        lambda folder: Morse(1.0, 1.0, 1.0)(np.eye(3)),
        ValueError,
        "one bond of two atoms, but got 3",
    ),
    Row(
        "Morse of two atoms on one spot",
        lambda folder: Morse(1.0, 1.0, 1.0)(np.zeros((2, 3))),
        CalculationFailed,
        "two atoms are at the same place",
    ),
    Row(
        "one mass for three bodies",
        lambda folder: Gravity((1.0,))(np.eye(3)),
        ValueError,
        "there are 1 masses, but 3 bodies",
    ),
    Row(
        "two bodies on one spot",
        lambda folder: Gravity((1.0, 1.0))(np.ones((2, 2))),
        CalculationFailed,
        "bodies 0 and 1 are at the same place; move one",
    ),
    *(
        Row(
            f"pairs within {cutoff}",
            lambda folder, c=cutoff: pairs_within(butane(), c),
            ValueError,
            f"cutoff is '?{cutoff}'?, but must be a positive number",
        )
        for cutoff in (np.nan, np.inf, 0, -3.0, "wide")
    ),
    Row(
        "pairs within a kilometre of a crystal",
        lambda folder: pairs_within(bulk("Cu"), 1e13),
        ValueError,
        r"cutoff is 1e\+?13|cutoff is 10000000000000.0 Å: within it lie some .* too many",
    ),
    Row(
        "pairs of a position that is NaN",
        lambda folder: pairs_within(with_position(np.nan, butane()), 3.0),
        ValueError,
        "atom 3 is at .*nan.*no number has no neighbours",
    ),
    Row(
        "pairs in a periodic cell without vectors",
        lambda folder: pairs_within(Atoms("H", pbc=True), 3.0),
        ValueError,
        r"\[0.0, 0.0, 0.0\].*span no volume; set atoms.cell, or atoms.pbc = False",
    ),
    *(
        Row(
            f"a Verlet list with {name}",
            lambda folder, given=given: verlet_list(
                **{
                    "positions": np.zeros((1, 3)),
                    "cell": 5 * np.eye(3),
                    "periodic": np.array([True] * 3),
                    "reach": 4.0,
                }
                | given
            ),
            ValueError,
            sentence,
        )
        for name, given, sentence in (
            ("a NaN", {"positions": np.full((1, 3), np.nan)}, "positions contain NaN or inf"),
            ("a reach of NaN", {"reach": np.nan}, "reach is not a positive number"),
            ("a flat cell", {"cell": np.array(FLAT, float)}, "vectors lie in a plane"),
            ("a reach of a metre", {"reach": 1e10}, "memory cannot hold its images"),
        )
    ),
]
