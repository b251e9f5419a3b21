"""What nbgrader does with a submission here: receive it, run it shut in, believe the examiner.

`nbgrader_config.py` puts these in the place of nbgrader's own. All that they notice about a
submission is said in one line each, in nbgrader's log.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sandbox  # noqa: E402
from bounded import MOST_NOTES, Refused, in_child, printable  # noqa: E402
from examiner import Examiner, load_checks  # noqa: E402
from receiving import receive  # noqa: E402

SECONDS_A_CELL, SECONDS_IN_ALL = 60, 900


class AutogradeReceived(Autograde):
    """nbgrader's autograde, which reads what we received and first tries its own sandbox."""

    @property
    def _input_directory(self):
        return "received" if self._sanitizing else self.coursedir.autograded_directory

    def init_notebooks(self):
        """Refuse to grade where it cannot be done; receive every submission."""
        try:
            sandbox.refuse_where_it_is_unsafe()
            try_it_out()
        except sandbox.CannotGrade as why:
            self.log.error("Nothing is graded. %s", why)
            raise NbGraderException(str(why)) from None
        assignment = self.coursedir.assignment_id
        pattern = self.coursedir.format_path("submitted", self.coursedir.student_id, assignment)
        root = Path(self.coursedir.root)
        for folder in sorted(root.glob(str(Path(pattern).relative_to(root)))):
            student = folder.parent.name
            received = Path(self.coursedir.format_path("received", student, assignment))
            source = Path(self.coursedir.format_path("source", ".", assignment))
            try:
                notes = receive(folder, source, received)
            except Exception as error:  # it stops nobody else
                shutil.rmtree(received, ignore_errors=True)
                notes = [f"it cannot be received, and is not graded: {error!r}"]
            say(self.log, student, assignment, notes)
        super().init_notebooks()


def say(log, student: str, assignment: str, notes: list[str]) -> None:
    """Write what an instructor should know of a submission into nbgrader's log, a line each."""
    for note in notes[:MOST_NOTES]:
        log.warning("%s, %s: %s", student, assignment, printable(note))


class RunShutIn(NbGraderPreprocessor):
    """Executes the submission in the sandbox; its graded cells say what the examiner found."""

    def preprocess(self, nb, resources):
        """Return the notebook with outputs; those of graded cells are the examiner's verdicts."""
        about = resources["nbgrader"]
        path = HERE / "checks" / f"{about['assignment']}.py"
        checks = load_checks(about["assignment"])
        outputs, verdicts, notes = run_and_examine(nb, path)
        say(self.log, about["student"], about["assignment"], notes)
        for cell, shown in zip(nb.cells, outputs, strict=True):
            if cell.cell_type == "code":
                cell.outputs = graded(cell, shown, verdicts, checks) if is_grade(cell) else shown
        return nb, resources


def run_and_examine(nb, checks: Path):
    """Return each cell's outputs, the verdicts, and in words what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        door = Path(folder)
        with Examiner(checks, door / "examiner") as examiner:
            written, why = sandbox.run(
                ["{inside}/execute.py", str(SECONDS_A_CELL)],
                door,
                nbformat.writes(nb).encode(),
                seconds=SECONDS_IN_ALL,
            )
    notes = [f"its run was stopped: {why}"] if why else []
    nothing = [[] for _ in nb.cells], examiner.verdicts
    try:
        tidied = in_child("tidy.py", written, most=20_000_000)
    except Refused as refused:
        return *nothing, [*notes, f"what it wrote {refused}: its outputs are not kept"]
    if len(tidied["outputs"]) != len(nb.cells):
        return *nothing, [*notes, "it left no outputs"]
    outputs = [[nbformat.from_dict(o) for o in cell] for cell in tidied["outputs"]]
    names = [
        c.metadata.get("nbgrader", {}).get("grade_id", f"number {k}")
        for k, c in enumerate(nb.cells, 1)
    ]
    stops = {
        "died": "killed its kernel: what follows did not run",
        "slow": f"ran for {SECONDS_A_CELL} s and was stopped",
        "loud": "wrote too much and was stopped",
    }
    for kind, words in stops.items():
        notes += [f"cell '{names[index]}' {words}" for index in tidied[kind]]
    for index, kinds in tidied["left_out"].items():
        notes.append(f"cell '{names[int(index)]}' showed {', '.join(kinds)}: left out")
    return outputs, examiner.verdicts, notes


def graded(cell, shown, verdicts: dict, checks: dict) -> list:
    """Return the outputs of a graded cell: what was printed, which tests failed, and the points.

    The points are in the way that nbgrader reads them: an error is zero, a number is that number
    of points, and neither is all of them. A cell whose own lines fail gets zero; otherwise each
    hidden test has the same share.
    """
    printed = [o for o in shown if o.output_type == "stream" and o.name == "stdout"]
    if errors := [o for o in shown if o.output_type == "error"]:
        return [*printed, *errors]
    numbers = re.findall(r'check\(\s*"([^"]+)"', cell.source)
    passed = [number for number in numbers if verdicts.get(number)]
    if numbers and len(passed) == len(numbers):
        return printed
    lines = [f"{len(passed)} of {len(numbers)} hidden tests of this cell passed. Not passed:"]
    lines += [f"{n}: {checks[n].hint}" for n in numbers if n not in passed and n in checks]
    text = "\n".join(lines)
    if not passed:
        error = {"ename": "AssertionError", "evalue": text, "traceback": [text]}
        return [*printed, nbformat.v4.new_output("error", **error)]
    points = round(cell.metadata["nbgrader"]["points"] * len(passed) / len(numbers), 2)
    return [
        *printed,
        nbformat.v4.new_output("stream", name="stdout", text=text),
        nbformat.v4.new_output("execute_result", data={"text/plain": f"{points}"}),
    ]


def try_it_out() -> None:
    """Grade a submission that is known; raise CannotGrade if it does not get what it should."""
    source = """
from instructor import check

print(6 * 7)
check("right", 42)
check("wrong", 41)
check("function", lambda x: 2 * x)
"""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    outputs, verdicts, notes = run_and_examine(nb, HERE / "checks" / "canary.py")
    printed = "".join(o.get("text", "") for o in outputs[0])
    if printed == "42\n" and verdicts == {"right": True, "wrong": False, "function": True}:
        return
    raise sandbox.CannotGrade(
        "A submission that is known to be right did not get its points in the sandbox here "
        f"({'; '.join(notes) or printed or verdicts}). Bubblewrap 0.8 or newer needs user "
        "namespaces: on Ubuntu `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, on others "
        "`sysctl user.max_user_namespaces=10000` or `kernel.unprivileged_userns_clone=1`; in "
        "Docker `--security-opt seccomp=unconfined`."
    )
