"""No file is opened before its checksum is right, and no download leaves half a file behind."""

import hashlib
import io
import os
import pickle
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from lecture8.foundation_models import MODELS, load
from lecture8.foundation_models.weights import cached_file, is_here, published_weights

SMALL = MODELS["mace-mp-0-small"]


def left_behind(cache):
    return sorted(path.suffix for path in (cache / "lecture8").iterdir())


def assert_as_written(potential, record):
    """To 1e-8: double precision keeps 1e-13, and sums may be taken in another order."""
    for frame in record["frames"]:
        atoms = Atoms(frame["numbers"], positions=frame["positions"], cell=frame["cell"])
        atoms.pbc, atoms.calc = frame["pbc"], potential
        assert atoms.get_potential_energy() == pytest.approx(frame["energy"], abs=1e-8)
        np.testing.assert_allclose(atoms.get_forces(), frame["forces"], rtol=0, atol=1e-8)
        if "stress" in frame:
            np.testing.assert_allclose(atoms.get_stress(), frame["stress"], rtol=0, atol=1e-8)


def test_a_file_pickled_under_e3nn_0_4_4_gives_the_numbers_of_the_environment_that_wrote_it(
    cache, server, mace_sha256, mace_record
):
    import e3nn

    assert mace_record["e3nn"] == "0.4.4"
    assert e3nn.__version__ == "0.5.1"
    potential = load("mace-mp-0", url=server.url, sha256=mace_sha256, dtype="float64")
    assert_as_written(potential, mace_record)
    assert left_behind(cache) == [".lock", ".model"]
    # The second time it comes from the cache.
    again = load("mace-mp-0", url=server.url, sha256=mace_sha256, dtype="float64")
    assert_as_written(again, mace_record)
    assert len(server.sent) == 1


def test_the_published_numbers_would_notice_another_weight(tmp_path, mace_content, mace_record):
    """The twin that must fail: one weight changed by a millionth."""
    import torch

    network = torch.load(io.BytesIO(mace_content), weights_only=False)
    with torch.no_grad():
        network.interactions[0].linear_up.weight[0] *= 1 + 1e-6
    torch.save(network, tmp_path / "changed.model")
    sha256 = hashlib.sha256((tmp_path / "changed.model").read_bytes()).hexdigest()
    changed = load("mace-mp-0", weights=tmp_path / "changed.model", sha256=sha256, dtype="float64")
    with pytest.raises(AssertionError):
        assert_as_written(changed, mace_record)


def test_an_interrupted_download_goes_on_where_it_stopped(cache, server, mace_content, mace_sha256):
    server.stop_after = 3_000_000
    with pytest.raises(ConnectionError, match=r"after 3.0 of 6.9 MB; run the same line again"):
        published_weights(SMALL, url=server.url, sha256=mace_sha256)
    assert left_behind(cache) == [".lock", ".part"]  # nothing under the final name
    server.stop_after = None
    assert published_weights(SMALL, url=server.url, sha256=mace_sha256) == mace_content
    assert server.sent == [(0, len(mace_content)), (3_000_000, len(mace_content))]
    assert left_behind(cache) == [".lock", ".model"]


def test_a_server_that_sends_all_or_nothing_starts_afresh(cache, server, mace_content, mace_sha256):
    server.ranges, server.stop_after = False, 3_000_000
    with pytest.raises(ConnectionError):
        published_weights(SMALL, url=server.url, sha256=mace_sha256)
    server.stop_after = None
    assert published_weights(SMALL, url=server.url, sha256=mace_sha256) == mace_content


def test_a_whole_file_that_was_not_yet_renamed_is_not_sent_again(
    cache, server, mace_content, mace_sha256
):
    path = cached_file(SMALL, mace_sha256)
    path.parent.mkdir(parents=True)
    Path(f"{path}.part").write_bytes(mace_content)
    assert published_weights(SMALL, url=server.url, sha256=mace_sha256) == mace_content
    assert server.sent == []


def test_two_processes_download_it_once(cache, server, mace_content, mace_sha256):
    script = (
        "import sys, hashlib; from lecture8.foundation_models import MODELS; "
        "from lecture8.foundation_models.weights import published_weights; "
        "content = published_weights(MODELS['mace-mp-0-small'], url=sys.argv[1], "
        "sha256=sys.argv[2]); assert hashlib.sha256(content).hexdigest() == sys.argv[2]"
    )
    command = [sys.executable, "-c", script, server.url, mace_sha256]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    for process in running:
        error = process.communicate()[1]
        assert process.returncode == 0, error.decode()
    assert server.sent == [(0, len(mace_content))]


