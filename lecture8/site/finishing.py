"""What is written when all pages are there: libraries, the index of the search, the start page."""

import shutil
from pathlib import Path

from lecture8.site.pages import Page, write
from lecture8.site.search import index, sections_of_deck, sections_of_page
from lecture8.site.start import DECK, start_page

# As they come with the slide tool, so that no page needs a network: what draws formulas (the full
# MathJax: the other one would fetch what it does not hold), and what searches.
NODE = Path("slides/node_modules")
LIBRARIES = {
    "mathjax.js": NODE / "mathjax-full/es5/tex-svg-full.js",
    "minisearch.js": NODE / "minisearch/dist/umd/index.js",
}


def finish(build: Path, results: list, homework: list[Page]) -> None:
    """Write the rest of the site in `build`, whose pages and deck are there.

    Parameters
    ----------
    build : Path
    results : list of lecture8.course.Result
    homework : list of Page
    """
    for name, path in LIBRARIES.items():
        shutil.copyfile(path, build / name)
    sections = []
    for page in [*(result.page for result in results), *homework]:
        sections += sections_of_page(page, (build / page.address).read_text(encoding="utf-8"))
    deck = [name for name in DECK if (build / "slides" / name).exists()]
    for name in deck[:1]:
        page = Page(f"slides/{name}", "Slides")
        sections += sections_of_deck(page, (build / page.address).read_text(encoding="utf-8"))
    write(build / "sections.js", index(sections))
    write(build / "index.html", start_page(results, homework, deck))
