"""The examiner: runs hidden tests on the answers of a submission, outside of its sandbox.

The submission can only answer questions. It cannot read the tests, and it cannot say that it
passed: the verdicts are kept here. The first verdict on each test counts, so that nobody can ask
until it fits.
"""

import contextlib
import importlib.util
import socketserver
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "inside"))

from wire import receive, send  # noqa: E402

PATIENCE = 60  # seconds that the examiner waits for one answer


def load_checks(assignment: str, folder: Path = HERE / "checks") -> dict:
    """Return the hidden tests of an assignment, name -> function(answer) -> bool."""
    path = folder / f"{assignment}.py"
    if not path.exists():
        raise FileNotFoundError(f"There are no hidden tests for '{assignment}': {path} is missing.")
    spec = importlib.util.spec_from_file_location(f"checks_{assignment}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CHECKS


class Examiner:
    """A context in which `address` answers; afterwards `verdicts` says name -> passed."""

    def __init__(self, checks: dict, address: Path):
        self.checks, self.address, self.verdicts = checks, address, {}

    def __enter__(self):
        examiner = self

        class Hearing(socketserver.StreamRequestHandler):
            timeout = PATIENCE

            def handle(self):
                try:
                    examiner.examine(_Both(self.rfile, self.wfile))
                except (OSError, ValueError, TypeError, KeyError) as error:
                    print(f"an answer could not be heard to its end: {error}", file=sys.stderr)

        self._server = socketserver.ThreadingUnixStreamServer(str(self.address), Hearing)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def examine(self, stream) -> None:
        """Hear one answer, and keep and send the verdict."""
        kind, value = receive(stream)
        name, answer = value if kind == "data" else (value, None)
        if name not in self.checks or kind not in ("data", "function"):
            send(stream, "verdict", False)
            return
        if kind == "function":

            def answer(*arguments, **keywords):
                send(stream, "call", (arguments, keywords))
                kind, value = receive(stream)
                if kind != "result":
                    raise RuntimeError(value)
                return value

        if name not in self.verdicts:
            self.verdicts[name] = False  # it had its chance, whatever happens now
            with contextlib.suppress(Exception):  # what cannot be examined has not passed
                self.verdicts[name] = bool(self.checks[name](answer))
        send(stream, "verdict", self.verdicts[name])


class _Both:
    """A stream to read from and one to write to, as one."""

    def __init__(self, reader, writer):
        self.readline, self.write, self.flush = reader.readline, writer.write, writer.flush
