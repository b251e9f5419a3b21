"""Each bound of the sandbox, by a submission that would go beyond it."""

import ctypes
import os
import sys
from textwrap import dedent

import psutil
import pytest
import sandbox

COMMAND = ["-c", "import sys; exec(sys.stdin.read())"]


def run(tmp_path, source, seconds=60):
    door = tmp_path / "door"
    door.mkdir()
    program = f"import os, sys\n{dedent(source)}".encode()
    result, why = sandbox.run(COMMAND, door, program, seconds=seconds)
    return result.decode(), why


def test_it_sees_programs_and_the_course_and_nothing_else(tmp_path):
    source = """
    print(sorted(os.listdir("/")))
    print(sorted(set(os.listdir("/etc")) - {"alternatives", "fonts", "ld.so.cache", "ld.so.conf",
                                           "ld.so.conf.d", "localtime"}))
    print(os.listdir(), os.listdir("/tmp"), os.listdir("/door"), os.listdir("/course"))
    print(os.getuid(), [p for p in os.listdir("/proc") if p.isdigit()].__len__() < 4)
    import lecture8
    """
    seen, why = run(tmp_path, source)
    assert not why
    roots, etc, places, me = seen.splitlines()
    # The interpreter may lie in somebody's home; of that home nothing else is seen.
    allowed = {"bin", "course", "dev", "door", "environment", "etc", "inside", "lib", "lib64"}
    allowed |= {"proc", "submission", "tmp", "usr", sys.base_prefix.split("/")[1]}
    assert set(eval(roots)) <= allowed
    assert eval(etc) == []
    assert places == "[] [] [] ['lecture8']"
    assert me == "1000 True"


def test_the_settings_of_the_machine_are_closed(tmp_path):
    """Also for root, whose files they are."""
    source = """
    for name in ("/proc/sys/kernel/core_pattern", "/proc/sys/fs/lease-break-time"):
        try:
            open(name, "w").close()
            print(name)
        except OSError:
            pass
    """
    assert run(tmp_path, source) == ("", "")


def test_the_keys_of_the_instructor_stay_outside(tmp_path):
    source = """
    import ctypes
    call = ctypes.CDLL(None, use_errno=True).syscall
    print(call(250, 10, -3, b"user", b"of-the-instructor", 0))  # KEYCTL_SEARCH in the session
    """
    if os.uname().machine != "x86_64":
        pytest.skip("the number of the call is that of x86_64")
    call = ctypes.CDLL(None).syscall
    call(250, 1, None)  # a session of our own to plant it in
    if call(248, b"user", b"of-the-instructor", b"secret", 6, -3) < 0:
        pytest.skip("this Linux keeps no keys")
    assert call(250, 10, -3, b"user", b"of-the-instructor", 0) > 0
    assert run(tmp_path, source)[0].strip() == "-1"


def test_it_can_write_where_it_is_forgotten_and_nowhere_else(tmp_path):
    source = """
    for folder in ("/", "/dev", "/usr", "/environment", "/course/lecture8", "/inside", "/door",
                   "/tmp", "/dev/shm", "/submission"):
        try:
            open(folder + "/new", "w").close()
            print(folder)
        except OSError:
            pass
    """
    assert run(tmp_path, source)[0].split() == ["/tmp", "/dev/shm", "/submission"]
    assert os.listdir(tmp_path / "door") == []


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm", "/submission"])
def test_room_is_bounded(tmp_path, monkeypatch, place):
    monkeypatch.setattr(sandbox, "MOST_ROOM", 5_000_000)
    source = f"""
    written = 0
    try:
        for number in range(100):
            with open("{place}/" + str(number), "wb", buffering=0) as file:
                written += file.write(bytes(1_000_000))
    except OSError as error:
        print(written, error.strerror)
    """
    written, strerror = run(tmp_path, source)[0].strip().split(" ", 1)
    assert 3e6 < int(written) <= 5e6
    assert strerror == "No space left on device"


def test_a_file_is_bounded_and_so_is_the_result(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_RESULT", 1_000_000)
    result, why = run(tmp_path, "sys.stdout.write('x' * 5_000_000)")
    assert len(result) <= 1_000_000
    assert why


def test_what_it_says_on_the_way_is_bounded(tmp_path):
    _, why = run(tmp_path, "sys.stderr.write('x' * 10_000_000); sys.exit(1)")
    assert len(why) <= 500


def test_processes_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_PROCESSES", 30)
    source = """
    import ctypes, time
    for _ in range(200):
        try:
            ctypes.CDLL(None).prctl(15, b"Threads:\\t0")  # its name, which psutil would believe
            if os.fork() == 0:
                time.sleep(100)
        except OSError:
            break
    time.sleep(100)
    """
    _, why = run(tmp_path, source)
    assert why == "it had more than 30 processes and threads"
    mine = [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[1:] == COMMAND]
    assert psutil.wait_procs(mine, timeout=30)[1] == []  # they went with the first one


def test_memory_is_bounded_in_one_process(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_MEMORY", 300 * 2**20)
    assert "MemoryError" in run(tmp_path, "bytearray(400 * 2**20)")[1]


def test_memory_is_bounded_in_all_processes_together(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_MEMORY", 300 * 2**20)
    source = """
    import time
    for _ in range(2):
        if os.fork() == 0:
            break
    mine = bytearray(os.urandom(1000)) * 150_000
    time.sleep(100)
    """
    assert "processes took more than" in run(tmp_path, source)[1]


def test_memory_that_is_no_process_s_is_noticed(tmp_path, monkeypatch):
    """Files that lie in memory and that nobody maps."""
    left = psutil.virtual_memory().available - 500 * 2**20
    monkeypatch.setattr(sandbox, "LEAST_LEFT", left)
    source = """
    import time
    kept = []
    for _ in range(60):
        kept.append(os.memfd_create("m"))
        os.write(kept[-1], bytes(29_000_000))
    time.sleep(100)
    """
    assert "of the memory there is" in run(tmp_path, source)[1]


def test_time_is_bounded(tmp_path):
    assert run(tmp_path, "while True: pass", seconds=2)[1] == "it did not end within 2 s"


def test_there_is_no_network_and_no_way_out(tmp_path):
    source = """
    import socket
    try:
        socket.create_connection(("127.0.0.1", 22), timeout=2)
    except OSError as error:
        print(error.strerror)
    print(os.system("unshare --user true 2> /dev/null") != 0)
    """
    refused, no_namespace = run(tmp_path, source)[0].splitlines()
    assert refused in ("Network is unreachable", "Connection refused")
    assert no_namespace == "True"
