"""Run an assignment in this process, quickly: which of its graded cells pass?

The real grader runs every submission in a sandbox. Here the same cells and the same checks meet
in one namespace, so that an assignment can be tested in seconds while it is written.
"""

import contextlib
import importlib.util
import re
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np

HOMEWORK = Path(__file__).parents[2] / "notebooks" / "homework"
STUB = 'raise NotImplementedError("Your answer goes here; delete this line.")'
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.S | re.M)
HIDDEN_TESTS = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*$", re.S | re.M
)
CHECK = re.compile(r"""\bcheck\(\s*(["'])(.+?)\1""")


def source_of(assignment: str) -> Path:
    """The one notebook of an assignment: source_of("hw1")."""
    (notebook,) = (HOMEWORK / "source" / assignment).glob("*.ipynb")
    return notebook


def checks_of(assignment: str) -> dict:
    """CHECKS of an assignment, from the instructor's folder: checks_of("hw1")."""
    path = HOMEWORK / "instructor" / "checks" / f"{assignment}.py"
    spec = importlib.util.spec_from_file_location(f"checks_of_{assignment}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CHECKS


def names_of_checks(source_path) -> list[str]:
    """Every name that the notebook's test cells hand to `check`, in order."""
    notebook = nbformat.read(source_path, as_version=4)
    return [name for cell in notebook.cells for _, name in CHECK.findall(cell.source)]


def nbgrader_of(cell) -> dict:
    """The cell's nbgrader metadata, or an empty dict."""
    return cell.metadata.get("nbgrader", {})


def points(source_path) -> dict[str, float]:
    """Points of every graded cell of code, by grade_id."""
    notebook = nbformat.read(source_path, as_version=4)
    graded = [c for c in notebook.cells if c.cell_type == "code" and nbgrader_of(c).get("grade")]
    return {nbgrader_of(cell)["grade_id"]: nbgrader_of(cell)["points"] for cell in graded}


def released(source: str, *, solution: bool) -> str:
    """Source of a cell as a student gets it: no hidden tests, a stub for the solution."""
    source = HIDDEN_TESTS.sub("", source)
    if solution:
        source, found = SOLUTION.subn(lambda match: match.group(1) + STUB, source)
        return source if found else STUB  # nbgrader clears the whole cell where no marker stands
    return source


def plain(value):
    """A copy of `value` as it crosses to the grader; TypeError unless it is plain data."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return np.array(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, dict):
        return {plain(key): plain(content) for key, content in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(content) for content in value)
    if isinstance(value, list):
        return [plain(content) for content in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} cannot cross to the grader: use numbers and arrays")


def proxy(function):
    """The student's function as a check sees it: copies in, copies out, plain data only."""

    def call(*arguments, **named):
        return plain(function(*plain(arguments), **plain(named)))

    return call


def run(source_path, checks, cells=None, release=False) -> dict[str, bool]:
    """Execute the notebook; return for each graded cell of code whether it passes.

    checks: name -> function(answer) -> bool, as in instructor/checks. cells: grade_id of a
    solution cell -> the source that replaces it. release: solutions become stubs and hidden tests
    are gone, as in the untouched release. As in nbgrader, an error in a solution cell or in a
    graded cell does not end the run; one in any other cell is raised, since no student caused it,
    unless it is tagged "uses-answers" and some answer is not the reference's.
    """
    cells = dict(cells or {})
    all_right = not cells and not release
    unknown = []

    def check(name, answer):
        if name not in checks:
            unknown.append(name)
        try:
            passed = bool(checks[name](proxy(answer) if callable(answer) else plain(answer)))
        except Exception:
            passed = False
        if not passed:
            raise AssertionError(f"check failed: {name}")

    notebook = nbformat.read(source_path, as_version=4)
    results = {}
    namespace = {"__name__": "__main__"}
    plt.switch_backend("Agg")
    with contextlib.chdir(Path(source_path).parent), fake_instructor(check):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            mark = nbgrader_of(cell)
            grade_id = mark.get("grade_id", f"cell {number}")
            is_solution, is_graded = mark.get("solution", False), mark.get("grade", False)
            source = cells.pop(grade_id, cell.source) if is_solution else cell.source
            if release:
                source = released(source, solution=is_solution)
            try:
                exec(compile(source, f"<{grade_id}>", "exec"), namespace)
            except Exception as error:
                uses_answers = "uses-answers" in cell.metadata.get("tags", [])
                if not (is_solution or is_graded or (uses_answers and not all_right)):
                    error.add_note(f"in cell {grade_id!r}, which is no student's to answer")
                    raise
                passed = False
            else:
                passed = True
            if is_graded:
                results[grade_id] = passed
    plt.close("all")
    if unknown:
        raise LookupError(f"no such checks: {sorted(set(unknown))}; CHECKS has {sorted(checks)}")
    if cells:
        raise LookupError(f"no solution cells with these grade_ids: {sorted(cells)}")
    return results


@contextlib.contextmanager
def fake_instructor(check):
    """While it is open, `from instructor import check` gives the function `check`."""
    module = types.ModuleType("instructor")
    module.check = check
    before = sys.modules.get("instructor")
    sys.modules["instructor"] = module
    try:
        yield
    finally:
        del sys.modules["instructor"]
        if before is not None:
            sys.modules["instructor"] = before
