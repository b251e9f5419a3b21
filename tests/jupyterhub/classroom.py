"""A class on this machine: the hub's tree, an environment, users, a hub. All of it goes again."""

import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from slides import build_deck

ROOT = Path(__file__).resolve().parents[2]
MAKE_TREE = ROOT / "jupyterhub" / "hub_tree.py"
PROXY = ROOT / "jupyterhub" / "node_modules" / ".bin" / "configurable-http-proxy"
PEOPLE = {"teacher": "staff", "alice": "class", "bob": "class"}  # and their groups


def missing() -> str:
    """Return in words what this machine lacks for a class, or nothing."""
    if os.getuid() != 0:
        return "root, to make users and to become them"
    if wanting := [t for t in ("useradd", "chpasswd", "runuser", "bwrap") if not shutil.which(t)]:
        return f"the programs {', '.join(wanting)}"
    if build_deck.chromium() is None:
        return "a Chromium, to be seen by a student (Debian: apt install chromium)"
    if not PROXY.exists():
        return "its proxy (make jupyterhub/node_modules/.bin/configurable-http-proxy)"
    if ROOT.is_relative_to("/tmp"):
        return "a repository outside of /tmp: everybody on the hub has a /tmp of their own"
    if not all_can_read(PROXY) or not all_can_read(Path(sys.prefix) / "lib"):
        return f"a repository that other users can read ({ROOT} is none)"
    return ""


def all_can_read(path: Path) -> bool:
    """Return whether any user of the machine can reach and read `path`."""
    steps = [path.resolve(), *path.resolve().parents]
    return bool(steps[0].stat().st_mode & 0o004) and all(
        p.stat().st_mode & 0o001 for p in steps[1:]
    )


