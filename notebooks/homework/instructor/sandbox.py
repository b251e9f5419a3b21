"""Where a submission runs: no network, none of the instructor's files, and an end to its patience.

Bubblewrap (Debian's `bubblewrap`) makes it from what it binds, and it binds only the system's
programs, the course's environment and `lecture8`, read-only. Not the gradebook, not the hidden
tests, not other submissions. What a submission writes goes to memory of bounded size, and is gone.
"""

import ctypes
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from bounded import limits
from watching import threads_of_mine, watch

import lecture8

INSIDE = Path(__file__).resolve().parent / "inside"
LECTURE8 = Path(lecture8.__file__).resolve().parent
MOST_MEMORY = 4 * 2**30  # bytes, of one process and of all together
MOST_PROCESSES = 128  # and threads
MOST_ROOM = 200_000_000  # bytes in each place that can be written to: /tmp, /dev/shm, /submission
MOST_RESULT = 30_000_000  # bytes of the executed notebook
LEAST_LEFT = 300 * 2**20  # bytes of the machine: some kinds of memory are no process's
WITHOUT, AS_ROOT = "LECTURE8_GRADE_WITHOUT_SANDBOX", "LECTURE8_GRADE_AS_ROOT"

# What programs look up in /etc. Its other files are nobody's business.
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime")
ENVIRONMENT, COURSE, DOOR, HOME = "/environment", "/course", "/door", "/submission"


class CannotGrade(Exception):
    """Why nothing can be graded on this machine, and what to do."""


def refuse_where_it_is_unsafe() -> None:
    """Raise CannotGrade without bubblewrap, and for root where another user could grade."""
    if os.environ.get(WITHOUT) == "1":
        return
    if shutil.which("bwrap") is None:
        raise CannotGrade(
            "Submissions are run in a sandbox, and bubblewrap is not installed (Debian: apt "
            "install bubblewrap; macOS has none: grade on the hub or in a Linux container). If you "
            f"trust all your students with your files, set {WITHOUT}=1."
        )
    others = [user.pw_name for user in pwd.getpwall() if 1000 <= user.pw_uid < 60000]
    if os.getuid() == 0 and others and os.environ.get(AS_ROOT) != "1":
        raise CannotGrade(
            "Root grades here, and a submission that broke out would own the machine. Grade as "
            f"{others[0]} or another user: runuser -u {others[0]} -- nbgrader ... If no user can "
            f"(a container of one's own), set {AS_ROOT}=1."
        )


def command(door: Path) -> list[str]:
    """Return the words before a command that shut it in; it sees what lies in `door`."""
    words = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    words += ["--uid", "1000", "--gid", "1000", "--hostname", "submission"]
    words += ["--die-with-parent", "--new-session", "--clearenv"]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib64"):
        if os.path.islink(f"/{name}"):
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        elif os.path.exists(f"/{name}"):
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    packages = Path(sysconfig.get_path("purelib")).resolve()
    for path in (Path(sys.base_prefix), packages):  # where links of the environment lead
        if not path.is_relative_to("/usr") and not path.is_relative_to(Path(sys.prefix)):
            words += ["--ro-bind", str(path), str(path)]
    words += ["--ro-bind", sys.prefix, ENVIRONMENT]
    words += ["--ro-bind", str(LECTURE8), f"{COURSE}/lecture8", "--ro-bind", str(INSIDE), "/inside"]
    words += ["--ro-bind", str(door), DOOR, "--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm", HOME):
        words += ["--size", str(MOST_ROOM), "--tmpfs", place]
    # Two of these are memory as well, and bubblewrap leaves them open and without a bound. Of the
    # third it leaves /proc/sys open where root grades, and with it the settings of the machine.
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--remount-ro", "/proc"]
    return [*words, "--chdir", HOME]


def run(arguments: list[str], door: Path, content: bytes, *, seconds: float) -> tuple[bytes, str]:
    """Run Python with `content` on its standard input.

    Parameters
    ----------
    arguments : list of str
        What Python gets; ``{inside}`` stands for the folder of what it may run.
    door : Path
        A folder it can read, with the examiner's socket.
    content : bytes
    seconds : float
        After which it is stopped.

    Returns
    -------
    result : bytes
        What it wrote to its standard output, `MOST_RESULT` bytes at most.
    why : str
        Empty, or in words why it did not end well.
    """
    shut_in = os.environ.get(WITHOUT) != "1"
    python = f"{ENVIRONMENT}/{Path(sys.executable).relative_to(sys.prefix)}"
    variables = {
        "HOME": HOME if shut_in else str(door),
        "PATH": f"{ENVIRONMENT}/bin:/usr/bin:/bin" if shut_in else os.environ["PATH"],
        "PYTHONPATH": f"/inside:{COURSE}" if shut_in else f"{INSIDE}:{LECTURE8.parent}",
        "USER": "student",
        "OMP_NUM_THREADS": "1",
        "LECTURE8_EXAMINER": f"{DOOR if shut_in else door}/examiner",
    }
    words = [python if shut_in else sys.executable]
    words += [a.format(inside="/inside" if shut_in else INSIDE) for a in arguments]
    if shut_in:
        given = [w for name, value in variables.items() for w in ("--setenv", name, value)]
        words = [*command(door), *given, *words]
    # Linux counts what the user has elsewhere, too (from 5.14 on in the sandbox alone).
    processes = MOST_PROCESSES + threads_of_mine()
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as result,
        tempfile.TemporaryFile() as said,
    ):
        stdin.write(content)
        stdin.seek(0)
        process = subprocess.Popen(
            words,
            env=variables | ({"PATH": os.environ["PATH"]} if shut_in else {}),
            cwd=door,
            stdin=stdin,
            stdout=result,
            stderr=said,
            start_new_session=True,
            preexec_fn=lambda: (
                limits(
                    memory=MOST_MEMORY,
                    seconds=int(seconds) + 10,
                    room=MOST_RESULT,
                    processes=processes,
                ),
                _leave_the_keys(),
            ),
        )
        why = watch(
            process,
            seconds=seconds,
            processes=MOST_PROCESSES,
            memory=MOST_MEMORY,
            left=LEAST_LEFT,
        )
        for file in (result, said):
            file.seek(0)
        if not why and process.returncode:
            last = said.read(100_000).decode(errors="replace").strip()[-500:]
            why = last or f"it died ({process.returncode})"
        return result.read(MOST_RESULT), why


def _leave_the_keys() -> None:
    """Join a new session keyring: Linux hands down the instructor's, which can be read."""
    number = {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)  # the call `keyctl`
    if sys.platform == "linux" and number:
        ctypes.CDLL(None).syscall(number, 1, None)  # KEYCTL_JOIN_SESSION_KEYRING
