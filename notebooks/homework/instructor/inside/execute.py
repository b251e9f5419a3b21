"""Run a notebook in the sandbox: ``python execute.py seconds < before.ipynb > after.ipynb``.

A cell may take so many seconds and write so many characters, then it is stopped, and the next one
runs. If the kernel dies, the cells after it stay without output.
"""

import os
import sys
import time

# jsonschema would build its grammar of internet addresses, for seconds, and no address is checked.
sys.modules["rfc3987_syntax"] = None

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: E402

MOST_OUTPUT = 100_000  # characters of one cell


class Patient(NotebookClient):
    """A client that goes on after errors, and stops a cell that never ends or talks for ever."""

    def process_message(self, msg, cell, cell_index):
        """Count what a cell writes; interrupt it at its first character too many."""
        written = self._written.setdefault(cell_index, 0)
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            self._written[cell_index] = written + len(str(msg["content"]))
            if written > MOST_OUTPUT:
                if cell_index not in self.cut:
                    self.cut.add(cell_index)
                    self.km.interrupt_kernel()
                return None
        return super().process_message(msg, cell, cell_index)


def execute(notebook, seconds: int) -> None:
    """Execute every cell, and note in the notebook's metadata what was stopped."""
    client = Patient(
        notebook,
        timeout=seconds,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"],
    )
    client._written, client.cut, slow = {}, set(), []
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            began = time.monotonic()
            try:
                client.execute_cell(cell, index)
            except (CellTimeoutError, DeadKernelError):
                notebook.metadata["died"] = index
                break
            if time.monotonic() - began > client.timeout:
                slow.append(index)
    notebook.metadata.update(slow=slow, loud=sorted(client.cut))


def main(seconds: str) -> None:
    """Read a notebook, execute it, write it, even if its kernel died."""
    # The kernel inherits the numbers 0, 1 and 2: what it writes there must not reach the notebook.
    result, nothing = os.dup(1), os.open(os.devnull, os.O_RDWR)
    notebook = nbformat.read(sys.stdin, as_version=4)
    for number in (0, 1):
        os.dup2(nothing, number)
    execute(notebook, int(seconds))
    with open(result, "w", encoding="utf-8") as stream:
        nbformat.write(notebook, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
