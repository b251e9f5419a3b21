"""Make what the hub runs from: readable by every student, and with nothing in it to hide.

`sudo make hub-tree TO=/opt/lecture8`, in the instructor's private clone, calls it and installs the
environment there. The tree is the students' view (`make student`) and this folder: no solution, no
hidden test, no history of git.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "notebooks" / "homework" / "instructor"))
from student_view import open_to_all, student_view, tracked  # noqa: E402

SERVICE = "jupyterhub/lecture8-hub.service"
WRITTEN_THERE = "/opt/lecture8"  # the tree's place in the service's file
# What was installed into a tree, which another tree at the same place can use.
INSTALLED = (".venv", "jupyterhub/node_modules", "slides/node_modules")


def hub_tree(to: Path) -> None:
    """Write the hub's tree into the folder `to`, whole or not at all; keep what is installed there.

    Raises
    ------
    ValueError
        If `to` is relative, or holds something that is no hub's tree, a clone for example.
    RuntimeError
        If git or nbgrader fails, or would give away a solution or a hidden test.
    """
    if not to.is_absolute():
        raise ValueError(f"'{to}' is no absolute path: write TO=/opt/lecture8.")
    a_tree = (to / SERVICE).exists() and not (to / ".git").exists()
    if to.exists() and any(to.iterdir()) and not a_tree:
        raise ValueError(
            f"{to} holds something else than a hub's tree (a clone? It would show students the "
            "solutions). Move it away, or name another folder: make hub-tree TO=..."
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as partial:
        new = Path(partial) / "new"
        student_view(new)
        for name in tracked():
            if name.startswith("jupyterhub/"):
                (new / name).parent.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, new / name)
        service = (new / SERVICE).read_text(encoding="utf-8")
        (new / SERVICE).write_text(service.replace(WRITTEN_THERE, str(to)), encoding="utf-8")
        open_to_all(new)
        for name in INSTALLED:
            if (to / name).exists():
                (to / name).rename(new / name)
        if to.exists():
            to.rename(Path(partial) / "old")
        new.rename(to)


if __name__ == "__main__":
    os.umask(0o022)
    try:
        hub_tree(Path(sys.argv[1]))
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    print(f"{sys.argv[1]} holds what the hub runs from.")
