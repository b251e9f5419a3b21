"""numba's `njit`, for machines that cannot keep on disk what it compiled.

numba keeps it beside the source or, where it may not write there, below the home. Where it may
write to neither (a container, a node of a cluster), importing the file fails, and on a full disk
the first call does. Here one sentence says so, and the work goes on.
"""

import hashlib
import warnings
from contextlib import contextmanager
from functools import cache as once
from glob import escape
from pathlib import Path
from pickle import UnpicklingError

import numba
from fasteners import InterProcessLock
from numba.core.caching import FunctionCache, IndexDataCacheFile


def njit(*, cache: bool = False, **options):
    """Return numba's decorator of that name; `cache` keeps what it compiles, where it can."""

    def decorate(function):
        dispatcher = numba.njit(**options)(function)
        if cache:
            try:
                dispatcher._cache = KeptOnDisk(function)
            except RuntimeError:  # numba's word for: I may write nowhere
                tell(f"neither {Path(__file__).parent} nor a cache in your home can be written")
        return dispatcher

    return decorate


class KeptOnDisk(FunctionCache):
    """What numba compiled of one function; what cannot be kept or read is compiled once more.

    Two things numba does not do. It looks whether the function's own file has changed, but what is
    kept holds what other files brought in: here all compiled files count. And it writes an index,
    then the code that it names: who is killed in between, or writes at the same time, leaves an
    index to what had that name before, which is another function, or crashes. So the name tells the
    state of the files, and one process writes at a time.
    """

    def __init__(self, function):
        super().__init__(function)
        self._base = self._impl.filename_base
        self._cache_file = IndexDataCacheFile(
            cache_path=self.cache_path,
            filename_base=f"{self._base}.{_state_of_files()}",
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig, target_context):
        """Return what was kept for the signature `sig`, or None."""
        with _going_on():
            try:
                return super().load_overload(sig, target_context)
            except (EOFError, UnpicklingError):  # half a file, as a crash of the machine leaves it
                self.flush()

    def save_overload(self, sig, data):
        """Keep `data` for the signature `sig`, and nothing of earlier states of the files.

        Not what starts threads: numba numbers their loops anew in each process, so that two files
        from two processes may bring the same name for two loops, and whoever reads both crashes.
        """
        if "parfor" in data.library.get_llvm_str():
            return
        with _going_on():
            self._impl.locator.ensure_cache_path()
            folder, now = Path(self.cache_path), _state_of_files()
            with InterProcessLock(folder / "lecture8.lock"):
                super().save_overload(sig, data)
                for file in folder.glob(f"{escape(self._base)}.*.nb?"):
                    if not file.name.startswith(f"{self._base}.{now}."):
                        file.unlink()


@once
def _state_of_files() -> str:
    """Return a short hash of all files of the package that have compiled functions."""
    found = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        if b"njit" in (text := file.read_bytes()):
            found.update(text)
    return found.hexdigest()[:12]


@contextmanager
def _going_on():
    try:
        yield
    except OSError as error:
        tell(f"'{error.strerror}'")


@once
def tell(why: str) -> None:
    """Say, once in a process, that nothing is kept, why, and what to do."""
    warnings.warn(
        f"What numba compiles for lecture8 is not kept on disk: {why}. Every new process compiles "
        "for up to 20 seconds again; to keep it, name a folder that you may write to, with room, "
        "in the environment variable NUMBA_CACHE_DIR.",
        stacklevel=2,
    )
