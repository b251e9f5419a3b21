"""Where a submission runs: no network, none of the instructor's files, and an end to its patience.

Bubblewrap (Debian's `bubblewrap`) makes it from what it binds, and it binds only the system, the
course's environment, `lecture8` and an empty folder. Not the gradebook, not the hidden tests, not
other submissions.
"""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import lecture8

INSIDE = Path(__file__).resolve().parent / "inside"
LECTURE8 = Path(lecture8.__file__).resolve().parent
MOST_MEMORY = 4 * 2**30  # bytes of one process
WITHOUT = "LECTURE8_GRADE_WITHOUT_SANDBOX"


def command(work: Path) -> list[str]:
    """Return the words before a command that shut it in with the folder `work`."""
    if os.environ.get(WITHOUT) == "1":
        return []
    if shutil.which("bwrap") is None:
        raise FileNotFoundError(
            "Submissions are run in a sandbox, and bubblewrap is not installed (Debian: apt "
            f"install bubblewrap). If you trust all your students with your files, set {WITHOUT}=1."
        )
    seen = [
        Path("/usr"),
        Path("/bin"),
        Path("/lib"),
        Path("/lib64"),
        Path("/etc"),
        LECTURE8,
        INSIDE,
    ]
    seen += [Path(sys.prefix), Path(sys.base_prefix)]
    binds = [word for path in seen if path.exists() for word in ("--ro-bind", path, path)]
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *map(str, binds),
        *("--bind", str(work), "/submission", "--chdir", "/submission"),
    ]


def run(arguments: list[str], work: Path, *, environment: dict, seconds: float) -> str:
    """Run a command on the folder `work`; return "" or, in words, why it did not end well."""
    shut_in = command(work)
    inner = "/submission" if shut_in else str(work)
    variables = {
        "HOME": inner,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(INSIDE),
        "OMP_NUM_THREADS": "1",
        **{name: value.format(folder=inner) for name, value in environment.items()},
    }
    if shut_in:
        shut_in += [w for name, value in variables.items() for w in ("--setenv", name, value)]
    try:
        ended = subprocess.run(
            [*shut_in, *(a.format(folder=inner) for a in arguments)],
            env=variables | ({"PATH": os.environ["PATH"]} if shut_in else {}),
            cwd=work,
            timeout=seconds,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY,) * 2),
            capture_output=True,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {seconds:.0f} s"
    return "" if ended.returncode == 0 else ended.stderr.strip()[-500:] or "it died"
