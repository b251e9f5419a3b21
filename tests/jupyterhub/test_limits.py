"""One machine and a cluster give a student the same."""

import re
from pathlib import Path

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
