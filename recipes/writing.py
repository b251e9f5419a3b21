"""How recipes write: whole files, into the package's data or where the command line says."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from lecture8.datasets.files import path_of
from lecture8.replacing import replacing

DATA = path_of("")


def chosen_folder() -> Path:
    """Return the folder that the command line names, or that of the package's data."""
    return Path(sys.argv[1]) if len(sys.argv) > 1 else DATA


def write_rows(file: Path, columns: tuple[str, ...], rows: Iterable[dict]) -> None:
    """Write and print the rows of a table as they come; the file is there when all have come."""
    with replacing(file) as partial, open(partial, "w", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            print(row, flush=True)


def write_arrays(file: Path, **arrays) -> None:
    """Write a .npz."""
    with replacing(file) as partial, open(partial, "wb") as out:
        np.savez_compressed(out, **arrays)


def kept_arrays(file: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return what `make` returns, from `file` if a run before this one has written it there."""
    if not file.exists():
        write_arrays(file, **make())
        print(f"{file.name} is done", flush=True)
    return dict(np.load(file))


def on_two_cores(function: Callable, jobs: Iterable[tuple]) -> Iterator:
    """Yield ``function(*job)`` for each job, in their order, from two processes."""
    with ProcessPoolExecutor(2) as pool:
        yield from pool.map(function, *zip(*jobs, strict=True))
