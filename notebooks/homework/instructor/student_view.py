"""Make what students get: the lecture, and the homework as it is released (`make student`).

``build/student`` holds no solution, no hidden test and none of the instructor's files. Push it as a
repository of its own (INSTRUCTORS.md says how), and students pull it with nbgitpuller. Called
with its name, ``owner/name`` on GitHub, it puts badges into the README that open it on
Binder.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOMEWORK = ROOT / "notebooks" / "homework"
# What is for whoever teaches or develops, not for whoever learns.
NOT_FOR_STUDENTS = ("notebooks/homework", "tests", ".ci", ".github", "jupyterhub", "benchmarks")

BINDER = "https://mybinder.org/v2/gh/{repository}/main?urlpath={path}"
OPENS = {
    "notebook 1": "lab/tree/notebooks/01_integrators.ipynb",
    "the slides": "files/build/slides/lecture8.html",
    "homework 1": "lab/tree/notebooks/homework/hw1",
}


def badges(repository: str) -> str:
    """Return lines of Markdown that open the course on Binder."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError(f"'{repository}' is no GitHub repository: write owner/name.")
    image = "https://mybinder.org/badge_logo.svg"
    addresses = {
        what: BINDER.format(repository=repository, path=path) for what, path in OPENS.items()
    }
    return "\n".join(
        f"[![Open {what} on Binder]({image})]({address}) {what}"
        for what, address in addresses.items()
    )


def released(folder: Path) -> None:
    """Write every assignment, as nbgrader releases it, into `folder`."""
    with tempfile.TemporaryDirectory() as course:
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", "--no-db", "--force"]
        for source in sorted((HOMEWORK / "source").iterdir()):
            run = subprocess.run(
                [*command, source.name, f"--CourseDirectory.release_directory={course}"],
                cwd=HOMEWORK,
                capture_output=True,
                text=True,
            )
            if run.returncode:
                raise RuntimeError(f"nbgrader could not release {source.name}:\n{run.stderr}")
        shutil.copytree(course, folder, dirs_exist_ok=True)


def student_view(folder: Path, repository: str = "") -> None:
    """Write the lecture and the released homework into `folder`, whole or not at all."""
    lines = badges(repository) if repository else ""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    names = [name for name in listed.split("\0") if name]
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        new = Path(partial) / "student"
        for name in names:
            if not name.startswith(tuple(f"{part}/" for part in NOT_FOR_STUDENTS)):
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, new / name)
        released(new / "notebooks" / "homework")
        if lines:
            readme = new / "README.md"
            title, rest = readme.read_text(encoding="utf-8").split("\n", 1)
            readme.write_text(f"{title}\n\n{lines}\n{rest}", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)


if __name__ == "__main__":
    target = ROOT / "build" / "student"
    target.parent.mkdir(exist_ok=True)
    student_view(target, *sys.argv[1:2])
    print(f"{target}: {len(list(target.rglob('*.ipynb')))} notebooks")
