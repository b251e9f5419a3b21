"""How many cores a calculation may use: one, unless asked, for a class shares them."""

import sys
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


@contextmanager
def numba_threads(threads: int):
    """Let compiled loops use so many cores inside the `with` block, or all if there are fewer.

    One thread needs no others: then nothing is started.
    """
    if threads == 1:
        yield
        return
    import numba

    # Numba's threads, once started, change OpenMP's number for the process, which is torch's too.
    torch = sys.modules.get("torch")
    torchs = torch.get_num_threads() if torch else None
    before = numba.get_num_threads()  # starts them
    if torch:
        torch.set_num_threads(torchs)
    numba.set_num_threads(min(threads, before))
    try:
        yield
    finally:
        numba.set_num_threads(before)
