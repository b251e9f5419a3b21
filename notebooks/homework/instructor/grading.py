"""What nbgrader does with a submission here: put it in order, run it shut in, believe the examiner.

`nbgrader_config.py` puts these two steps where nbgrader has its own. All that they notice about a
submission is said in one line each, in nbgrader's log.
"""

import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sandbox  # noqa: E402
from examiner import Examiner, load_checks  # noqa: E402

SECONDS_A_CELL, SECONDS_IN_ALL = 60, 900
# Words of a submission that an instructor will want to read in their context.
CURIOUS = re.compile(r"gradebook|instructor|examiner|subprocess|os\.system|/proc/|nbgrader|socket")


class PutInOrder(NbGraderPreprocessor):
    """The source's cells in the source's order, with the student's answers in them."""

    def preprocess(self, nb, resources):
        """Return the notebook in order; say what was missing, doubled, moved or changed."""
        about = resources["nbgrader"]
        path = HERE.parent / "source" / about["assignment"] / f"{about['notebook']}.ipynb"
        source = nbformat.read(path, as_version=4)
        ordered, notes = put_in_order(nb, source)
        for note in notes:
            self.log.warning("%s, %s: %s", about["student"], about["assignment"], note)
        return ordered, resources


def put_in_order(submission, source):
    """Return the source with the submission's answers and own cells in it, and notes in words."""
    own, answers, notes, met, last = {}, {}, [], [], None
    for cell in submission.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name is None:
            own.setdefault(last, []).append(cell)
        elif name in answers:
            notes.append(f"cell '{name}' is there twice: the first one counts")
        else:
            answers[name], last = cell, name
            met.append(name)
        theirs = cell.cell_type == "code" and (name is None or is_solution(cell))
        if theirs and (words := CURIOUS.findall(cell.source)):
            notes.append(f"a cell near '{last}' speaks of {', '.join(sorted(set(words)))}")
    known = {
        c.metadata["nbgrader"]["grade_id"]: c for c in source.cells if "nbgrader" in c.metadata
    }
    for name in known:
        if name not in answers:
            notes.append(f"cell '{name}' is missing: it is put back, without an answer")
    if [n for n in met if n in known] != [n for n in known if n in answers]:
        notes.append("cells were moved: they are put back in order")
    ordered = nbformat.from_dict({**submission, "cells": list(own.pop(None, []))})
    for name, cell in known.items():
        given = answers.get(name)
        if given is not None and given.cell_type == cell.cell_type and is_solution(cell):
            # What was asked is the source's; what was answered is the student's.
            kept = nbformat.from_dict({**given, "metadata": cell.metadata})
        elif is_solution(cell):
            kept = nbformat.from_dict({**cell, "source": "# (no answer)"})
        else:
            kept = cell
        ordered.cells.append(kept)
        ordered.cells += own.pop(name, [])
    return ordered, notes


class RunShutIn(NbGraderPreprocessor):
    """Executes the submission in the sandbox; its graded cells say what the examiner found."""

    def preprocess(self, nb, resources):
        """Return the notebook with outputs; those of graded cells are the examiner's verdicts."""
        about = resources["nbgrader"]
        outputs, verdicts, notes = run_and_examine(nb, load_checks(about["assignment"]))
        for note in notes:
            self.log.warning("%s, %s: %s", about["student"], about["assignment"], note)
        for cell, shown in zip(nb.cells, outputs, strict=True):
            if cell.cell_type == "code":
                cell.outputs = verdict(cell, shown, verdicts) if is_grade(cell) else shown
        return nb, resources


def run_and_examine(nb, checks: dict):
    """Return each cell's outputs, the verdicts, and in words what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        nbformat.write(nb, work / "before.ipynb")
        program = str(sandbox.INSIDE / "execute.py")
        files = ("{folder}/before.ipynb", "{folder}/after.ipynb")
        with Examiner(checks, work / "examiner") as examiner:
            why = sandbox.run(
                [sys.executable, program, *files, str(SECONDS_A_CELL)],
                work,
                environment={"LECTURE8_EXAMINER": "{folder}/examiner"},
                seconds=SECONDS_IN_ALL,
            )
        notes = [f"its run was stopped: {why}"] if why else []
        try:
            after = nbformat.read(work / "after.ipynb", as_version=4)
            outputs = [cell.get("outputs", []) for cell in after.cells]
        except Exception:  # nothing was written, or the submission wrote it
            after, outputs = None, []
        if len(outputs) != len(nb.cells):
            return [[] for _ in nb.cells], examiner.verdicts, [*notes, "it left no outputs"]
        names = [
            c.metadata.get("nbgrader", {}).get("grade_id", f"number {k}")
            for k, c in enumerate(nb.cells, 1)
        ]
        for what, index in _stops(after.metadata):
            notes.append(f"cell '{names[index]}' {what}")
        return outputs, examiner.verdicts, notes


def _stops(metadata):
    """Return what the sandbox noted about its cells, in words, with their indices."""
    if "died" in metadata:
        yield "killed its kernel: what follows did not run", metadata["died"]
    for index in metadata.get("slow", []):
        yield f"ran for {SECONDS_A_CELL} s and was stopped", index
    for index in metadata.get("loud", []):
        yield "wrote too much and was stopped", index


def verdict(cell, shown, verdicts: dict):
    """Return the outputs of a graded cell: an error if any of its tests was not passed."""
    names = re.findall(r'check\(\s*"([^"]+)"', cell.source)
    printed = [o for o in shown if o.output_type == "stream" and o.name == "stdout"]
    failed = [name for name in names if not verdicts.get(name)]
    if names and not failed:
        return printed
    errors = [o for o in shown if o.output_type == "error"]
    if not errors:
        text = f"not passed: {', '.join(failed)}" if names else "this cell has no hidden test"
        errors = [
            nbformat.v4.new_output("error", ename="AssertionError", evalue=text, traceback=[text])
        ]
    return printed + errors
