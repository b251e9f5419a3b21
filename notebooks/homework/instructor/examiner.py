"""The examiner: runs hidden tests on the answers of a submission, outside of its sandbox.

The submission can only answer questions. It cannot read the tests, and it cannot say that it
passed: the verdicts are kept here. The first verdict on each test counts, so that nobody can ask
until it fits. What it says is read in a process of its own, with limits: an answer that unpacks to
gigabytes ends that process, and has not passed.
"""

import contextlib
import importlib.util
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "inside")]

from answers import Check  # noqa: E402
from bounded import limits  # noqa: E402
from wire import receive, send  # noqa: E402

PATIENCE = 60  # seconds that the examiner waits for one answer
MOST_MEMORY = 2 * 2**30  # bytes


def load_checks(assignment: str, folder: Path = HERE / "checks") -> dict[str, Check]:
    """Return the hidden tests of an assignment, number -> Check."""
    path = folder / f"{assignment}.py"
    if not path.exists():
        raise FileNotFoundError(f"There are no hidden tests for '{assignment}': {path} is missing.")
    spec = importlib.util.spec_from_file_location(f"checks_{assignment}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CHECKS


class Examiner:
    """A context in which an examiner listens at `address`; afterwards `verdicts` says what passed.

    Parameters
    ----------
    checks : Path
        The file with the hidden tests.
    address : Path
        Where the submission finds the examiner.
    seconds : int
        Processor time that all answers together may take here.
    """

    def __init__(self, checks: Path, address: Path, seconds: int = 300):
        self.checks, self.address, self.seconds, self.verdicts = checks, address, seconds, {}

    def __enter__(self):
        self._kept = tempfile.TemporaryFile()
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.address))
            door.listen()
            words = [sys.executable, __file__, self.checks, str(door.fileno())]
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=self._kept,
                stderr=subprocess.DEVNULL,
                pass_fds=[door.fileno()],
                preexec_fn=lambda: limits(
                    memory=MOST_MEMORY, seconds=self.seconds, room=10_000_000
                ),
            )
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._kept.seek(0)
        for line in self._kept.read().splitlines():
            number, passed = json.loads(line)
            self.verdicts[number] = passed
        self._kept.close()


# In a process of its own --------------------------------------------------------------------------


def listen(checks: dict[str, Check], door: socket.socket) -> None:
    """Hear one answer after the other, and write down each verdict."""
    verdicts = {}
    while True:
        connection, _ = door.accept()
        connection.settimeout(PATIENCE)
        with connection, contextlib.suppress(Exception):  # an answer that cannot be heard
            examine(connection.makefile("rwb"), checks, verdicts)


def examine(stream, checks: dict[str, Check], verdicts: dict[str, bool]) -> None:
    """Hear one answer and keep the verdict."""
    kind, value = receive(stream)
    number, answer = value if kind == "data" else (value, None)
    if kind == "function":

        def answer(*arguments, **keywords):
            send(stream, "call", (arguments, keywords))
            kind, value = receive(stream)
            if kind != "result":
                raise RuntimeError(value)
            return value

    if number in checks and number not in verdicts:
        verdicts[number] = False  # it had its chance, whatever happens now
        with contextlib.suppress(Exception):  # what cannot be examined has not passed
            verdicts[number] = bool(checks[number].test(answer))
        print(json.dumps([number, verdicts[number]]), flush=True)
    send(stream, "heard")


if __name__ == "__main__":
    path = Path(sys.argv[1])
    listen(load_checks(path.stem, path.parent), socket.socket(fileno=int(sys.argv[2])))
