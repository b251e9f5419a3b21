"""Make what students get: the lecture, and the homework as it is released (`make student`).

``build/student`` holds no solution, no hidden test and none of the instructor's files. Push it as a
repository of its own (INSTRUCTORS.md says how), and students pull it with nbgitpuller.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOMEWORK = ROOT / "notebooks" / "homework"
# What is for whoever teaches or develops, not for whoever learns.
NOT_FOR_STUDENTS = ("notebooks/homework", "tests", ".ci", ".github", "jupyterhub", "benchmarks")


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


def student_view(folder: Path) -> None:
    """Write the lecture and the released homework into `folder`, whole or not at all."""
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
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)


if __name__ == "__main__":
    target = ROOT / "build" / "student"
    target.parent.mkdir(exist_ok=True)
    student_view(target)
    print(f"{target}: {len(list(target.rglob('*.ipynb')))} notebooks")
