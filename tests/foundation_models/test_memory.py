"""The limit of a container counts, and a calculation that does not fit is refused in words."""

import pytest
from ase.build import bulk

from lecture8.foundation_models import memory
from tests.foundation_models.test_loading import run

MB = 2**20


def version_2(folder, maximum):
    (folder / "memory.max").write_text(f"{maximum}\n")
    (folder / "memory.current").write_text(f"{600 * MB}\n")
    (folder / "memory.stat").write_text(f"anon 1\ninactive_file {100 * MB}\n")


def version_1(folder, maximum):
    (folder / "memory").mkdir()
    (folder / "memory/memory.limit_in_bytes").write_text(f"{maximum}\n")
    (folder / "memory/memory.usage_in_bytes").write_text(f"{600 * MB}\n")
    (folder / "memory/memory.stat").write_text(f"cache 1\ntotal_inactive_file {100 * MB}\n")


@pytest.mark.parametrize("write", [version_1, version_2])
def test_what_a_container_leaves(write, tmp_path, monkeypatch):
    """The format is that of the kernel's Documentation/admin-guide/cgroup-v1 and -v2."""
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    whole = memory.available_memory_MB()
    assert whole > 500  # no limit: what the machine has
    write(tmp_path, 700 * MB)
    assert memory.available_memory_MB() == 200
    if write is version_2:
        version_2(tmp_path, "max")
        assert memory.available_memory_MB() == pytest.approx(whole, rel=0.2)  # others use it too


def test_a_cell_that_does_not_fit_is_refused_before_it_is_tried(
    sevennet, chgnet, tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    version_2(tmp_path, 700 * MB)
    large = bulk("Si", cubic=True) * (3, 3, 3)
    # 28 neighbours each within 5 Å, at 0.15 MB.
    with pytest.raises(MemoryError, match="sevennet-0 needs about 907 MB for 216 atoms, and 200"):
        sevennet.get_potential_energy(large)
    with pytest.raises(MemoryError, match="take a smaller cell"):
        chgnet.get_potential_energy(large)
    sevennet.get_potential_energy(bulk("Si", cubic=True))
    # What sufficed once is not asked about again: torch may still hold that memory.
    version_2(tmp_path, 500 * MB)
    sevennet.get_potential_energy(bulk("Si", cubic=True, a=5.5))


ESTIMATE = """
import psutil, sys, threading, time
from ase.build import bulk
from lecture8.foundation_models import load
potential = load(sys.argv[1])
potential.get_forces(bulk("Si", cubic=True))
memory, running = [psutil.Process().memory_info().rss], True
def watch():
    while running:
        memory.append(psutil.Process().memory_info().rss)
        time.sleep(0.002)
thread = threading.Thread(target=watch)
thread.start()
potential.get_forces(bulk(sys.argv[2], cubic=True) * (2, 2, 2))
running = False
thread.join()
print((max(memory) - memory[0]) / 2**20, potential._memory_that_sufficed)
"""


@pytest.mark.parametrize("case", [("sevennet-0", "Si"), ("chgnet", "Si"), ("chgnet", "Cu")])
def test_the_estimate_is_about_what_is_taken(case):
    """Within a factor of two: angles dominate in copper, pairs in silicon."""
    done = run(ESTIMATE, *case)
    assert done.returncode == 0, done.stderr
    taken, estimate = map(float, done.stdout.split())
    assert 0.5 < estimate / taken < 2


TIGHT = """
import psutil, resource
from ase.build import bulk
from lecture8.foundation_models import load
potential = load()
potential.get_forces(bulk("Si", cubic=True))
most = psutil.Process().memory_info().vms + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    potential.get_forces(bulk("Si", cubic=True) * (3, 3, 3))
except MemoryError as error:
    print(error)
"""


def test_an_allocation_that_fails_all_the_same_is_said_in_words():
    """The limit of an address space, which no container reports."""
    done = run(TIGHT)
    assert done.returncode == 0, done.stderr
    assert "sevennet-0 needs about 907 MB for 216 atoms" in done.stdout
