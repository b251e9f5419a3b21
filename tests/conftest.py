"""Frames that several tests share."""

import numpy as np
import pytest
from ase.build import bulk

from lecture8.frames import label
from lecture8.integrators import Langevin, simulate
from lecture8.reference import gfn2_xtb
from lecture8.structures import butane, thermalise
from lecture8.workers import LocalProcesses
from slides import build_deck
from tests.browser import running_chromium


@pytest.fixture(scope="session")
def butanes():
    """Four runs of butane at 600 K, ten frames each, 1 fs apart, labelled by GFN2-xTB."""
    xtb, made = gfn2_xtb(), []
    for run in range(4):
        rng = np.random.default_rng(run)
        trajectory = simulate(
            thermalise(butane(), temperature_K=600, rng=rng),
            xtb,
            timestep_fs=0.5,
            steps=38,
            record_every_fs=1,
            bath=Langevin(temperature_K=600, friction_per_fs=0.02),
            rng=rng,
        )
        # The first half warms up: its frames are all near the relaxed structure.
        for time, positions in zip(trajectory.times[10:], trajectory.positions[10:], strict=True):
            atoms = butane()
            atoms.positions = positions
            atoms.info = {"run": run, "time_ps": time, "temperature_K": 600}
            made.append(atoms)
    return label(made, xtb)


@pytest.fixture(scope="module")
def chromium():
    """Yield a running Chromium."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def copper():
    box = bulk("Cu", cubic=True)
    box.rattle(0.1, seed=1)
    box.set_cell(box.cell.array @ [[1.02, 0.01, 0], [0, 1, 0.02], [0, 0, 0.99]], scale_atoms=True)
    box.info["run"] = "cold"
    return box


@pytest.fixture(scope="module")
def workers():
    with LocalProcesses(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def dask_client():
    """A scheduler and two worker processes, which its nannies replace when they die."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def pytest_terminal_summary(terminalreporter):
    """Say loudly that a machine without a browser cannot check the deck."""
    skipped = [
        r for r in terminalreporter.stats.get("skipped", []) if "Chromium" in str(r.longrepr)
    ]
    if skipped and build_deck.chromium() is None:
        terminalreporter.write_sep("!", "THE DECK WAS NOT CHECKED", red=True, bold=True)
        terminalreporter.write_line(
            f"{len(skipped)} tests of the slides need a Chromium, and this machine has none. "
            "Install one (Debian: apt install chromium), or name yours in CHROME_PATH."
        )


def pytest_collection_modifyitems(items):
    """Keep the tests of a file on one worker of pytest-xdist: they share what is made once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))