class Trap:
    """A pickle that makes a file as it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def trap(tmp_path):
    return tmp_path / "it ran", pickle.dumps(Trap(tmp_path / "it ran"))


def test_a_file_with_another_checksum_is_never_opened(cache, server, trap, tmp_path):
    sprung, server.content = trap
    with pytest.raises(ValueError, match="it was removed and never opened") as refusal:
        load("mace-mp-0", url=server.url)
    assert SMALL.sha256 in str(refusal.value)
    assert left_behind(cache) == [".lock"]
    (tmp_path / "mine.model").write_bytes(server.content)
    with pytest.raises(ValueError, match=r"opening one can run code.*pass sha256="):
        load("mace-mp-0", weights=tmp_path / "mine.model")
    assert (tmp_path / "mine.model").exists()  # what is not ours is left alone
    path = cached_file(SMALL, SMALL.sha256)
    path.write_bytes(server.content)
    with pytest.raises(ValueError, match=r"the file in the cache.*removed"):
        load("mace-mp-0", url=server.url)
    assert not path.exists()
    assert not sprung.exists()


def test_the_trap_works_where_the_checksum_is_given(cache, trap, tmp_path):
    """The twin: so the test above can fail."""
    sprung, content = trap
    (tmp_path / "mine.model").write_bytes(content)
    with pytest.raises(ValueError, match="is it a MACE model"):
        load(
            "mace-mp-0",
            weights=tmp_path / "mine.model",
            sha256=hashlib.sha256(content).hexdigest().upper(),
        )
    assert sprung.exists()


def test_a_file_of_your_own_needs_no_network(cache, tmp_path, mace_content, mace_sha256):
    path = tmp_path / "own.model"
    path.write_bytes(mace_content)
    assert published_weights(SMALL, weights=path, sha256=mace_sha256) == mace_content
    assert not cache.exists()
    with pytest.raises(FileNotFoundError, match="there is no file"):
        published_weights(SMALL, weights=tmp_path / "none.model")
    path.write_bytes(mace_content[:1000])
    with pytest.raises(ValueError, match=r"\(1000 bytes\).*copy it again"):
        published_weights(SMALL, weights=path, sha256=mace_sha256)


def test_the_file_that_mace_torch_downloaded_is_used(cache, mace_content, mace_sha256):
    from mace.calculators.foundations_models import mace_mp_urls
    from mace.tools.utils import get_cache_dir

    name = mace_mp_urls["small"].rsplit("/", 1)[-1]
    path = get_cache_dir() / "".join(c for c in name if c.isalnum() or c in "_")
    path.parent.mkdir(parents=True)
    path.write_bytes(mace_content)
    assert path.is_relative_to(cache)
    assert published_weights(SMALL, sha256=mace_sha256) == mace_content


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_is_not_taken_for_a_broken_line(cache, server, mace_sha256):
    path = cached_file(SMALL, mace_sha256)
    path.parent.mkdir(parents=True)
    Path(f"{path}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"the disk is full; make room.*XDG_CACHE_HOME") as caught:
        published_weights(SMALL, url=server.url, sha256=mace_sha256)
    assert not isinstance(caught.value, ConnectionError)
    assert not path.exists()


def test_a_cache_that_cannot_be_made_is_named(tmp_path, monkeypatch, server, mace_sha256):
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(OSError, match=r"cache/lecture8 cannot be written: .*set the variable"):
        published_weights(SMALL, url=server.url, sha256=mace_sha256)


def test_a_checksum_and_an_address_that_are_none_are_said(cache, mace_sha256):
    with pytest.raises(ValueError, match="sha256 is '5a', but a checksum has 64"):
        published_weights(SMALL, sha256="5a")
    with pytest.raises(ConnectionError, match="no_url cannot be reached"):
        published_weights(SMALL, url="no_url", sha256=mace_sha256)


def test_without_a_network_the_message_says_which_file_to_put_where(cache, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    url = "http://127.0.0.1:9/small.model"  # nothing listens there
    with pytest.raises(ConnectionError) as failure:
        load("mace-mp-0", url=url)
    message = str(failure.value)
    for part in (url, str(cached_file(SMALL, SMALL.sha256)), SMALL.sha256, "weights="):
        assert part in message
    assert "load('sevennet-0') and load('chgnet') work offline" in message


def test_a_page_that_is_not_there_is_said(cache, server):
    server.content = b""  # the server answers 416 to whatever it is asked
    with pytest.raises(ConnectionError, match="416"):
        load("mace-mp-0", url=server.url)


@pytest.mark.parametrize("name", ["sevennet-0", "chgnet", "chgnet-r2scan"])
def test_weights_of_a_wheel_that_are_cut_short_or_missing_are_said(name, tmp_path, monkeypatch):
    model = MODELS[name]
    whole = model.path().read_bytes()
    version = metadata.version(model.wheel)
    # An installation of its own that Python finds first.
    information = Path(metadata.distribution(model.wheel).locate_file("")).glob(
        f"{model.wheel}-*.dist-info"
    )
    shutil.copytree(next(information), tmp_path / f"{model.wheel}-{version}.dist-info")
    monkeypatch.syspath_prepend(tmp_path)
    remedy = f"--force-reinstall --no-deps {model.wheel}=={version}"
    assert not is_here(model)
    with pytest.raises(FileNotFoundError, match=remedy):
        load(name)
    (tmp_path / model.file).parent.mkdir(parents=True)
    (tmp_path / model.file).write_bytes(whole[:-1000])
    with pytest.raises(ValueError, match=f"cut short.*{remedy}"):
        load(name)
