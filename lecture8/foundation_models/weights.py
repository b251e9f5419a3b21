"""The file with the weights: found or downloaded, and checked before anything is unpickled.

A file of weights is a pickle, and a pickle can hold code that runs as it is opened. So the bytes
are compared with a checksum first. Of a downloaded file it is those very bytes that are opened; a
file in a wheel is read again by its library, from where only who may install packages can write.
"""

import errno
import hashlib
import http
import http.client
import os
import re
import urllib.error
import urllib.request
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from tqdm.auto import tqdm

from lecture8.foundation_models.catalogue import Model


def wheel_weights(model: Model) -> Path:
    """Return the file inside the installed package, which must be as we know it.

    Raises
    ------
    FileNotFoundError, ValueError
        If it is missing, cut short or another one.
    """
    path = model.path()
    remedy = (
        "install the package again: pip install --force-reinstall --no-deps "
        f"{model.wheel}=={metadata.version(model.wheel)}"
    )
    if not path.is_file():
        raise FileNotFoundError(f"the weights of {model.name} are missing, {path}; {remedy}")
    if _sha256(path.read_bytes()) != model.sha256:
        raise ValueError(
            f"the weights of {model.name} were changed or cut short ({path}, "
            f"{path.stat().st_size} bytes), and were not opened; {remedy}"
        )
    return path


def published_weights(
    model: Model,
    *,
    weights: str | Path | None = None,
    url: str | None = None,
    sha256: str | None = None,
) -> bytes:
    """Return the content of the file: from `weights`, else from the cache, else from the network.

    Parameters
    ----------
    model : Model
    weights : path, optional
        A file of your own.
    url : str, optional
        Another place that offers the file, such as a server in the class room.
    sha256 : str, optional
        The checksum, where it is not the published file.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing or has another checksum.
    ConnectionError
        If it has to be downloaded and cannot; what has arrived is kept, and not sent again.
    OSError
        If the cache cannot be written: the disk is full, or the folder not ours.
    """
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", str(sha256)):
        raise ValueError(f"sha256 is {sha256!r}, but a checksum has 64 hexadecimal digits")
    expected = (sha256 or model.sha256).lower()
    if weights is not None:
        return _own_file(model, Path(weights), expected)
    path = cached_file(model, expected)
    if path.is_file():
        return _verified(path, expected, f"the file in the cache, {path},")
    theirs = _of_mace_torch(model)
    if theirs.is_file() and _sha256(content := theirs.read_bytes()) == expected:
        return content
    return _download(model, url or model.url, path, expected)


def cached_file(model: Model, sha256: str) -> Path:
    """Return where the file is kept; two files with different checksums do not collide."""
    return _cache() / "lecture8" / f"{model.name}-{sha256[:12]}.model"


def is_here(model: Model) -> bool:
    """Say whether the weights can be loaded without a network."""
    if model.wheel:
        return model.path().is_file()
    return cached_file(model, model.sha256).is_file() or _of_mace_torch(model).is_file()


def _cache() -> Path:
    # The XDG specification: unset and empty are the same.
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _of_mace_torch(model: Model) -> Path:
    """Return where mace-torch itself would have put the file."""
    name = model.url.rsplit("/", 1)[-1]
    return _cache() / "mace" / "".join(c for c in name if c.isalnum() or c == "_")


def _own_file(model: Model, path: Path, expected: str) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; give the path of a .model file")
    content = path.read_bytes()
    if (checksum := _sha256(content)) != expected:
        raise ValueError(
            f"{path} ({len(content)} bytes) has the checksum {checksum}, not {expected}, and was "
            "not opened: a .model file is a pickle, and opening one can run code. If it should be "
            f"{model.name}, it is damaged, copy it again; if it is another model that you trust, "
            "pass sha256= with the checksum from where you got the file"
        )
    return content


def _verified(path: Path, expected: str, what: str) -> bytes:
    """Return the content of a file that is ours, or remove it."""
    content = path.read_bytes()
    if (checksum := _sha256(content)) != expected:
        path.unlink()
        raise ValueError(
            f"{what} has the checksum {checksum}, not {expected}; it was removed and never opened. "
            "Load again to download it again; if this repeats, the server has another file: "
            "download it elsewhere and pass weights="
        )
    return content


def _download(model: Model, url: str, path: Path, expected: str) -> bytes:
    from fasteners import InterProcessLock

    part = Path(f"{path}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{path}.lock").touch()
    except OSError as failure:
        raise _not_kept(path.parent, failure) from failure
    with InterProcessLock(f"{path}.lock"):  # one process downloads, others wait and find the file
        if not path.is_file():
            start = part.stat().st_size if part.is_file() else 0
            try:
                response = _request(url, start)
            except (OSError, ValueError, http.client.HTTPException) as failure:
                raise ConnectionError(_no_network(model, url, path, expected, failure)) from None
            if response is not None:
                _receive(response, part, model.name)
            _verified(part, expected, f"the file from {url}")
            os.replace(part, path)
    return _verified(path, expected, f"the file in the cache, {path},")


def _request(url: str, start: int) -> http.client.HTTPResponse | None:
    """Ask for what comes after the first `start` bytes; None if there is no more."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            return None
        raise


def _receive(response: http.client.HTTPResponse, part: Path, name: str) -> None:
    """Append what the server sends to `part`, or start it afresh if the server sends it all."""
    resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
    start = part.stat().st_size if resumed else 0
    total = start + int(response.headers.get("Content-Length", 0))
    try:
        with (
            response,
            open(part, "ab" if resumed else "wb") as file,
            tqdm(total=total, initial=start, unit="B", unit_scale=True, desc=name) as bar,
        ):
            while block := _next_block(response):
                file.write(block)
                bar.update(len(block))
    except OSError as failure:  # of the file, not of the network
        raise _not_kept(part, failure) from failure
    if (arrived := part.stat().st_size) < total:
        raise ConnectionError(
            f"the download of {response.url} stopped after {arrived / 1e6:.1f} of "
            f"{total / 1e6:.1f} MB; run the same line again, and it goes on from there"
        )


def _next_block(response: http.client.HTTPResponse) -> bytes:
    """Return what comes next, nothing at the end or where the line breaks."""
    with suppress(OSError, http.client.HTTPException):  # what has arrived is measured afterwards
        return response.read(2**16)
    return b""


def _not_kept(path: Path, failure: OSError) -> OSError:
    """Return the error of a cache that cannot be written."""
    why = "the disk is full" if failure.errno == errno.ENOSPC else failure.strerror
    return OSError(
        failure.errno,
        f"{path} cannot be written: {why}; make room, or set the variable XDG_CACHE_HOME to a "
        "folder of yours on another disk, or pass weights= with the path of the file",
    )


def _no_network(model: Model, url: str, path: Path, expected: str, failure) -> str:
    return (
        f"{url} cannot be reached ({failure}). {model.name} is one file: download it where there "
        f"is a network, and save it here as\n  {path}\nor pass its path as weights=. Its checksum "
        f"is sha256 {expected}. Without it, load('sevennet-0') and load('chgnet') work offline"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
