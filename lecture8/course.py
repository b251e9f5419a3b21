"""Run every notebook and write the course page: ``python -m lecture8.course`` (or ``make course``).

Each notebook is executed in a kernel of its own and saved as a page under ``build/notebooks``, with
the time it took and the largest memory of its kernel; ``build/index.html`` links them and the deck.
All pages work without a network.
"""

import html
import os
import platform
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from jinja2 import DictLoader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from tqdm import tqdm

from lecture8.interactive.element import source
from lecture8.interactive.viewing import LIBRARY
from lecture8.replacing import replacing

CELL_TIMEOUT = 120  # seconds, the budget of a whole notebook

# MathJax as it comes with the slide tool, so that formulas are drawn without a network.
MATHJAX = Path("slides/node_modules/mathjax-full/es5/tex-svg.js")

# Where the machine has a Chromium, `make slides` prints these, too.
PRINTED = {"lecture8.pdf": "PDF", "lecture8.pptx": "PowerPoint"}

WIDGET = "application/vnd.jupyter.widget-view+json"
CONTROL_NOTE = "*Here stands a control when the notebook runs.*"

PAGE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}
<script>MathJax = {tex: {inlineMath: [['$', '$']], processEscapes: true},
                   options: {ignoreHtmlClass: 'jp-CodeCell', processHtmlClass: 'jp-MarkdownCell'}};
</script>
<script src="../mathjax.js" defer></script>
<style>main {max-width: 60rem; margin: auto}</style>
<style>{{ resources.lecture8_style }}</style>
<script>{{ resources.lecture8_predict }}</script>
{%- endblock -%}
{%- block data_png -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img src="data:image/png;base64,{{ output.data['image/png'] }}"
     alt="{{ (output | get_metadata('alt', 'image/png') or '') | e }}">
</div>
{%- endblock -%}
"""

INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Machine learning for molecular simulation</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto;
       padding: 0 1rem }}
h1 {{ font-size: 1.6rem; line-height: 1.2 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .5rem .6rem; border-bottom: 1px solid #8886 }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums }}
.failed {{ color: #c33 }}
footer {{ margin-top: 2rem; font-size: .9rem; opacity: .8 }}
</style></head><body>
<h1>Machine learning for molecular simulation</h1>
<p>Slides: <a href="slides/lecture8.html">the deck of the lecture</a>{printed}.</p>
<table>
<thead><tr><th>Notebook</th><th class="n">Time</th><th class="n">Peak memory</th></tr></thead>
<tbody>
{rows}
</tbody></table>
<footer>Run on {date} with {cores} cores, {machine}, Python {python}. Memory is the largest resident
size of the notebook's kernel and its child processes.</footer>
</body></html>
"""


@dataclass(frozen=True)
class Result:
    """What one run of a notebook took; `error` is empty if it went well."""

    name: str
    title: str
    seconds: float
    peak_bytes: int
    error: str = ""


class PeakMemory(threading.Thread):
    """Watch a process and its children until `stop`, and keep their largest resident size."""

    def __init__(self, pid: int, interval: float = 0.1):
        super().__init__(daemon=True)
        self.process, self.interval, self.peak_bytes = psutil.Process(pid), interval, 0
        self._stopped = threading.Event()

    def run(self):
        """Look every `interval` seconds."""
        while not self._stopped.wait(self.interval):
            size = 0
            try:
                for process in (self.process, *self.process.children(recursive=True)):
                    size += process.memory_info().rss
            except psutil.NoSuchProcess:  # a child ended between the list and the look
                continue
            self.peak_bytes = max(self.peak_bytes, size)

    def stop(self) -> int:
        """Stop watching and return the peak in bytes."""
        self._stopped.set()
        self.join()
        return self.peak_bytes


def run_notebook(path: Path, build: Path) -> Result:
    """Execute the notebook at `path` and write its page below `build`; keep any error."""
    notebook = _read(path)
    title = notebook.metadata.get("title", path.stem)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        # The kernel listens on this machine only: its warning about unencrypted traffic is moot.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    error, began = "", time.perf_counter()
    with client.setup_kernel():
        memory = PeakMemory(client.km.provisioner.pid)
        memory.start()
        try:
            for index, cell in enumerate(tqdm(notebook.cells, desc=path.stem, unit="cell")):
                client.execute_cell(cell, index)
        except CellExecutionError as failure:
            error = f"{path}, cell {index}: {failure.ename}: {failure.evalue}"
        except CellTimeoutError:
            error = f"{path}, cell {index}: no answer within {CELL_TIMEOUT} s"
        except DeadKernelError:
            error = f"{path}, cell {index}: the kernel died, perhaps for lack of memory"
        finally:
            peak = memory.stop()
    seconds = time.perf_counter() - began
    _write(build / "notebooks" / f"{path.stem}.html", to_html(notebook))
    return Result(path.stem, title, seconds, peak, error)


def _read(path: Path) -> nbformat.NotebookNode:
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {path}; check the name and the folder that you run in."
        )
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(f"{path} is no notebook, or only a part of one; copy it again.") from error


