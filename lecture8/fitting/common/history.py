"""The losses of a fit, epoch by epoch, and what to say if none of them was a number."""

HISTORY = ("epoch", "train", "validation")


def history_of(rows: list[tuple[int, float, float]]) -> dict[str, list[float]]:
    """Return the losses of a fit by name from its rows, one an epoch."""
    return {name: [row[k] for row in rows] for k, name in enumerate(HISTORY)}


def nothing_fitted(epochs: int, loss: float, learning_rate: float | None = None) -> ValueError:
    """Return the error of a fit that ended with a validation loss that is no number."""
    remedy = (
        "two atoms of a frame may sit on the same spot, or the tolerances of the loss be too small"
        if learning_rate is None
        else f"take a learning_rate below {learning_rate:g}"
    )
    return ValueError(
        f"the loss on the validation frames is {loss} after {epochs} epochs, and there is no "
        f"potential to return; {remedy}"
    )
