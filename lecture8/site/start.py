"""The start page of the site."""

import os
import platform
import time

from jinja2 import Environment, FileSystemLoader
from nbconvert.filters import markdown2html

from lecture8.site.pages import HERE, Page, text

# The deck, as a page and, where the machine that built it has a Chromium, as it was printed.
DECK = {"lecture8.html": "Open the slides", "lecture8.pdf": "PDF", "lecture8.pptx": "PowerPoint"}


def start_page(results: list, homework: list[Page] = (), deck: list[str] = ()) -> str:
    """Return the page that links all others.

    Parameters
    ----------
    results : list of lecture8.course.Result
    homework : list of Page
    deck : list of str
        The files of `DECK` that lie in ``slides/``.
    """
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    environment.filters["markdown"] = markdown2html
    return environment.get_template("start.html.j2").render(
        results=results,
        homework=homework,
        deck={name: DECK[name] for name in deck},
        style=text("common.css") + text("start.css"),
        search=text("search.js"),
        date=time.strftime("%Y-%m-%d"),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        machine=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )
