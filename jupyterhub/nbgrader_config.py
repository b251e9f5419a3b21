"""What nbgrader has to know in every account; the hub points JUPYTER_CONFIG_PATH here."""

import os

c = get_config()  # noqa: F821 (Jupyter defines it)
c.CourseDirectory.course_id = "lecture8"
c.Exchange.root = os.environ.get("HUB_EXCHANGE", "/srv/nbgrader/exchange")
