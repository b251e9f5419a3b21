"""How many cores a calculation may use: one, unless asked, for a class shares them."""

from contextlib import contextmanager


@contextmanager
def torch_threads(threads: int):
    """Let torch use so many cores inside the `with` block, and afterwards as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
