"""Run a notebook in the sandbox: ``python execute.py before.ipynb after.ipynb seconds``.

A cell may take so many seconds and write so many characters, then it is stopped, and the next one
runs. If the kernel dies, the cells after it stay without output.
"""

import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

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


def main(before: str, after: str, seconds: str) -> None:
    """Execute every cell, and write the notebook even if its kernel died."""
    notebook = nbformat.read(before, as_version=4)
    client = Patient(
        notebook,
        timeout=int(seconds),
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
    nbformat.write(notebook, after)


if __name__ == "__main__":
    main(*sys.argv[1:])
