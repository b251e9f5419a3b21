"""nbgrader for this course: run `nbgrader` in this folder."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# nbgrader calls `alembic` by its name, even where this environment is not the active one.
os.environ["PATH"] = f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}"
sys.path.insert(0, str(HERE / "instructor"))

import nbgrader.apps.api  # noqa: E402
import nbgrader.apps.autogradeapp  # noqa: E402
from collecting import CollectTheirOwn  # noqa: E402
from grading import AutogradeReceived, RunShutIn  # noqa: E402
from harmless import shown_markdown  # noqa: E402
from nbgrader.preprocessors import (  # noqa: E402
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

c = get_config()  # noqa: F821

c.CourseDirectory.root = str(HERE)
c.CourseDirectory.course_id = "lecture8"
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("Your answer goes here; delete this line.")'
}
c.ClearSolutions.text_stub = "*Your answer goes here.*"
c.ExchangeFactory.collect = CollectTheirOwn
c.HTMLExporter.filters = {"markdown2html": shown_markdown}
# nbgrader lets preprocessors be set, but not who reads a submission.
nbgrader.apps.api.Autograde = nbgrader.apps.autogradeapp.Autograde = AutogradeReceived
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
# nbgrader's own Execute would run a submission with the instructor's rights.
c.Autograde.autograde_preprocessors = [
    RunShutIn,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
