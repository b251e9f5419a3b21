"""Models, the small MACE file, a cache of our own and a server that can be told to fail."""

import gzip
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import bulk

from lecture8.foundation_models import load

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def sevennet():
    return load()


@pytest.fixture(scope="session")
def chgnet():
    return load("chgnet")


@pytest.fixture
def salt() -> Atoms:
    """Eight atoms of rock salt on a skewed lattice, off their places: no component is zero."""
    atoms = bulk("NaCl", "rocksalt", a=5.5, cubic=True)
    atoms.set_cell(atoms.cell.array @ [[1, 0.04, 0], [0, 1.02, 0.03], [0.02, 0, 0.97]], True)
    atoms.rattle(0.1, seed=1)
    return atoms


@pytest.fixture(scope="session")
def mace_content() -> bytes:
    """The checkpoint that was written under e3nn 0.4.4 (`make_mace_small`)."""
    return gzip.decompress((HERE / "mace_small_e3nn_0.4.4.model.gz").read_bytes())


@pytest.fixture(scope="session")
def mace_sha256(mace_content) -> str:
    return hashlib.sha256(mace_content).hexdigest()


@pytest.fixture(scope="session")
def mace_record() -> dict:
    """What that environment computed with it."""
    return json.loads((HERE / "mace_small.json").read_text())


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, and a home that is nobody's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Server(ThreadingHTTPServer):
    """Serves `content` at any path; `sent` lists what each answer was to send, first byte and last.

    `stop_after`: hang up after that many bytes. `ranges`: whether a part can be asked for.
    """

    def __init__(self, content: bytes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.stop_after, self.ranges, self.sent = content, None, True, []
        self.url = f"http://127.0.0.1:{self.server_port}/small.model"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content, asked = self.server.content, self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if not self.server.ranges:
            start = 0
        if start >= len(content):
            self.send_error(416)
            return
        self.server.sent.append((start, len(content)))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:][: self.server.stop_after])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(mace_content, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server(mace_content) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()
