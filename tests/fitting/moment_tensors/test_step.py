"""The loss of a moment tensor potential and its derivatives, against differences."""

import numpy as np
import pytest
from ase.build import molecule

from lecture8.fitting import Loss, errors
from lecture8.fitting.moment_tensors.step import derivatives, loss_of, prepared
from lecture8.structures import butane
from tests.fitting.moment_tensors.planted import planted, planted_frames


def gradient_and_differences(loss_of_derivatives, loss):
    """The analytic gradient along a few coefficients, and central differences of `loss`."""
    atoms = planted_frames(3, noise=0.1, molecules=(butane, lambda: molecule("CH4")))
    potential = planted(seed=5)
    ready = [prepared(x, potential) for x in atoms]
    parameters = potential.mtp_data.parameters
    value, gradient, curvature = derivatives(potential, parameters, ready, loss_of_derivatives)
    chosen = [0, 2, 4, 5, 6, *np.random.default_rng(0).choice(np.arange(7, len(parameters)), 6)]
    numerical = []
    for k in chosen:
        h = np.zeros(len(parameters))
        h[k] = 1e-5
        ends = [loss_of(potential, parameters + s * h, ready, loss) for s in (1, -1)]
        numerical.append((ends[0] - ends[1]) / 2e-5)
    return (value, gradient, curvature), gradient[chosen], np.array(numerical), potential, ready


@pytest.mark.parametrize("loss", [Loss(0.2, 1.0), Loss(0.1, np.inf), Loss(np.inf, 1.0)])
def test_the_gradient_is_that_of_the_loss(loss):
    (value, _, curvature), analytic, numerical, potential, ready = gradient_and_differences(
        loss, loss
    )
    # h = 1e-5: h^2 times third derivatives, and rounding 1e-16 of the loss over h.
    np.testing.assert_allclose(analytic, numerical, atol=1e-6 * abs(numerical).max())
    parameters = planted(seed=5).mtp_data.parameters
    assert value == pytest.approx(loss_of(potential, parameters, ready, loss), rel=1e-10)
    np.testing.assert_allclose(curvature, curvature.T, rtol=0, atol=1e-12 * abs(curvature).max())


def test_a_missing_third_of_n_would_be_found():
    """The twin: forces weighted by 3N too much, here with N of butane."""
    wrong, right = Loss(0.2, (3 * 14) ** -0.5), Loss(0.2, 1.0)
    _, analytic, numerical, *_ = gradient_and_differences(wrong, right)
    assert abs(analytic - numerical).max() > abs(numerical).max()


def test_the_loss_is_that_of_the_errors():
    frames, loss, potential = planted_frames(24), Loss(0.03, 0.7), planted(seed=2)
    ready = [prepared(x, potential) for x in frames]
    seen = errors(frames, potential)  # all frames are of one size: the mean is that of all atoms
    expected = (seen.energy_rmse_per_atom / 30) ** 2 + (seen.force_rmse / 700) ** 2  # meV, meV/Å
    assert loss_of(potential, potential.mtp_data.parameters, ready, loss) == pytest.approx(
        expected, rel=1e-10
    )
