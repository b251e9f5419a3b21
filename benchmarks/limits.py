"""What this machine can do at most: operations and bytes a second of one core, measured."""

import math
import time

import numpy as np

# Pairs within 2.5 sigma of one atom, each counted once: half of what a sphere holds at rho*.
LENNARD_JONES_PAIRS = 0.5 * 0.8442 * 4 / 3 * math.pi * 2.5**3  # 27.6
# 8 for the vector and its square, 1 division, 12 for energy and slope, 3 for the force vector,
# 7 to add it to both atoms and the energy to the sum.
LENNARD_JONES_OPERATIONS = 8 + 1 + 12 + 3 + 7


def gigaflops(size: int = 1024, seconds: float = 0.3) -> float:
    """Return 1e9 operations a second of one core in a matrix product, double precision."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    a = torch.rand(size, size, dtype=torch.float64)
    a @ a
    begin, number = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        a @ a
        number += 1
    elapsed = time.perf_counter() - begin
    torch.set_num_threads(before)
    return 2 * size**3 * number / elapsed / 1e9


def gigabytes(megabytes: int = 256, repeats: int = 3) -> float:
    """Return 1e9 bytes a second, read and written, of one core that copies what no cache holds."""
    source = np.ones(megabytes * 2**17)
    target = np.zeros_like(source)
    begin = time.perf_counter()
    for _ in range(repeats):
        np.copyto(target, source)
    return 2 * source.nbytes * repeats / (time.perf_counter() - begin) / 1e9
