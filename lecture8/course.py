"""Run every notebook and write the course as a site: ``python -m lecture8.course``, `make course`.

Each notebook is executed in a kernel of its own, some at once where cores and memory allow, and
kept under ``.executed``: one that has not changed, nor the package, is not run again. Each
becomes a page under ``build/notebooks``; ``build/index.html`` links them, with the time each took
and the largest memory of its kernel, the homework as students get it, and the deck, and searches
all of it. `lecture8.site` says how a page looks. All pages work without a network.
"""

import argparse
import hashlib
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

from lecture8.site.assignments import assignments, student_version
from lecture8.site.finishing import LIBRARIES, finish
from lecture8.site.pages import Page, page_of, read, to_html, write

CELL_TIMEOUT = 240  # seconds, twice the budget of a whole notebook: others run beside it
MEMORY = 1.5e9  # bytes, the budget of a notebook
# Of a kernel beside others: the threads that would only wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Result:
    """What one run of a notebook took; `error` is empty if it went well."""

    page: Page
    seconds: float
    peak_bytes: int
    error: str = ""
    kept: bool = False  # from an earlier run


class PeakMemory(threading.Thread):
    """Watch a process and its children until `stop`, and keep their largest resident size."""

    def __init__(self, pid: int, interval: float = 0.1):
        super().__init__(daemon=True)
        self.process, self.interval, self.peak_bytes = psutil.Process(pid), interval, 0
        self._stopped = threading.Event()

    def run(self):
        """Look every `interval` seconds."""
        while not self._stopped.wait(self.interval):
            size = 0
            try:
                for process in (self.process, *self.process.children(recursive=True)):
                    size += process.memory_info().rss
            except psutil.NoSuchProcess:  # a child ended between the list and the look
                continue
            self.peak_bytes = max(self.peak_bytes, size)

    def stop(self) -> int:
        """Stop watching and return the peak in bytes."""
        self._stopped.set()
        self.join()
        return self.peak_bytes


def run_notebook(
    path: Path, build: Path, *, position: int = 0, beside_others: bool = False
) -> Result:
    """Return what the run of the notebook at `path` took, kept below `build`, and keep any error.

    Parameters
    ----------
    path, build : Path
        What was executed without an error lies in ``.executed``, and counts as long as
        `digest` is the same.
    position : int
        Line of the progress bar.
    beside_others : bool
        Whether it is to keep to one thread.
    """
    notebook, kept, same = read(path), executed(path, build), digest(path)
    page = page_of(notebook, f"notebooks/{path.stem}.html")
    if kept.is_file():
        run = read(kept).metadata.lecture8
        if run.digest == same and not run.error:
            return Result(page, run.seconds, run.peak_bytes, kept=True)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        # The kernel listens on this machine only: its warning about unencrypted traffic is moot.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    error, began = "", time.perf_counter()
    with client.setup_kernel(env=os.environ | (ONE_THREAD if beside_others else {})):
        memory = PeakMemory(client.km.provisioner.pid)
        memory.start()
        try:
            bar = tqdm(notebook.cells, path.stem, unit="cell", position=position, disable=None)
            for index, cell in enumerate(bar):
                client.execute_cell(cell, index)
        except CellExecutionError as failure:
            error = f"{path}, cell {index}: {failure.ename}: {failure.evalue}"
        except CellTimeoutError:
            error = f"{path}, cell {index}: no answer within {CELL_TIMEOUT} s"
        except DeadKernelError:
            error = f"{path}, cell {index}: the kernel died, perhaps for lack of memory"
        finally:
            peak = memory.stop()
    seconds = time.perf_counter() - began
    run = {"digest": same, "seconds": seconds, "peak_bytes": peak, "error": error}
    notebook.metadata["lecture8"] = run
    write(kept, nbformat.writes(notebook))
    return Result(page, seconds, peak, error)


def executed(path: Path, build: Path) -> Path:
    """Return where the executed notebook is kept: not in the site, where nobody links it."""
    return build.parent / ".executed" / path.name


def digest(path: Path) -> str:
    """Return a hash of a notebook and of all that its run depends on: the package and its data."""
    return hashlib.sha256(path.read_bytes() + _package()).hexdigest()


@cache
def _package() -> bytes:
    found = hashlib.sha256(sys.version.encode())
    package = Path(__file__).parent
    for file in [*sorted(package.rglob("*")), package.parent / "requirements.lock"]:
        if file.is_file() and "__pycache__" not in file.parts:
            found.update(file.name.encode() + file.read_bytes())
    return found.digest()


def run_all(notebooks: list[Path], build: Path, at_once: int) -> list[Result]:
    """Return the results of all notebooks, so many of which run at a time."""

    def run(position: int) -> Result:
        path = notebooks[position]
        result = run_notebook(path, build, position=position, beside_others=at_once > 1)
        tqdm.write(told(result), file=sys.stderr)
        return result

    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(run, position) for position in range(len(notebooks))]
        try:
            return [future.result() for future in futures]
        except BaseException:  # Ctrl-C: the kernels do not hear it
            pool.shutdown(wait=False, cancel_futures=True)
            for kernel in psutil.Process().children():
                kernel.kill()
            raise


def told(result: Result) -> str:
    """Return a result as a line."""
    end = result.error or ("unchanged, not run again" if result.kept else "ok")
    name, size = Path(result.page.address).stem, result.peak_bytes / 2**20
    return f"{name:30s}{result.seconds:6.0f} s{size:8.0f} MiB  {end}"


def room() -> int:
    """Return how many notebooks have a core and their memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores, int(psutil.virtual_memory().available / MEMORY)))


def main(arguments: list[str] | None = None) -> int:
    """Run all notebooks, write all pages; return 1 if a notebook failed."""
    parser = argparse.ArgumentParser(prog="python -m lecture8.course", description=__doc__)
    parser.add_argument(
        "--at-once", type=int, default=room(), help="notebooks; 1 to measure times (%(default)s)"
    )
    at_once = parser.parse_args(arguments).at_once
    build = Path("build")
    notebooks = sorted(Path("notebooks").glob("*.ipynb"))
    missing = [path for path in LIBRARIES.values() if not path.exists()]
    missing += [] if notebooks else ["notebooks/*.ipynb"]
    if missing:
        print(f"{missing[0]} is missing; run `make course` in the root of the repository.")
        return 1
    try:
        homework = [student_version(path) for path in assignments(Path("notebooks/homework"))]
    except ValueError as error:
        print(error)
        return 1
    results = run_all(notebooks, build, at_once)
    pages = [result.page for result in results]
    assigned = [page_of(notebook, f"homework/{name}.html") for name, notebook in homework]
    whole = [read(executed(path, build)) for path in notebooks] + [x for _, x in homework]
    order = [None, *pages, *assigned, None]
    for k, (page, notebook) in enumerate(zip(order[1:-1], whole, strict=True)):
        write(build / page.address, to_html(notebook, order[k], order[k + 2]))
    finish(build, results, assigned)
    print(*map(told, results), f"Open {build / 'index.html'} in a browser.", sep="\n")
    return int(any(result.error for result in results))


if __name__ == "__main__":
    sys.exit(main())
