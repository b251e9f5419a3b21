"""A library is imported whole, whatever is pressed meanwhile."""

import importlib
import signal
import sys
import threading
import warnings

import pytest

from lecture8.imports import whole_import

# A library in two halves, between which somebody presses stop.
FIRST = "import signal\nsignal.raise_signal(signal.{})\nfrom half_library import second\n"


@pytest.fixture(params=["SIGINT", "SIGALRM"])
def library(request, tmp_path, monkeypatch):
    folder = tmp_path / "half_library"
    folder.mkdir()
    (folder / "__init__.py").write_text(FIRST.format(request.param))
    (folder / "second.py").write_text("import warnings\nwarnings.simplefilter('ignore')\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def stop(*_):
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGALRM)}
    yield "half_library"
    for number, handler in before.items():
        signal.signal(number, handler)
    for name in ("half_library", "half_library.second"):
        sys.modules.pop(name, None)


def test_the_stop_is_heard_after_the_import(library):
    before = signal.getsignal(signal.SIGINT), list(warnings.filters)
    with pytest.raises(KeyboardInterrupt), whole_import():
        importlib.import_module(library)
    assert "half_library.second" in sys.modules
    assert sys.modules[library].second
    assert (signal.getsignal(signal.SIGINT), list(warnings.filters)) == before


def test_without_it_half_a_library_stays(library):
    """The twin: what would go wrong."""
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module(library)
    assert "half_library.second" not in sys.modules


def test_in_another_thread_it_changes_nothing():
    """Only the main thread hears signals, and only it may say who does."""
    seen = []

    def work():
        with whole_import():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def test_an_import_that_fails_gives_the_signals_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ModuleNotFoundError), whole_import():
        importlib.import_module("no_such_library")
    assert signal.getsignal(signal.SIGINT) == before
