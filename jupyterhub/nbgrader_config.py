"""What nbgrader has to know in every account; the hub points JUPYTER_CONFIG_PATH here."""

import os
from pathlib import Path

from nbgrader.exchange.default import ExchangeSubmit


class SubmitClosed(ExchangeSubmit):
    """nbgrader's submit; but who learns a submission's name cannot remove what is in it."""

    def copy_files(self):
        """Copy, and take back that everyone may write into the folder."""
        super().copy_files()
        os.chmod(os.path.join(self.inbound_path, self.assignment_filename), 0o755)


c = get_config()  # noqa: F821 (Jupyter defines it)
c.CourseDirectory.course_id = "lecture8"
c.Exchange.root = os.environ.get("HUB_EXCHANGE", "/srv/nbgrader/exchange")
c.ExchangeFactory.submit = SubmitClosed

# An instructor's copy of notebooks/homework. With it Formgrader, which starts in the home folder,
# finds the course and grades as the command `nbgrader` does: shut in.
course = Path.home() / "course"
if (course / "nbgrader_config.py").exists():
    load_subconfig("nbgrader_config.py", path=str(course))  # noqa: F821 (as above)
