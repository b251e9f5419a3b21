"""Run every notebook and write the course as a site: ``python -m lecture8.course``, `make course`.

Each notebook is executed in a kernel of its own and saved as a page under ``build/notebooks``, with
the time it took and the largest memory of its kernel; ``build/index.html`` links them, the homework
as students get it, and the deck, and searches all of it. `lecture8.site` says how a page looks.
All pages work without a network.
"""

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

from lecture8.site.assignments import assignments, student_version
from lecture8.site.finishing import LIBRARIES, finish
from lecture8.site.pages import Page, page_of, read, to_html, write

CELL_TIMEOUT = 120  # seconds, the budget of a whole notebook


@dataclass(frozen=True)
class Result:
    """What one run of a notebook took; `error` is empty if it went well."""

    page: Page
    seconds: float
    peak_bytes: int
    error: str = ""


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
    path: Path, build: Path, previous: Page | None = None, following: Page | None = None
) -> Result:
    """Execute the notebook at `path` and write its page below `build`; keep any error."""
    notebook = read(path)
    page = page_of(notebook, f"notebooks/{path.stem}.html")
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        # The kernel listens on this machine only: its warning about unencrypted traffic is moot.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    error, began = "", time.perf_counter()
    with client.setup_kernel():
        memory = PeakMemory(client.km.provisioner.pid)
        memory.start()
        try:
            for index, cell in enumerate(tqdm(notebook.cells, desc=path.stem, unit="cell")):
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
    write(build / page.address, to_html(notebook, previous, following))
    return Result(page, seconds, peak, error)


def main() -> int:
    """Run all notebooks, write all pages; return 1 if a notebook failed."""
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
    pages = [page_of(read(path), f"notebooks/{path.stem}.html") for path in notebooks]
    assigned = [page_of(notebook, f"homework/{name}.html") for name, notebook in homework]
    order = [None, *pages, *assigned, None]
    around = list(zip(order[:-2], order[2:], strict=True))  # of each page, in the same order
    results = [
        run_notebook(path, build, *near)
        for path, near in zip(notebooks, around, strict=False)  # the rest is the homework's
    ]
    for page, (_, notebook), near in zip(assigned, homework, around[len(pages) :], strict=True):
        write(build / page.address, to_html(notebook, *near))
    finish(build, results, assigned)
    for result in results:
        print(
            f"{Path(result.page.address).stem:30s}{result.seconds:6.0f} s"
            f"{result.peak_bytes / 2**20:8.0f} MiB  {result.error or 'ok'}"
        )
    print(f"Open {build / 'index.html'} in a browser.")
    return int(any(result.error for result in results))


if __name__ == "__main__":
    sys.exit(main())
