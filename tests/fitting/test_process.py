"""A fit in a process that others share: stopped during imports, torch set by somebody else."""

import subprocess
import sys

import numpy as np
import pytest

from lecture8.fitting import MomentNetwork, Network, fit, load
from lecture8.fitting.networks.compiled_painn import CompiledPaiNN
from lecture8.fitting.networks.model import initialise
from tests.fitting.moment_tensors.planted import planted_frames

STOPPED = """
import signal, sys
import numpy as np
from lecture8.fitting import MomentNetwork, fit
from tests.fitting.moment_tensors.planted import planted_frames

def stop(*_):
    raise KeyboardInterrupt

def go():
    if sys.argv[2] == "moment network":
        model = MomentNetwork(cutoff=3.0, channels=2)
    else:
        from lecture8.fitting import Network
        model = Network("painn", features=8, interactions=1)
    rng = np.random.default_rng(0)
    return fit(frames[:4], frames[4:], model=model, rng=rng, epochs=2, progress=False)

frames = planted_frames(6)
signal.signal(signal.SIGALRM, stop)
try:
    signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
    go()
except KeyboardInterrupt:
    pass
finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
go()
"""


@pytest.mark.parametrize("model", ["network", "moment network"])
@pytest.mark.parametrize("seconds", [0.3, 1.2, 2.5])
def test_after_a_stop_in_the_first_seconds_the_second_fit_works(seconds, model):
    """Wherever in the imports, or after them, it strikes; which part is the machine's affair."""
    command = [sys.executable, "-W", "ignore", "-c", STOPPED, str(seconds), model]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "model",
    [
        *(Network(kind, features=8, interactions=1) for kind in ("schnet", "painn", "so3net")),
        MomentNetwork(cutoff=3.0, channels=2),
    ],
    ids=str,
)
def test_a_fit_under_double_precision_is_the_fit_that_it_is(model, tmp_path):
    import torch

    frames = planted_frames(6)

    def fitted():
        rng = np.random.default_rng(0)
        potential = fit(frames[:4], frames[4:], model=model, rng=rng, epochs=2, progress=False)
        potential.save(tmp_path / "potential.npz")
        return load(tmp_path / "potential.npz").get_forces(frames[0].copy())

    expected, before = fitted(), torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        np.testing.assert_allclose(fitted(), expected, rtol=0, atol=1e-6)  # single precision
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(before)


def test_what_holds_arrays_can_be_compared_and_hashed():
    description = Network("painn", features=8, interactions=1)
    compiled = CompiledPaiNN(initialise(description, np.random.default_rng(0)), description)
    assert compiled.readout == compiled.readout
    assert compiled.readout != compiled.context[0]
    assert len({compiled.readout, compiled.context[0]}) == 2
