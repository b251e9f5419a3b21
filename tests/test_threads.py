"""Each calculation has the cores that it was given, whatever ran before it in the process."""

import os
import subprocess
import sys

import pytest

# In a process of its own, where numba has not started its threads.
SCRIPT = """
import numba, torch
from numba.np.ufunc import parallel
from lecture8.fitting.shipped import fitted_lgps
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
        ("argon.simulate(argon_box(2), timestep=1, steps=2, threads=2)", "True 1"),
        ("argon.simulate(argon_box(2), timestep=1, steps=2)", "False 1"),
        ("argon.get_forces(argon_box(2))", "False 1"),
        ("fitted_lgps().simulate(lgps(), timestep=0.1, steps=2)", "False 1"),
    ],
)
def test_ours_leave_torchs_threads_alone(line, expected):
    assert started_and_torchs(f"argon = FastLennardJones(**ARGON, cutoff=8.5); {line}") == expected
