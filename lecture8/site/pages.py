"""A notebook, run or not, as a page of the site."""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from bs4 import BeautifulSoup
from jinja2 import FileSystemLoader
from nbconvert import HTMLExporter

from lecture8.interactive.element import source
from lecture8.interactive.viewing import LIBRARY
from lecture8.replacing import replacing

HERE = Path(__file__).parent

WIDGET = "application/vnd.jupyter.widget-view+json"
CONTROL_NOTE = "*Here stands a control when the notebook runs.*"
CONTENTS = "<!-- the page's own headings -->"


class Page(NamedTuple):
    """Where a page lies in the site, what it is called, and its first paragraph (Markdown)."""

    address: str
    title: str
    about: str = ""


def read(path: Path) -> nbformat.NotebookNode:
    """Return the notebook at `path`, or say what is wrong with it."""
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {path}; check the name and the folder that you run in."
        )
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(f"{path} is no notebook, or only a part of one; copy it again.") from error


def write(path: Path, content: str) -> None:
    """Write `content` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(content, encoding="utf-8")


def page_of(notebook: nbformat.NotebookNode, address: str) -> Page:
    """Return what a notebook says of itself, above all in its first cell."""
    title = notebook.metadata.get("title", Path(address).stem)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    heading = re.match(r"# (.+)\n+(.*)", texts[0]) if texts else None
    if heading is None:
        return Page(address, title)
    return Page(address, heading[1], heading[2].removeprefix("**Question.** "))


def to_html(
    notebook: nbformat.NotebookNode, previous: Page | None = None, following: Page | None = None
) -> str:
    """Return the notebook as one page that loads nothing from a network but MathJax.

    Live controls cannot work in a page without a kernel: a line of text stands in their place.
    `previous` and `following` are its neighbours in the order in which one reads.
    """
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                is_bar = "%|" in output.data["text/plain"]  # a finished progress bar says nothing
                output.data = {"text/markdown": "" if is_bar else CONTROL_NOTE}
    exporter = HTMLExporter(template_file="page.html.j2", extra_loaders=[FileSystemLoader(HERE)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    own = {
        "styles": [source("style.css"), text("common.css"), text("page.css")],
        "scripts": [source("predict.js"), text("page.js")],
        "contents": CONTENTS,
        "previous": previous,
        "following": following,
    }
    page, _ = exporter.from_notebook_node(notebook, resources={"lecture8": own})
    first, *others = page.split(LIBRARY)  # of the views, which each bring it: one is enough
    page = LIBRARY.join([first, *others[:1]]) + "".join(
        x.partition("</script>")[2] for x in others[1:]
    )
    return page.replace(CONTENTS, contents(page), 1)


def text(name: str) -> str:
    """Return a file of this folder as text."""
    return (HERE / name).read_text(encoding="utf-8")


def contents(page: str) -> str:
    """Return a list of links to a page's headings, but for its title."""
    items = []
    for heading in BeautifulSoup(page, "html.parser").select(".jp-MarkdownCell :is(h2, h3)"):
        link = heading.select_one("a.anchor-link")
        link["class"] = f"site-{heading.name}"
        link.string = ""
        link.extend([x for x in list(heading.contents) if x is not link])
        items.append(f"<li>{link}</li>")
    return f"<ol>{''.join(items)}</ol>"