def to_html(notebook: nbformat.NotebookNode) -> str:
    """Return the executed notebook as one page that loads nothing from a network but MathJax.

    Live controls cannot work in a page without a kernel: a line of text stands in their place.
    """
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                is_bar = "%|" in output.data["text/plain"]  # a finished progress bar says nothing
                output.data = {"text/markdown": "" if is_bar else CONTROL_NOTE}
    exporter = HTMLExporter(
        template_file="page.html.j2", extra_loaders=[DictLoader({"page.html.j2": PAGE})]
    )
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    own = {"lecture8_style": source("style.css"), "lecture8_predict": source("predict.js")}
    page, _ = exporter.from_notebook_node(notebook, resources=own)
    first, *others = page.split(LIBRARY)  # of the views, which each bring it: one is enough
    return LIBRARY.join([first, *others[:1]]) + "".join(
        x.partition("</script>")[2] for x in others[1:]
    )


def index_page(results: list[Result], printed: list[str] = ()) -> str:
    """Return the page that links all others; `printed` names files of the deck beside its page."""
    rows = "\n".join(
        f'<tr><td><a href="notebooks/{r.name}.html">{html.escape(r.title)}</a>'
        + (f'<div class="failed">{html.escape(r.error)}</div>' if r.error else "")
        + f'</td><td class="n">{r.seconds:.0f} s</td>'
        f'<td class="n">{r.peak_bytes / 2**20:.0f} MiB</td></tr>'
        for r in results
    )
    return INDEX.format(
        rows=rows,
        printed="".join(f', <a href="slides/{name}">{PRINTED[name]}</a>' for name in printed),
        date=time.strftime("%Y-%m-%d"),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        machine=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )


def _write(path: Path, text: str) -> None:
    """Write `text` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def main() -> int:
    """Run all notebooks, write all pages; return 1 if a notebook failed."""
    build = Path("build")
    notebooks = sorted(Path("notebooks").glob("*.ipynb"))
    if not (notebooks and MATHJAX.exists()):
        missing = MATHJAX if notebooks else "notebooks/*.ipynb"
        print(f"{missing} is missing; run `make course` in the root of the repository.")
        return 1
    build.mkdir(exist_ok=True)
    shutil.copyfile(MATHJAX, build / "mathjax.js")
    results = [run_notebook(path, build) for path in notebooks]
    printed = [name for name in PRINTED if (build / "slides" / name).exists()]
    _write(build / "index.html", index_page(results, printed))
    for result in results:
        print(
            f"{result.name:30s}{result.seconds:6.0f} s{result.peak_bytes / 2**20:8.0f} MiB"
            f"  {result.error or 'ok'}"
        )
    print(f"Open {build / 'index.html'} in a browser.")
    return int(any(result.error for result in results))


if __name__ == "__main__":
    sys.exit(main())
