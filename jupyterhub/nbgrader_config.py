"""What nbgrader has to know in every account; the hub points JUPYTER_CONFIG_PATH here."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 (Jupyter defines it)
c.CourseDirectory.course_id = "lecture8"
c.Exchange.root = os.environ.get("HUB_EXCHANGE", "/srv/nbgrader/exchange")

# An instructor's copy of notebooks/homework. With it Formgrader, which starts in the home folder,
# finds the course and grades as the command `nbgrader` does: shut in.
course = Path.home() / "course"
if (course / "nbgrader_config.py").exists():
    load_subconfig("nbgrader_config.py", path=str(course))  # noqa: F821 (as above)
