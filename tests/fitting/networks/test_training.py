"""A fit goes down the loss, stops when it should, and can be repeated."""

import copy

import numpy as np
import pytest
import torch

from lecture8.fitting import Loss
from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.networks.batches import collate, to_batch
from lecture8.fitting.networks.description import Network
from lecture8.fitting.networks.fit import batch_loss, train_network
from lecture8.fitting.networks.model import initialise

TINY = Network("painn", features=16, interactions=2, radial=10, cutoff=4.0)


@pytest.fixture(scope="module")
def prepared(butanes):
    offsets = reference_energies(butanes)
    return [to_batch(atoms, TINY.cutoff, reference_energies=offsets) for atoms in butanes]


def run(
    prepared,
    *,
    epochs=5,
    seed=0,
    loss=None,
    report=lambda *_: None,
    patience=99,
    network=None,
    learning_rate=1e-2,
    seconds=None,
    warm=False,
):
    rng = np.random.default_rng(seed)
    network = network or initialise(TINY, rng)
    history = train_network(
        network,
        prepared[:30],
        prepared[30:],
        loss=loss or TINY.default_loss,
        epochs=epochs,
        batch_size=5,
        learning_rate=learning_rate,
        patience=patience,
        seconds=seconds,
        rng=rng,
        warm=warm,
        report=report,
    )
    return network, history


def held_out(network, prepared, loss=None):
    return float(batch_loss(network.eval(), collate(prepared[30:]), loss or TINY.default_loss))


def test_the_loss_falls_and_the_best_weights_are_kept(prepared):
    network, history = run(prepared, epochs=30)
    assert history["epoch"] == list(range(1, 31))
    assert min(history["validation"]) < 0.2 * history["validation"][0]
    # Batches of another size are summed in another order, in single precision.
    assert held_out(network, prepared) == pytest.approx(min(history["validation"]), rel=1e-3)


def test_the_same_seed_gives_the_same_numbers(prepared):
    first, again, other = (run(prepared, seed=seed)[1] for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_global_random_numbers_are_left_alone(prepared):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    run(prepared, epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_the_gradient_of_the_loss_is_its_slope(prepared, butanes):
    """Through the forces, that is, through a second derivative of the network."""
    offsets = reference_energies(butanes)
    batch = collate(
        [to_batch(a, 4.0, reference_energies=offsets, dtype=torch.float64) for a in butanes[:3]]
    )
    network = initialise(TINY, np.random.default_rng(0)).double().train()
    batch_loss(network, batch, TINY.default_loss).backward()
    rng = np.random.default_rng(1)
    for weight in list(network.parameters())[1::4]:
        k = int(rng.integers(weight.numel()))
        values = []
        for sign in (1, -1):
            changed = copy.deepcopy(weight.data)
            weight.data.view(-1)[k] += sign * 1e-5
            values.append(float(batch_loss(network, batch, TINY.default_loss)))
            weight.data = changed
        slope = (values[0] - values[1]) / 2e-5
        # Error of the central difference: third derivative times 1e-10.
        assert float(weight.grad.view(-1)[k]) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_an_interrupt_returns_the_best_so_far(prepared):
    def stop(epoch, train, validation):
        if epoch == 3:
            raise KeyboardInterrupt

    network, history = run(prepared, epochs=50, report=stop)
    assert history["epoch"] == [1, 2, 3]
    assert held_out(network, prepared) == pytest.approx(min(history["validation"]), rel=1e-3)


def test_an_interrupt_in_the_first_epoch_is_passed_on_if_nothing_is_trained(prepared, monkeypatch):
    """A warm start has what it started from."""
    network = initialise(TINY, np.random.default_rng(0))
    before = held_out(network, prepared)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(prepared, network=network)
    network, history = run(prepared, network=network, warm=True)
    assert history == {"epoch": [], "train": [], "validation": []}
    assert held_out(network, prepared) == before


def test_the_best_epoch_is_kept_though_the_untrained_network_was_better(prepared):
    """What comes back is trained: the start would be noise, returned without a word."""
    network = initialise(TINY, np.random.default_rng(0))
    labels_of_its_own = copy.deepcopy(prepared)
    for batch in labels_of_its_own:  # the untrained network is perfect
        energy, forces = network.eval()(batch)
        batch.energy, batch.forces = energy.detach(), forces.detach()
    fresh, history = run(labels_of_its_own, epochs=2, network=copy.deepcopy(network))
    assert held_out(network, labels_of_its_own) < 1e-9
    assert held_out(fresh, labels_of_its_own) == pytest.approx(min(history["validation"]), rel=1e-3)
    warm, _ = run(labels_of_its_own, epochs=2, network=network, warm=True)
    assert held_out(warm, labels_of_its_own) < 1e-9


def test_a_fit_that_ends_in_nan_says_so(prepared):
    with pytest.raises(ValueError, match=r"loss on the validation .* is nan .* below 1e\+30"):
        run(prepared, epochs=2, learning_rate=1e30)


def test_the_learning_rate_has_fallen_when_the_seconds_are_over(prepared, monkeypatch):
    """The clock ticks once a step, so that no machine's speed decides."""
    ticks, rates = iter(range(10**6)), []
    monkeypatch.setattr("lecture8.fitting.common.trainer.time.monotonic", lambda: next(ticks))

    class Watched(torch.optim.Adam):
        def step(self):
            rates.append(self.param_groups[0]["lr"])
            super().step()

    monkeypatch.setattr(torch.optim, "Adam", Watched)
    _, history = run(prepared, epochs=1000, seconds=40)
    assert len(history["epoch"]) < 10
    assert max(rates) > 0.9 * 1e-2
    # Of 40 ticks the epoch's own end takes one in six: the last step is a few before the end.
    assert rates[-1] < 0.1 * 1e-2


def test_it_stops_when_validation_no_longer_improves(prepared):
    """Labels of noise can be learned by heart, but not better predicted."""
    noisy = copy.deepcopy(prepared)
    generator = torch.Generator().manual_seed(0)
    for batch in noisy:
        batch.forces = torch.randn(batch.forces.shape, generator=generator)
    _, history = run(noisy, epochs=200, patience=4)
    best = int(np.argmin(history["validation"]))
    assert len(history["epoch"]) == best + 1 + 4
    assert len(history["epoch"]) < 200


def test_a_warm_start_begins_where_the_first_fit_ended(prepared):
    network, cold = run(prepared, epochs=20)
    _, warm = run(prepared, epochs=10, network=network)
    assert warm["validation"][0] < 0.7 * cold["validation"][0]


def test_energies_alone_and_forces_alone_can_be_fitted(prepared):
    for loss in (Loss(forces=np.inf), Loss(energy=np.inf)):
        _, history = run(prepared, epochs=8, loss=loss)
        assert min(history["validation"]) < 0.7 * history["validation"][0]


def test_reference_energies_explain_a_sum_of_atoms(butanes):
    """Two formulas determine both elements; one formula determines the sum."""
    offsets = reference_energies(butanes)
    total = 4 * offsets[6] + 10 * offsets[1]
    assert total == pytest.approx(np.mean([a.get_potential_energy() for a in butanes]), abs=1e-8)
