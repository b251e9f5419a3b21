"""A PaiNN trained and run: ours against SchNetPack's loop, calculator and MD (`make bench`)."""

import logging
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from ase import Atoms, units
from contest import Contest, in_new_processes, keep, take_turns, told
from dynamics import seconds_of_ase
from stock import NETWORK, Stock, butane_parts, stock_model

from lecture8.fitting import Network
from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.networks.batches import to_batch
from lecture8.fitting.networks.fit import train_network
from lecture8.fitting.networks.model import initialise
from lecture8.fitting.networks.potential import NetworkPotential
from lecture8.structures import butane, thermalise

SETTINGS = """
PaiNN with 32 features, 3 interactions, 20 Gaussians, cutoff 5 Å; SchNet of the course's size; two
threads. Training: 400 frames of butane and 100 to validate after each epoch, batches of 10, Adam
(SchNetPack: AdamW), single precision; SchNetPack as its tutorial on MD17 sets it up
(AtomsDataModule with ASE's neighbour list for each sample in one loader process, ModelCheckpoint).
Dynamics: the same weights, NVE steps of 0.1 fs (untrained weights tear a molecule apart otherwise).
Ours and SchNetPack's calculator under ASE's VelocityVerlet, SchNetPack's MD with its own
integrator. All lists have a skin of 0.5 Å and come from matscipy, except in the line that is set up
as its tutorial does it: single precision and ASE's list, made anew at each step. Ours and its MD
compute in double precision, its calculator in both. Each round has a process of its own.
"""
SKIN = 0.5  # Å
NOTES = """
Where ours is faster: training keeps frames, neighbour lists and batches in memory as tensors;
SchNetPack reads its database and makes the lists anew in each epoch, which is what data sets larger
than memory need. In dynamics our PaiNN is written out by hand and compiled (`compiled_painn.py`);
SchNet runs under autograd in both, so there the difference is the list and the conversions. ASE's
list, in the tutorial's line, computes with numpy's threads, which spin against torch's on two
cores: with OPENBLAS_NUM_THREADS=1 that line took 0.6 of the time for 112 atoms. Where a GPU is
faster: ours has none, and two threads of a processor lose to it in training and with 112 atoms;
there a step of PaiNN takes about as long for 14 atoms, so launching kernels is what it pays for.
"""


class Ours:
    """The same network in `lecture8.fitting.networks.fit`."""

    def __init__(self, parts):
        self.offsets = reference_energies(parts[0])
        self.train, self.validation, _ = (
            [to_batch(a, 5.0, reference_energies=self.offsets) for a in part] for part in parts
        )
        self.rng = np.random.default_rng(0)
        self.network = initialise(NETWORK, self.rng)

    def fit(self, epochs: int) -> list[float]:
        """Train as `Stock.fit` does, batch 10, and return the seconds of each epoch."""
        times = [time.perf_counter()]
        train_network(
            self.network,
            self.train,
            self.validation,
            loss=Network.default_loss,
            epochs=epochs,
            batch_size=10,
            learning_rate=1e-3,
            patience=epochs,
            seconds=None,
            rng=self.rng,
            report=lambda *_: times.append(time.perf_counter()),
        )
        return list(np.diff(times))


def compare_epochs(parts, turn: int, device: str) -> Contest:
    """Return seconds per epoch, of one round; ours on the processor."""
    with tempfile.TemporaryDirectory() as folder:
        stock, ours = Stock(parts, Path(folder), device=device), Ours(parts)
        # The first epoch of each call starts loaders and warms caches; it does not count.
        contestants = {
            "ours": lambda: np.median(ours.fit(3)[1:]),
            "SchNetPack": lambda: np.median(stock.fit(3)[1:]),
        }
        return take_turns(
            "training PaiNN on butane", "s per epoch", contestants, rounds=1, begin_at=turn
        )