@dataclass
class Classroom:
    """A folder, a Python, some users and a running hub: `with open_class(...) as classroom`."""

    folder: Path
    people: dict = field(default_factory=lambda: PEOPLE)
    tag: str = field(default_factory=lambda: secrets.token_hex(3))
    passwords: dict = field(default_factory=dict)
    hub: subprocess.Popen | None = None
    port: int = 0
    scheme: str = "http"

    @property
    def tree(self):
        """Return what the hub runs from."""
        return self.folder / "lecture8"

    @property
    def config(self):
        """Return the hub's configuration."""
        return self.tree / "jupyterhub" / "jupyterhub_config.py"

    @property
    def python(self):
        """Return the interpreter that students can run."""
        return self.folder / "environment" / "bin" / "python"

    @property
    def address(self):
        """Return where the hub is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def name(self, person):
        """Return the account of a person: `alice`, and a tag that no real user has."""
        return f"{person}-{self.tag}"

    def home(self, person):
        """Return the home folder of a person."""
        return self.folder / "home" / self.name(person)

    def make_tree(self):
        """Make the hub's tree by its own command, with the strictest umask, and link the proxy."""
        command = [sys.executable, MAKE_TREE, self.tree]
        subprocess.run(command, check=True, umask=0o077, stdout=subprocess.DEVNULL)
        (self.config.parent / "node_modules").symlink_to(PROXY.parents[1])

    def make_environment(self):
        """Make an environment like ours, around a Python that others can run.

        `make hub-tree` would install it; that takes ten minutes and gigabytes.
        """
        environment = self.folder / "environment"
        (environment / "bin").mkdir(parents=True)
        python = Path(sys.executable).resolve()
        if not all_can_read(python):  # in root's home, say
            python = copy_of_python(python, self.folder / "python")
        self.python.symlink_to(python)
        for script in Path(sys.prefix, "bin").iterdir():  # with that Python in their first line
            if script.is_file() and (text := script.read_bytes()).startswith(b"#!"):
                copy = environment / "bin" / script.name
                copy.write_bytes(re.sub(rb"^#!.*python.*", b"#!%s" % bytes(self.python), text))
                copy.chmod(0o755)
        for part in ("lib", "etc", "share"):
            (environment / part).symlink_to(Path(sys.prefix) / part)
        (environment / "pyvenv.cfg").write_text(f"home = {Path(python).parent}\n")

    def make_users(self):
        """Make the people, with homes as a plain `useradd` makes them."""
        self.home("x").parent.mkdir()
        for group in ("staff", "class"):
            run("groupadd", "--force", self.name(group))
        for person, group in ({"teacher": "staff"} | self.people).items():
            place = ("--create-home", "--home-dir", self.home(person))
            run("useradd", *place, "--groups", self.name(group), self.name(person))
            self.passwords[person] = secrets.token_urlsafe(12)
            run("chpasswd", stdin=f"{self.name(person)}:{self.passwords[person]}\n")

    def start(self, **settings):
        """Start the hub with the repository's own configuration."""
        self.port, hub_port, api_port = free_ports(3)
        self.scheme = "https" if "HUB_SSL_CERT" in settings else "http"
        environment = os.environ | self.paths() | self.groups() | {"HUB_ADDRESS": self.address}
        ports = (
            f"--JupyterHub.hub_port={hub_port}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api_port}",
        )
        with open(self.folder / "hub.log", "a") as log:
            self.hub = subprocess.Popen(
                [self.python, "-m", "jupyterhub", f"--config={self.config}", *ports],
                cwd=self.folder, env=environment | settings, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(lambda: answers(f"{self.address}/hub/health"), "the hub", 60, self.hub)

    def stop(self):
        """Stop the hub, which stops its proxy and servers."""
        if self.hub and self.hub.poll() is None:
            self.hub.send_signal(signal.SIGTERM)
            try:
                self.hub.wait(timeout=30)
            except subprocess.TimeoutExpired:
                for process in [*psutil.Process(self.hub.pid).children(True), self.hub]:
                    process.kill()
                self.hub.wait()

    def paths(self):
        """Return how programs find the tree, whose `lecture8` comes before our repository's."""
        return {
            "PYTHONPATH": str(self.tree),
            "JUPYTER_CONFIG_PATH": str(self.config.parent),
            "HUB_EXCHANGE": str(self.folder / "exchange"),
        }

    def groups(self):
        """Return the hub's settings for this class."""
        return {
            "HUB_STATE": str(self.folder / "state"),
            "HUB_STUDENTS": self.name("class"),
            "HUB_INSTRUCTORS": self.name("staff"),
        }

    def as_user(self, person, *words, cwd=None):
        """Run a command as a person and return what came of it."""
        command = ["runuser", "-u", self.name(person), "--", "env", "-i"]
        command += [f"HOME={self.home(person)}", f"USER={self.name(person)}"]
        command += [f"PATH={self.python.parent}:/usr/bin:/bin"]
        command += [f"{name}={value}" for name, value in self.paths().items()]
        return subprocess.run(
            [*command, *map(str, words)],
            cwd=cwd or self.home(person), capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def give(self, person, what, where):
        """Put a copy of our file or folder into a home, as its owner would have it."""
        copy = shutil.copytree if what.is_dir() else shutil.copy
        copy(what, where)
        run("chown", "--recursive", f"{self.name(person)}:", where)

    def nbgrader(self, *words):
        """Run nbgrader as the teacher, in the course's folder, and return what it said."""
        course = self.home("teacher") / "course"
        done = self.as_user("teacher", "nbgrader", *words, cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def processes(self, person):
        """Return all processes of a person."""
        found = []
        for process in psutil.process_iter(["username"]):
            if process.info["username"] == self.name(person):
                found.append(process)
        return found

    def proxy(self):
        """Return the process of the proxy that runs or ran last, or None while it is exchanged."""
        try:
            return psutil.Process(int((self.folder / "state" / "proxy.pid").read_text()))
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def remove(self):
        """Remove all that was made, whatever of it there is."""
        self.stop()
        for person in self.passwords:
            for process in self.processes(person):
                process.kill()
        for person in self.passwords:
            wait_for(lambda p=person: not self.processes(p), f"the end of {person}'s processes", 10)
            subprocess.run(["userdel", self.name(person)], check=False)
        for group in ("staff", "class", *self.passwords):
            subprocess.run(["groupdel", "--force", self.name(group)], capture_output=True)
        # The deepest control groups first; only empty ones can be removed.
        for parent in [*Path("/sys/fs/cgroup").glob("lecture8-hub"),
                       *Path("/sys/fs/cgroup").glob("*/lecture8-hub")]:  # fmt: skip
            for group in [*parent.glob(f"*-{self.tag}"), parent]:
                if not [f for f in group.iterdir() if f.is_dir()]:
                    group.rmdir()
        shutil.rmtree(self.folder)


def copy_of_python(python, place):
    """Copy interpreter and standard library to `place`; return the interpreter there."""
    library = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"
    unneeded = shutil.ignore_patterns("site-packages", "test", "config-*", "*.a")
    shutil.copytree(Path(sys.base_prefix) / library, place / library, ignore=unneeded)
    (place / "bin").mkdir()
    copied = Path(shutil.copy(python, place / "bin"))
    shared = Path(sysconfig.get_config_var("LIBDIR")) / sysconfig.get_config_var("INSTSONAME")
    if shared.suffix != ".a":
        shutil.copy(shared, place / "lib")
        # Where the loader looks for that library is written in the interpreter.
        old, new = bytes(shared.parent), b"$ORIGIN/../lib"
        copied.write_bytes(copied.read_bytes().replace(old + b"\0", new.ljust(len(old) + 1, b"\0")))
    return copied


def run(*words, stdin=None):
    """Run a command that must succeed."""
    done = subprocess.run([*map(str, words)], input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, words))} failed: {done.stderr}"


def free_ports(n):
    """Return ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def answers(url):
    """Return whether a page can be had, whoever signed its certificate."""
    anyone = ssl._create_unverified_context()
    try:
        return urllib.request.urlopen(url, timeout=5, context=anyone).status == 200
    except OSError:
        return False


def wait_for(happens, what, seconds, process=None):
    """Wait until something happens, and say what did not."""
    end = time.monotonic() + seconds
    while not happens():
        assert process is None or process.poll() is None, f"{what} ended instead of starting"
        assert time.monotonic() < end, f"no {what} within {seconds} s"
        time.sleep(0.2)


@contextmanager
def open_class(people=PEOPLE, **settings):
    """Yield a class with a running hub, and remove everything afterwards."""
    assert PROXY.exists(), f"{PROXY} is missing: `make test` installs it"
    # Not in /tmp, of which each student has their own.
    made = Classroom(Path(tempfile.mkdtemp(prefix="hub-", dir="/opt")), people)
    try:
        made.folder.chmod(0o755)
        made.make_tree()
        made.make_environment()
        made.make_users()
        made.start(**settings)
        yield made
    except BaseException:
        log = made.folder / "hub.log"
        print(log.read_text()[-5000:] if log.exists() else "(no hub.log)")
        raise
    finally:
        made.remove()
