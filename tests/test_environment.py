"""What the course stands on works here: the engines, Python as it is started, make anywhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def test_importing_the_package_imports_nothing_heavy():
    script = (
        "import sys, lecture8; "
        "heavy = {'torch', 'ase', 'numpy', 'scipy', 'numba', 'matplotlib', 'schnetpack', 'pyscf', "
        "'tblite', 'sevenn', 'chgnet', 'mace', 'motep'} & set(sys.modules); sys.exit(str(heavy) "
        "if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("flags", [["-O"], ["-OO"]])
def test_python_without_asserts_is_refused(flags):
    """ASE reads files inside an assert; the notebooks' checks are asserts."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", "import lecture8.frames"], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert f"RuntimeError: Python runs with {flags[0]} " in done.stderr
    assert "Start Python without -O and unset PYTHONOPTIMIZE" in done.stderr


def test_the_variable_that_leaves_out_asserts_is_refused():
    done = subprocess.run(
        [sys.executable, "-c", "import lecture8"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONOPTIMIZE": "2"},
    )
    assert "RuntimeError: Python runs with -OO (or PYTHONOPTIMIZE is set)" in done.stderr


def test_notebook_1_imports_no_network_library():
    script = (
        "import sys; from lecture8 import integrators, plotting, potentials, validation; "
        "heavy = {'torch', 'schnetpack', 'pyscf', 'tblite', 'sevenn', 'chgnet', 'mace'}"
        " & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# What the lecture stands on works in this very environment: import it, and let it do one thing.

CARBON_MONOXIDE = "Atoms('CO', positions=[[0, 0, 0], [0, 0, 1.15]])"
SALT = "bulk('NaCl', 'rocksalt', a=5.64)"

WORKS = {
    "tblite": f"from tblite.ase import TBLite; atoms = {CARBON_MONOXIDE}; "
    "atoms.calc = TBLite(method='GFN2-xTB', verbosity=0)",
    "sevennet": f"from sevenn.calculator import SevenNetCalculator; atoms = {SALT}; "
    "atoms.calc = SevenNetCalculator('7net-0', device='cpu')",
    "chgnet": f"from chgnet.model import CHGNetCalculator; atoms = {SALT}; "
    "atoms.calc = CHGNetCalculator(use_device='cpu')",
}


@pytest.mark.parametrize("name", WORKS)
def test_an_engine_gives_an_energy_and_forces_that_are_its_slope(name):
    script = f"""
import warnings; warnings.simplefilter("ignore")
import numpy as np
from ase import Atoms
from ase.build import bulk
{WORKS[name]}
atoms.positions[1] += [0.05, 0.02, -0.04]
force = atoms.get_forces()[1, 2]
h = 0.01  # float32 models need a large step: their energies are known to 1e-6 eV
energies = []
for sign in (1, -1):
    moved = atoms.copy(); moved.calc = atoms.calc; moved.positions[1, 2] += sign * h
    energies.append(moved.get_potential_energy())
slope = -(energies[0] - energies[1]) / (2 * h)
assert abs(slope - force) < 0.02 * abs(force) + 2e-3, (slope, force)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pyscf_gives_the_energy_of_hydrogen():
    script = (
        "from pyscf import gto, scf; mol = gto.M(atom='H 0 0 0', basis='cc-pvtz', spin=1, "
        "verbose=0); assert abs(scf.UHF(mol).kernel() + 0.5) < 1e-3"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_schnetpack_trains_and_gives_forces_on_this_python():
    script = """
import warnings; warnings.simplefilter("ignore")
import torch
import schnetpack as spk
from schnetpack import properties as p
torch.manual_seed(0)
model = spk.model.NeuralNetworkPotential(
    representation=spk.representation.PaiNN(
        n_atom_basis=16, n_interactions=2, radial_basis=spk.nn.GaussianRBF(10, 5.0),
        cutoff_fn=spk.nn.CosineCutoff(5.0)),
    input_modules=[spk.atomistic.PairwiseDistances()],
    output_modules=[spk.atomistic.Atomwise(n_in=16, output_key="energy"),
                    spk.atomistic.Forces(energy_key="energy", force_key="forces")])
batch = {
    p.Z: torch.tensor([6, 8]), p.R: torch.tensor([[0.0, 0, 0], [0, 0, 1.2]]),
    p.cell: torch.zeros(1, 3, 3), p.pbc: torch.zeros(1, 3, dtype=bool),
    p.idx_i: torch.tensor([0, 1]), p.idx_j: torch.tensor([1, 0]), p.offsets: torch.zeros(2, 3),
    p.idx_m: torch.tensor([0, 0]), p.n_atoms: torch.tensor([2])}
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
losses = []
for _ in range(30):
    out = model(dict(batch))
    assert out["forces"].shape == (2, 3)
    loss = (out["energy"] + 1.0).pow(2).sum() + out["forces"].pow(2).sum()
    optimizer.zero_grad(); loss.backward(); optimizer.step(); losses.append(loss.item())
assert losses[-1] < 0.1 * losses[0], losses
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["mace.calculators", "motep.io.mlip.mtp", "numba"])
def test_a_library_imports(module):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import {module}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# A clone wherever people put it, and with whatever git.


def dry_run(target, folder):
    """Return what make would run, were the environment and Node's tools installed."""
    stamps = (".venv/learn", ".venv/teach", ".venv/develop", "slides/node_modules/.bin/marp")
    stamps += ("jupyterhub/node_modules/.bin/configurable-http-proxy", "build/bench/installed")
    old = [word for stamp in stamps for word in ("--assume-old", stamp)]
    done = subprocess.run(
        # TO is the hub's tree: make enters it even when it only says what it would do.
        ["make", "--dry-run", *old, f"TO={folder.resolve()}", target],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a copy of the checkout in a folder whose name has a space, an umlaut and brackets."""
    folder = tmp_path_factory.mktemp("clones") / "Kürs 8 (1)"
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
    for name in filter(Path.is_file, map(Path, listed.stdout.split("\0"))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, folder / name)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=folder, check=True)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "slides/node_modules").symlink_to(Path("slides/node_modules").resolve())
    return folder


TARGETS = re.findall(r"^([a-z-]+):.*##", Path("Makefile").read_text(), flags=re.M)


@pytest.mark.parametrize(
    ("target", "sets"),
    [
        ("course", ["."]),
        ("lab", ["."]),
        ("slides", ["."]),
        ("student", [".", ".[teach]"]),
        ("test", [".", ".[develop]"]),
    ],
)
def test_make_installs_the_smallest_set_that_does(target, sets, clone):
    """In a fresh clone; the larger sets are added to what is there."""
    fresh = ["--what-if", "pyproject.toml"]
    recipe = subprocess.run(
        ["make", "--dry-run", *fresh, target], cwd=clone, check=True, capture_output=True, text=True
    ).stdout
    assert (
        re.findall(r"--constraint requirements.lock --editable (\S+)", recipe.replace('"', ""))
        == sets
    )
    assert recipe.count("-r requirements-no-deps.txt") == 1
    assert ("npm ci" in recipe) == (target != "student")


@pytest.mark.parametrize("target", TARGETS)
def test_make_finds_its_commands_in_a_folder_with_a_space(target, clone):
    """Each word that ends at a space of the folder's name would be a command that is not there."""
    for line in dry_run(target, clone).splitlines():
        unquoted = re.sub(r"""(["']).*?\1""", "", line)
        assert clone.name.split()[0] not in unquoted, line


def test_make_works_in_a_folder_with_a_space(clone):
    """The real thing, where it is quick: what students get, and the deck's page."""
    student = ["make", "--assume-old", ".venv/teach", "student"]
    deck = [".venv/bin/python", "slides/build_deck.py"]
    without_browser = {"PATH": str(Path(sys.prefix, "bin"))}
    for command, variables in ((student, {}), (deck, without_browser)):
        done = subprocess.run(
            command, cwd=clone, capture_output=True, text=True, env={**os.environ, **variables}
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert list((clone / "build/student").rglob("*.ipynb"))
    assert (clone / "build/slides/lecture8.html").stat().st_size > 2**20


def test_git_for_windows_keeps_the_ends_of_lines(tmp_path):
    """Its core.autocrlf would end a script's first line in CR: "bash^M: no such file"."""
    windows = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run([*windows, "clone", "--quiet", ".", tmp_path / "clone"], check=True)
    index = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=tmp_path / "clone", check=True, capture_output=True
    ).stdout.decode()
    assert [line for line in index.splitlines() if re.search(r"[iw]/(crlf|mixed)", line)] == []
