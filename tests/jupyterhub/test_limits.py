"""One machine and a cluster give a student the same."""

import re
import resource
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HUB = Path(__file__).resolve().parents[2] / "jupyterhub"


def test_the_cluster_has_the_limits_of_the_machine():
    code = (HUB / "jupyterhub_config.py").read_text()
    machine = dict(re.findall(r'"HUB_(MEMORY_GB|CORES|IDLE_SECONDS)", "(\d+)"', code))
    cluster = yaml.safe_load((HUB / "zero-to-jupyterhub.yaml").read_text())
    student = cluster["singleuser"]
    assert student["memory"]["limit"] == f"{machine['MEMORY_GB']}G"  # the chart's G is 2**30 too
    assert student["cpu"]["limit"] == int(machine["CORES"])
    assert student["extraEnv"]["OMP_NUM_THREADS"] == machine["CORES"]
    assert cluster["cull"]["timeout"] == int(machine["IDLE_SECONDS"])


def test_the_instructions_name_every_setting():
    code = (HUB / "jupyterhub_config.py").read_text()
    for name, default in re.findall(r'"(HUB_\w+)", "([^"]+)"', code):
        (line,) = re.findall(rf"^\|.*`{name}`.*$", (HUB / "README.md").read_text(), flags=re.M)
        assert default in line


@pytest.mark.skipif(sys.platform != "linux", reason="Linux is what bounds a student's processes")
def test_the_density_functional_of_notebook_2_may_reserve_what_it_does_not_use(monkeypatch):
    """PySCF's gradient reserves 3.2 GB a thread: without leave to, a student's kernel died."""
    monkeypatch.syspath_prepend(HUB)  # as jupyterhub_config.py does
    most = 2 * 2**30 + runpy.run_path(HUB / "limits.py")["RESERVED"]

    def as_a_student():
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))

    code = """
from lecture8.reference import dft_energy_and_forces
from lecture8.structures import butane
dft_energy_and_forces(butane(), threads=2)
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, preexec_fn=as_a_student, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
