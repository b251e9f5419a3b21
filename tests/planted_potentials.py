"""A healthy potential of copper, and the same with one bug each, for the checklist to find."""

import numpy as np
import torch
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.pairs import pairs_within

CUTOFF = 5.0


class Morse(Calculator):
    """Copper as pairs (Girifalco, Weizer, Phys. Rev. 114, 687, 1959), cut smoothly; healthy.

    Forces and stress are exact derivatives of whatever `pair` and `extra` are: a bug in the energy
    is one that differentiation cannot see.
    """

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        i, j, shift = pairs_within(self.atoms, CUTOFF)
        positions = torch.tensor(self.atoms.positions, requires_grad=True)
        strain = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
        d = positions[j] - positions[i] + torch.tensor(shift)
        d = d + d @ (strain + strain.T) / 2
        energy = self.pair(d, i, shift).sum() / 2 + self.extra(len(self.atoms))
        energy = energy + 0 * (positions.sum() + strain.sum())  # atoms without a pair
        gradient, virial = torch.autograd.grad(energy, (positions, strain))
        self.results = {"energy": energy.item(), "forces": -gradient.numpy()}
        if self.atoms.pbc.all():
            stress = virial.numpy() / self.atoms.get_volume()
            self.results["stress"] = full_3x3_to_voigt_6_stress(stress)
        self.tamper(self.results)

    def bare(self, r):
        x = torch.exp(-1.3588 * (r - 2.866))
        return 0.3429 * (x**2 - 2 * x)

    def pair(self, d, i, shift):
        r = d.norm(dim=1)
        return self.bare(r) * (1 - (r / CUTOFF) ** 2) ** 3

    def extra(self, number):
        return 0.0

    def tamper(self, results):
        pass


class WrongSign(Morse):
    def tamper(self, results):
        results["forces"] *= -1


class NotASlope(Morse):
    """The stronger a force, the more too strong, as of a network that predicts forces directly."""

    def tamper(self, results):
        size = np.linalg.norm(results["forces"], axis=1, keepdims=True)
        results["forces"] *= 1 + 0.4 * np.tanh(size)


class StressSign(Morse):
    def tamper(self, results):
        if "stress" in results:
            results["stress"] *= -1


class MissingHalf(Morse):
    def tamper(self, results):
        if "stress" in results:
            results["stress"][3:] /= 2


class Wanders(Morse):
    """Each call adds 1 meV, as from a self-consistent field that has not converged."""

    calls = 0

    def tamper(self, results):
        self.calls += 1
        results["energy"] += 1e-3 * self.calls


class PrefersZ(Morse):
    def pair(self, d, i, shift):
        return super().pair(d, i, shift) * (1 + 0.2 * d[:, 2] ** 2 / (d**2).sum(dim=1))


class NoImages(Morse):
    def pair(self, d, i, shift):
        return super().pair(d, i, shift) * torch.tensor(~shift.any(axis=1))


class ByIndex(Morse):
    """Every second atom of the list has other parameters than its equals."""

    def pair(self, d, i, shift):
        return super().pair(d, i, shift) * torch.tensor(1 + 0.05 * (i % 2))


class CutOff(Morse):
    """37 meV at 5 Å, gone at 5.001 Å."""

    def pair(self, d, i, shift):
        return self.bare(d.norm(dim=1))


class Hole(Morse):
    def pair(self, d, i, shift):
        return super().pair(d, i, shift) - 60 * torch.exp(-(((d.norm(dim=1) - 1.45) / 0.25) ** 2))


class LonelyAtom(Morse):
    """A graph without an edge gets no energy at all, not that of a free atom."""

    def extra(self, number):
        return 0.0 if number == 1 else -1.0 * number


class InfiniteRange(Morse):
    """Atoms of a molecule repel each other as charges do, 10 eV Å / r."""

    def tamper(self, results):
        d = self.atoms.positions[:, None] - self.atoms.positions
        r = np.linalg.norm(d, axis=-1) + np.diag(np.full(len(d), np.inf))
        results["energy"] += 5.0 * np.sum(1 / r)
        results["forces"] += 10.0 * np.sum(d / r[..., None] ** 3, axis=1)


class Soft(Morse):
    def pair(self, d, i, shift):
        return 0.8 * super().pair(d, i, shift)


class Stiff(Morse):
    def pair(self, d, i, shift):
        return 1.2 * super().pair(d, i, shift)


class Superextensive(Morse):
    def extra(self, number):
        return 5e-4 * number**2


class Refuses(Morse):
    def tamper(self, results):
        if len(self.atoms) == 1:
            raise RuntimeError("the graph has no edges")


class NoNumber(Morse):
    def tamper(self, results):
        if len(self.atoms) == 2 and self.atoms.get_distance(0, 1) < 1:
            results["energy"] = np.nan