def compare_dynamics(
    architecture: str, name: str, atoms: Atoms, steps: int, turn: int, device: str
) -> Contest:
    """Return milliseconds per step of the same weights in each of the programs, of one round."""
    from schnetpack.interfaces import SpkCalculator
    from schnetpack.transform import ASENeighborList, MatScipyNeighborList, SkinNeighborList

    description = NETWORK if architecture == "painn" else Network(architecture)
    network = initialise(description, np.random.default_rng(0))

    def stock():
        made = stock_model(architecture)
        made.representation.load_state_dict(network.representation.state_dict())
        made.output_modules[0].load_state_dict(network.readout.state_dict())
        return made

    def calculator(neighbour_list, dtype):
        how = {"energy_unit": "eV", "position_unit": "Ang", "dtype": dtype, "device": device}
        return SpkCalculator(stock().to(dtype), neighbour_list, **how)

    def with_skin():
        return SkinNeighborList(MatScipyNeighborList(5.0), cutoff_skin=SKIN)

    calculators = {
        "ours": NetworkPotential(description, network, {1: 0.0, 6: 0.0}, skin=SKIN),
        "SpkCalculator, its tutorial": calculator(ASENeighborList(5.0), torch.float32),
        "SpkCalculator, single": calculator(with_skin(), torch.float32),
        "SpkCalculator, double": calculator(with_skin(), torch.float64),
    }
    forces = calculators["ours"].get_forces(atoms)
    for each in calculators.values():  # the same work; single precision is good for 1e-4
        np.testing.assert_allclose(each.get_forces(atoms), forces, atol=1e-4 * np.ptp(forces))
    contestants = {
        key: lambda c=c: seconds_per_step(atoms, c, steps) for key, c in calculators.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stock.model"
        torch.save(stock(), file)
        contestants["SchNetPack's MD"] = lambda: seconds_of_its_md(atoms, file, steps, device)
        return take_turns(
            f"{architecture}, {name}",
            "ms per step",
            contestants,
            rounds=1,
            begin_at=turn,
            atoms=len(atoms),
            scale=1e3,
        )


def seconds_of_its_md(atoms: Atoms, file: Path, steps: int, device: str) -> float:
    """Return the time of one NVE step in schnetpack.md, after ten that do not count."""
    from schnetpack import md
    from schnetpack.md.calculators import SchNetPackCalculator
    from schnetpack.md.neighborlist_md import NeighborListMD
    from schnetpack.transform import MatScipyNeighborList

    system = md.System()
    system.load_molecules(atoms)
    md.UniformInit(100, remove_center_of_mass=True, remove_translation=True).initialize_system(
        system
    )
    calculator = SchNetPackCalculator(
        str(file), "forces", "eV", "Angstrom", NeighborListMD(5.0, SKIN, MatScipyNeighborList)
    )
    simulator = md.Simulator(system, md.integrators.VelocityVerlet(0.1), calculator, progress=False)
    simulator = simulator.to(torch.float64).to(device)
    simulator.simulate(10)
    wait_for(device)
    began = time.perf_counter()
    simulator.simulate(steps)
    wait_for(device)
    return (time.perf_counter() - began) / steps


def wait_for(device: str) -> None:
    """Return when the device has done what it was told to do: a GPU runs behind the program."""
    if device == "cuda":
        torch.cuda.synchronize()


def butane_box() -> Atoms:
    """Return eight molecules side by side, 112 atoms, periodic, at about the liquid's density."""
    molecule = butane()
    extent = np.ptp(molecule.positions, axis=0)
    molecule.set_cell(extent + 2.0)
    molecule.pbc = True
    return molecule * (2, 2, 2)


def seconds_per_step(atoms: Atoms, calculator, steps: int) -> float:
    """Return the time of one NVE step at 100 K, after ten that do not count."""
    atoms = thermalise(atoms, temperature_K=100, rng=np.random.default_rng(0))
    # So short a step that untrained weights cannot tear the molecule apart.
    return seconds_of_ase(atoms, calculator, 0.1 * units.fs, steps, warm=10)


def one_round(turn: int, device: str = "cpu") -> list[Contest]:
    """Return all contests of one round."""
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    torch.set_num_threads(2)
    contests = [compare_epochs(butane_parts(), turn, device)]
    for architecture in ("painn", "schnet"):
        for name, atoms, steps in (("butane", butane(), 300), ("112 atoms", butane_box(), 60)):
            contests.append(compare_dynamics(architecture, name, atoms, steps, turn, device))
    return contests


def main() -> None:
    """Compare and keep the table."""
    contests = in_new_processes(one_round, told(__doc__, rounds=7).rounds)
    keep("networks", "The same network, trained and run", SETTINGS, contests, NOTES)


if __name__ == "__main__":
    main()
