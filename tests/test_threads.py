"""Each calculation has the cores that it was given, whatever ran before it in the process."""

import os
import subprocess
import sys

import pytest

from lecture8.threads import torch_settings

# In a process of its own, where numba has not started its threads.
SCRIPT = """
import numba, torch
from numba.np.ufunc import parallel
from lecture8.datasets import fitted_lgps
from lecture8.integrators import simulate
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, lgps
torch.set_num_threads(1)
torch.get_num_threads()  # settled now; asked for the first time, it would be set again
{}
print(parallel._is_initialized, torch.get_num_threads())
"""


def started_and_torchs(line: str) -> str:
    """Say whether numba's threads run after `line`, and how many torch has then."""
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT.format(line)]
    environment = os.environ | {"NUMBA_NUM_THREADS": "2"}  # also where there is one core only
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def test_numba_changes_torchs_threads_if_nobody_takes_care():
    """The twin: what would go wrong."""
    assert started_and_torchs("numba.get_num_threads()") == "True 2"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("argon.threads = 2; simulate(argon_box(2), argon, timestep_fs=1, steps=2)", "True 1"),
        ("simulate(argon_box(2), argon, timestep_fs=1, steps=2)", "False 1"),
        ("argon.get_forces(argon_box(2))", "False 1"),
        ("simulate(lgps(), fitted_lgps(), timestep_fs=1, steps=2)", "False 1"),
    ],
)
def test_ours_leave_torchs_threads_alone(line, expected):
    assert started_and_torchs(f"argon = FastLennardJones(**ARGON, cutoff=8.5); {line}") == expected


# Torch's settings --------------------------------------------------------------------------------


@pytest.fixture
def torch():
    """The library as somebody left it: double precision, three threads, no gradients."""
    import torch

    before = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(3)
    with torch.no_grad():
        yield torch
    torch.set_default_dtype(before[0])
    torch.set_num_threads(before[1])


def settings(torch):
    return (
        torch.get_default_dtype(),
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_device().type,
        torch.get_rng_state().tolist(),
    )


@pytest.mark.parametrize("end", [None, ValueError, KeyboardInterrupt])
def test_torch_is_ours_inside_and_somebodys_again_however_it_ends(torch, end):
    before = settings(torch)
    try:
        with torch_settings(1):
            assert settings(torch)[:5] == (torch.float32, 1, True, False, "cpu")
            torch.rand(3)
            torch.set_default_dtype(torch.float16)  # as MACE does, and is stopped
            if end is not None:
                raise end
    except (ValueError, KeyboardInterrupt):
        pass
    assert settings(torch) == before


def test_neither_inference_mode_nor_another_device_reaches_us(torch):
    with torch.inference_mode(), torch.device("meta"):
        before = settings(torch)
        with torch_settings():
            assert settings(torch)[1:5] == (3, True, False, "cpu")
            assert torch.zeros(2).sum().item() == 0  # a meta tensor has no numbers
        assert settings(torch) == before
