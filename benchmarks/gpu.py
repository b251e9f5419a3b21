"""What a GPU makes of it: the peers on one, ours on a core of the same machine (`make bench`).

Where torch sees no GPU, this says so, and the report keeps the column that it had. OpenMM needs
``pip install OpenMM-CUDA-13`` besides; without it, its lines stay away.
"""

import functools
import json
import warnings

import lennard_jones
import lgps
import networks
import torch
from ase.calculators.calculator import Calculator
from contest import RESULTS, Contest, in_new_processes, told, write
from dynamics import per_atom
from machine import machine

STEPS = 1000  # that OpenMM takes at least: on a GPU twenty are over at once


def seven_net() -> Calculator:
    """Return SevenNet-0 by its own calculator."""
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator("7net-0", device="cuda")


def lgps_round(turn: int) -> list[Contest]:
    """Return µs per atom and step in LGPS, of one round."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    calculators = {
        "CHGNet, its own": lgps.stock_chgnet("cuda"),
        "SevenNet-0": seven_net(),
        "MACE-MP-0 medium's size": lgps.random_mace("cuda"),
    }
    for calculator in calculators.values():  # SevenNet-0 and MACE compile in their first steps
        lgps.run_ase(lgps.start(lgps.CELLS[50]), calculator, 20)
    cells = [*lgps.CELLS.values(), lgps.LARGE[1600]]
    contests = [lgps.compare(calculators, cell, turn) for cell in cells]
    # CHGNet costs as much per atom with 1,600 as with 200; 12,800 would take it minutes.
    del calculators["CHGNet, its own"]
    return [*contests, lgps.compare(calculators, lgps.LARGE[12_800], turn)]


def liquid_round(turn: int) -> list[Contest]:
    """Return µs per atom and step of Lennard-Jones liquids, of one round."""
    contests = []
    for repeat in lennard_jones.REPEATS:
        number, melt, steps = lennard_jones.sizes(repeat)
        runs = {
            "ours, 1 core": functools.partial(lennard_jones.run_ours, repeat, melt, steps, 1),
            "ours, 2 cores": functools.partial(lennard_jones.run_ours, repeat, melt, steps, 2),
            "OpenMM": functools.partial(
                lennard_jones.run_openmm, repeat, melt, max(steps, STEPS), None
            ),
        }
        contests.append(per_atom(number, runs, rounds=1, begin_at=turn))
    return contests


def main() -> None:
    """Compare, and keep the tables with the name of the GPU."""
    rounds = told(__doc__, rounds=3).rounds
    if not torch.cuda.is_available():
        print("no GPU that torch could use: the report keeps the column that it had")
        return
    contests = {
        "lgps": lgps_round,
        "networks": functools.partial(networks.one_round, device="cuda"),
    }
    if has_openmm():
        contests["lennard_jones"] = liquid_round
    run = {"machine": {"GPU": torch.cuda.get_device_name()} | machine(), "tables": {}}
    for name, one_round in contests.items():
        found = in_new_processes(one_round, rounds)
        run["tables"][name] = {"contests": [contest._asdict() for contest in found]}
        write(RESULTS / "gpu.json", json.dumps(run, ensure_ascii=False, indent=1))
        print(f"{name} on a GPU: {len(found)} contests kept", flush=True)


def has_openmm() -> bool:
    """Return whether OpenMM has its platform for CUDA."""
    import openmm

    platforms = [openmm.Platform.getPlatform(k) for k in range(openmm.Platform.getNumPlatforms())]
    return any(platform.getName() == "CUDA" for platform in platforms)


if __name__ == "__main__":
    main()
