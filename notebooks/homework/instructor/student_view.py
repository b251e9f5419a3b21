"""Make what students get: the lecture, and the homework as it is released (`make student`).

``build/student`` holds no solution, no hidden test and none of the instructor's files. Push it as a
repository of its own (INSTRUCTORS.md says how), and students pull it with nbgitpuller. Called
with its name, ``owner/name`` on GitHub, it puts badges into the README that open it on
Binder.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOMEWORK = ROOT / "notebooks" / "homework"
# What is for whoever learns. What is not named here stays with the instructor.
FOR_STUDENTS = (
    r"lecture8/.*|slides/.*|notebooks/\d\d_\w+\.ipynb|notebooks/project\.md",
    r"environment\.yml|postBuild|pyproject\.toml|requirements\.lock|requirements-no-deps\.txt",
    r"LICENSE|CITATION\.cff|\.gitignore|\.gitattributes|Makefile",
)
# Above this line the Makefile is a student's.
END_OF_MAKEFILE = "# -- For who teaches or develops"
# A released notebook that holds one of these gives something away.
NEVER_RELEASED = ("### BEGIN", "### END", "import check", "check(")

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


def readme(repository: str = "") -> str:
    """Return the students' README: student_readme.md, with parts of our own in their places.

    ``<!-- README: name -->`` stands for what README.md has between ``<!-- students: name -->`` and
    ``<!-- /students -->``; ``<!-- badges -->`` for the badges, if there is a repository.

    Raises
    ------
    ValueError
        If `repository` is not ``owner/name``, or README.md does not have a part of that name.
    """
    ours = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"<!-- students: (\w+) -->\n(.*?)\n<!-- /students -->", ours, re.S))

    def part(place: re.Match) -> str:
        if place[1] not in parts:
            raise ValueError(
                f"README.md has no part '{place[1]}', which student_readme.md asks for: put it "
                f"between the lines <!-- students: {place[1]} --> and <!-- /students -->."
            )
        return parts[place[1]].strip()

    template = Path(__file__).with_name("student_readme.md").read_text(encoding="utf-8")
    text = re.sub(r"<!-- README: (\w+) -->", part, template)
    return text.replace("<!-- badges -->\n\n", f"{badges(repository)}\n\n" if repository else "")


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
        for notebook in sorted(Path(course).rglob("*.ipynb")):
            refuse_secrets(notebook)
        shutil.copytree(course, folder, dirs_exist_ok=True)


def refuse_secrets(notebook: Path) -> None:
    """Raise a RuntimeError if a solution or a hidden test was left in a released notebook.

    nbgrader leaves them in a cell whose metadata lost its grade id, as when it was copied.
    """
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"], 1):
        for line in "".join(cell["source"]).splitlines():
            if any(secret in line for secret in NEVER_RELEASED):
                raise RuntimeError(
                    f"{notebook.parent.name}/{notebook.name}, cell {number} would give away "
                    f"'{line.strip()}': nbgrader did not take it for a solution or a hidden test. "
                    "Nothing was written; mend the cell's nbgrader metadata in the source."
                )


def tracked() -> list[str]:
    """Return the names of all files that git knows in this repository, relative to its root."""
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"git could not list the files of {ROOT}: {run.stderr.strip()}")
    return [name for name in run.stdout.split("\0") if name]


def open_to_all(folder: Path) -> None:
    """Let everybody read what is in `folder`, whatever the umask; only its owner may write."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def student_view(folder: Path, repository: str = "") -> None:
    """Write the lecture and the released homework into `folder`, whole or not at all.

    What an earlier call wrote there is replaced, but for its history in ``.git``.

    Raises
    ------
    ValueError
        If `folder` holds something else, or `repository` is not ``owner/name``.
    RuntimeError
        If git or nbgrader fails, or would give away a solution or a hidden test.
    """
    others = folder.exists() and any(folder.iterdir())
    if others and (not (folder / "lecture8").is_dir() or (folder / "INSTRUCTORS.md").exists()):
        raise ValueError(f"{folder} is not what students got before: name a new or empty folder.")
    text = readme(repository)
    allowed = re.compile("|".join(FOR_STUDENTS))
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        new = Path(partial) / "student"
        for name in filter(allowed.fullmatch, tracked()):
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, new / name)
        makefile = (new / "Makefile").read_text(encoding="utf-8")
        (new / "Makefile").write_text(makefile.split(END_OF_MAKEFILE)[0].rstrip() + "\n")
        (new / "README.md").write_text(text, encoding="utf-8")
        released(new / "notebooks" / "homework")
        open_to_all(new)
        if (folder / ".git").exists():
            (folder / ".git").rename(new / ".git")
        if folder.exists():
            folder.rename(Path(partial) / "old")
        new.rename(folder)


if __name__ == "__main__":
    target = ROOT / "build" / "student"
    target.parent.mkdir(exist_ok=True)
    try:
        student_view(target, *sys.argv[1:2])
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    print(f"{target}: {len(list(target.rglob('*.ipynb')))} notebooks")
