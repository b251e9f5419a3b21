"""How many cores a calculation may use, one unless asked, and what else torch has for everybody.

A class shares its cores. And torch's settings hold for the whole process: what somebody else has
set must not change our numbers, and what we need must not change theirs.
"""

import sys
from contextlib import ExitStack, contextmanager

from lecture8.imports import whole_import


@contextmanager
def torch_settings(threads: int | None = None, *, dtype: str = "float32"):
    """Let torch work as a potential expects inside the `with` block, and afterwards as before.

    On the CPU, with gradients, and with its random numbers as they were: building a network draws
    some. Also a decorator, `@torch_settings()`.

    Parameters
    ----------
    threads : int, optional
        Cores to use; as many as torch does if left out.
    dtype : str
        Of new tensors. MACE leaves "float64" behind where it was stopped.
    """
    if "torch" not in sys.modules:
        with whole_import():
            import torch
    import torch

    with ExitStack() as before:
        before.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(getattr(torch, dtype))
        if threads is not None:
            before.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(threads)
        before.enter_context(torch.random.fork_rng(devices=[]))
        before.enter_context(torch.inference_mode(False))  # nor `no_grad`
        if torch.get_default_device().type != "cpu":
            before.enter_context(torch.device("cpu"))
        yield


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
    try:
        numba.set_num_threads(min(threads, before))
        yield
    finally:
        numba.set_num_threads(before)
