"""Frames labelled by a random moment tensor potential, which a fit should find again."""

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.fitting import MomentTensor, MomentTensorPotential
from lecture8.structures import butane

SMALL = MomentTensor(level=6, cutoff=3.5, radial_size=5)


def planted(description=SMALL, seed=0):
    rng = np.random.default_rng(seed)
    potential = MomentTensorPotential(description, ["H", "C"], 0.9)
    data = potential.mtp_data
    data.radial_coeffs = 0.5 * rng.normal(size=data.radial_coeffs.shape) / description.cutoff**2
    data.moment_coeffs = 0.3 * rng.normal(size=data.moment_coeffs.shape)
    data.species_coeffs = np.array([-13.0, -170.0])
    return potential


def labelled(atoms, energy, forces):
    atoms = atoms.copy()
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=forces)
    return atoms


def planted_frames(number, *, seed=0, noise=0.0, molecules=(butane,)):
    rng, truth, frames = np.random.default_rng(seed), planted(), []
    for k in range(number):
        atoms = molecules[k % len(molecules)]()
        atoms.rattle(0.1, rng=rng)
        energy = truth.get_potential_energy(atoms) + noise * rng.normal()
        forces = truth.get_forces(atoms) + noise * rng.normal(size=(len(atoms), 3))
        frames.append(labelled(atoms, energy, forces))
    return frames
