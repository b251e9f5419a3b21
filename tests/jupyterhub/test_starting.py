"""How the hub starts, as a service and with a certificate; what it refuses; how it lets go.

These tests stop and start the class's hub, so they come last: by their name, as pytest runs files.
"""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .browser import log_in
from .classroom import ROOT, wait_for

UNIT = "lecture8-hub.service"


def refusal(classroom, python=None, config=None, before=None, **settings):
    """Return what the hub says instead of starting, as root with these settings."""
    command = [python or classroom.python, "-m", "jupyterhub"]
    environment = os.environ | classroom.paths() | classroom.groups() | settings
    told = subprocess.run(
        [*command, f"--config={config or classroom.config}", "--ip=127.0.0.1"],
        cwd=classroom.folder, env=environment, preexec_fn=before, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    return told.stderr


def test_an_idle_server_is_stopped(classroom, chromium):
    classroom.stop()
    classroom.start(HUB_IDLE_SECONDS="6", HUB_ALLOW_UNBOUNDED="1")
    assert not classroom.processes("bob")
    log_in(chromium, classroom, "bob").context.close()
    wait_for(lambda: not classroom.processes("bob"), "idle server that is stopped", 60)


def self_signed(folder):
    """Write a certificate for 127.0.0.1 and its key; return the two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(signed.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, form, plain))
    files[1].chmod(0o600)
    return files


def test_https_and_cookies_that_go_with_the_browser(classroom, chromium):
    classroom.stop()
    certificate, key = self_signed(classroom.folder)
    classroom.start(HUB_SSL_CERT=str(certificate), HUB_SSL_KEY=str(key), HUB_ALLOW_UNBOUNDED="1")
    page = log_in(chromium, classroom, "alice")
    assert page.url.startswith("https://")
    cookies = {c["name"]: c for c in page.context.cookies() if c["name"].startswith("jupyterhub")}
    assert len(cookies) > 2  # of the hub, of the session, of her server
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["expires"] == -1, cookie  # with the browser
    page.context.close()


def test_a_cookie_is_worth_nothing_after_half_a_day(classroom):
    shown = subprocess.run(
        [classroom.python, "-m", "jupyterhub", f"--config={classroom.config}", "--show-config"],
        env=os.environ | classroom.paths() | classroom.groups() | {"HUB_ALLOW_UNBOUNDED": "1"},
        cwd=classroom.folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ".cookie_max_age_days = 0.5" in shown.stdout


def test_the_hub_says_what_it_needs(classroom):
    start = ("python", "-m", "jupyterhub", f"--config={classroom.config}")
    assert "Start the hub as root" in classroom.as_user("bob", *start).stderr
    nobody = refusal(classroom, HUB_INSTRUCTORS=classroom.name("empty"))
    assert f"There is no group '{classroom.name('empty')}'" in nobody

    private = classroom.folder / "private"
    hidden = shutil.ignore_patterns("node_modules")
    shutil.copytree(classroom.config.parent, private / "jupyterhub", ignore=hidden)
    config = private / "jupyterhub" / classroom.config.name
    assert "run `make hub-tree`" in refusal(classroom, config=config)
    (config.parent / "node_modules").symlink_to(classroom.config.parent / "node_modules")
    (private / "notebooks" / "homework" / "source").mkdir(parents=True)
    assert f"{private} is an instructor's clone" in refusal(classroom, config=config)
    private.chmod(0o700)
    assert f"Students may not read {config.parent}" in refusal(classroom, config=config)


def without(capability):
    """Return what takes a capability from root, as some containers do."""
    return ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv takes root's rights away")
def test_the_hub_refuses_to_start_where_it_cannot_bound_its_students(classroom):
    command = [*without("sys_admin"), classroom.python, "-m", "jupyterhub"]
    environment = os.environ | classroom.paths() | classroom.groups()
    environment.pop("HUB_ALLOW_UNBOUNDED", None)
    told = subprocess.run(
        [*command, f"--config={classroom.config}"],
        cwd=classroom.folder, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert "does not bound its students" in told.stderr
    assert "HUB_ALLOW_UNBOUNDED=1" in told.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_service_is_one_that_systemd_accepts(classroom):
    unit = classroom.config.parent / UNIT
    assert f"ExecStart={classroom.folder}/" in unit.read_text()
    environment = classroom.tree / ".venv" / "bin"
    environment.mkdir(parents=True, exist_ok=True)
    (environment / "python").unlink(missing_ok=True)
    (environment / "python").symlink_to(classroom.python)
    told = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    # It does read the file: one word less, and it says so.
    broken = classroom.folder / UNIT
    broken.write_text(unit.read_text().replace("ExecStart", "ExecBegin"))
    assert subprocess.run(["systemd-analyze", "verify", broken], capture_output=True).returncode


def test_no_tree_is_written_over_a_clone(classroom, tmp_path):
    (tmp_path / ".git").mkdir()
    for where, said in ((tmp_path, "something else than a hub's tree"), ("here", "absolute path")):
        command = [classroom.python, ROOT / "jupyterhub" / "hub_tree.py", where]
        told = subprocess.run(command, capture_output=True, text=True)
        assert told.returncode == 1
        assert said in told.stderr
        assert "Traceback" not in told.stderr


def test_everybody_can_read_the_tree_whatever_the_umask(classroom):
    for path in classroom.config.parent.glob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o755 if path.is_dir() else 0o644), path
    assert classroom.tree.stat().st_mode & 0o777 == 0o755
