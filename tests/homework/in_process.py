"""Run an assignment in this process, quickly: which share of its graded cells passes?

The real grader runs every submission in a sandbox. Here the same cells and the same checks meet
in one namespace, so that an assignment can be tested in seconds while it is written.
"""

import ast
import contextlib
import importlib.util
import re
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
from ase import units

HOMEWORK = Path(__file__).parents[2] / "notebooks" / "homework"
sys.path.insert(0, str(HOMEWORK / "instructor"))  # as the grader does: checks import `answers`
STUB = 'raise NotImplementedError("Your answer goes here; delete this line.")'
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.S | re.M)
HIDDEN_TESTS = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*$", re.S | re.M
)
CHECK = re.compile(r'\bcheck\(\s*"(.+?)", (\w+)\)')  # number, function


def source_of(assignment: str) -> Path:
    """The one notebook of an assignment: source_of("hw1")."""
    (notebook,) = (HOMEWORK / "source" / assignment).glob("*.ipynb")
    return notebook


def module_of_checks(assignment: str) -> types.ModuleType:
    """The hidden tests of an assignment as a module, from the instructor's folder."""
    path = HOMEWORK / "instructor" / "checks" / f"{assignment}.py"
    spec = importlib.util.spec_from_file_location(f"checks_of_{assignment}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checks_of(assignment: str) -> dict:
    """CHECKS of an assignment, number -> Check: checks_of("hw1")."""
    return module_of_checks(assignment).CHECKS


def asked(source_path) -> list[tuple[str, str]]:
    """What the notebook's test cells hand to `check`, in order: (number, name of a function)."""
    notebook = nbformat.read(source_path, as_version=4)
    return [pair for cell in notebook.cells for pair in CHECK.findall(cell.source)]


def cell_of(source_path, name: str):
    """The cell with this id."""
    (cell,) = (c for c in nbformat.read(source_path, as_version=4).cells if c.id == name)
    return cell


def nbgrader_of(cell) -> dict:
    """The cell's nbgrader metadata, or an empty dict."""
    return cell.metadata.get("nbgrader", {})


def points(source_path) -> dict[str, float]:
    """Points of every graded cell of code, by grade_id."""
    notebook = nbformat.read(source_path, as_version=4)
    graded = [c for c in notebook.cells if c.cell_type == "code" and nbgrader_of(c).get("grade")]
    return {nbgrader_of(cell)["grade_id"]: nbgrader_of(cell)["points"] for cell in graded}


def references(source_path) -> dict:
    """The functions of the reference solution, by name, and those that the notebook gives."""
    namespace = {"np": np, "units": units}
    for cell in nbformat.read(source_path, as_version=4).cells:
        if cell.cell_type == "code" and cell.source.startswith("def "):
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            exec(compile(tree, cell.id, "exec"), namespace)
    return namespace


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


def passes(check, answer) -> bool:
    """Whether an answer passes a hidden test; what cannot be examined has not passed."""
    try:
        return bool(check.test(proxy(answer) if callable(answer) else plain(answer)))
    except Exception:
        return False


def run(source_path, checks, cells=None, release=False, figures=True) -> dict[str, float]:
    """Execute the notebook; return for each graded cell of code the share of its points.

    checks: number -> Check, as in instructor/checks. cells: grade_id of a solution cell -> the
    source that replaces it. release: solutions become stubs and hidden tests are gone, as in the
    untouched release. figures: also run the cells that wait for answers.

    As in the grader, an error in a graded cell takes all its points, and does not end the run; nor
    does one in a solution cell. One in any other cell is raised, since no student caused it.
    """
    cells = dict(cells or {})
    verdicts, unknown = {}, []

    def check(number, answer):
        if number not in checks:
            unknown.append(number)
        elif number not in verdicts:  # the first verdict counts
            verdicts[number] = passes(checks[number], answer)

    notebook = nbformat.read(source_path, as_version=4)
    shares = {}
    namespace = {"__name__": "__main__"}
    plt.switch_backend("Agg")
    with contextlib.chdir(Path(source_path).parent), fake_instructor(check):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or (not figures and "with needs(" in cell.source):
                continue
            mark = nbgrader_of(cell)
            grade_id = mark.get("grade_id", f"cell {number}")
            is_solution, is_graded = mark.get("solution", False), mark.get("grade", False)
            source = cells.pop(grade_id, cell.source) if is_solution else cell.source
            if release:
                source = released(source, solution=is_solution)
            raised = False
            try:
                exec(compile(source, f"<{grade_id}>", "exec"), namespace)
            except Exception as error:
                if not (is_solution or is_graded):
                    error.add_note(f"in cell {grade_id!r}, which is no student's to answer")
                    raise
                raised = True
            if is_graded:
                numbers = [number for number, _ in CHECK.findall(cell.source)]
                passed = sum(verdicts.get(number, False) for number in numbers)
                shares[grade_id] = 0.0 if raised else passed / len(numbers)
    plt.close("all")
    if unknown:
        raise LookupError(f"no such checks: {sorted(set(unknown))}; CHECKS has {sorted(checks)}")
    if cells:
        raise LookupError(f"no solution cells with these grade_ids: {sorted(cells)}")
    return shares


def lost(source_path, checks, **how) -> dict[str, float]:
    """The points that each graded cell loses, of those that lose any; `how` as for `run`."""
    shares, full = run(source_path, checks, **how), points(source_path)
    # The grader rounds what a cell gets to two digits.
    missing = {name: round(full[name] - round(full[name] * s, 2), 2) for name, s in shares.items()}
    return {name: number for name, number in missing.items() if number}


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
