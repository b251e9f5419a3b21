"""Make the deck's figures: ``python slides/make_figures.py`` (or ``make slides``).

Each function in a chapter of `pictures` becomes ``figures/<name>.svg``. ``figures/figures.json``
keeps for each its alternative text, a longer description, its source, its notebook cell and the
numbers that the deck quotes from it; and for each chapter the fingerprints of all our files that it
was made from. Only chapters whose files have changed are made again; with ``--all``, all are. With
``--check`` none is, and it fails if one had to be. With names, only those figures are drawn, to
look at while you write.
"""

import argparse
import ast
import hashlib
import importlib
import inspect
import json
import multiprocessing
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lecture8.replacing import replacing

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "slides" / "pictures"
FIGURES = ROOT / "slides" / "figures"
CATALOGUE = FIGURES / "figures.json"
CHAPTERS = (
    "clips",
    "overview",
    "integrators",
    "potentials",
    "architectures",
    "fitting",
    "active_learning",
    "foundation_models",
    "lithium",
    "ionic_conductivity",
)


def functions(chapter: str) -> list[str]:
    """Return the names of a chapter's pictures, in its order."""
    tree = ast.parse((PICTURES / f"{chapter}.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if not name.startswith("_")]


def fingerprint(path: Path) -> str:
    """Return a digest of what a file does: of our package without its comments and docstrings.

    The pictures' docstrings count: they become the alternative texts.
    """
    content = path.read_bytes()
    if path.suffix == ".py":
        tree = ast.parse(content)
        for node in ast.walk(tree) if path.parent != PICTURES else ():
            first = node.body[0] if isinstance(getattr(node, "body", None), list) else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value = ast.Constant(...)
        content = ast.dump(tree).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def stale(chapter: str, catalogue: dict) -> bool:
    """Say whether a chapter has to be drawn again."""
    entry = catalogue.get(chapter)
    if entry is None or list(entry["pictures"]) != functions(chapter):
        return True
    if not all((FIGURES / f"{name}.svg").exists() for name in entry["pictures"]):
        return True
    return any(
        not (ROOT / name).exists() or fingerprint(ROOT / name) != digest
        for name, digest in entry["made_from"].items()
    )


def describe(function) -> dict:
    """Return what a picture's docstring says of it."""
    text = inspect.getdoc(function)
    fields = dict(re.findall(r"^(Source|Notebook): (.+(?:\n    .+)*)", text, flags=re.M))
    if set(fields) != {"Source", "Notebook"}:
        raise ValueError(
            f"{function.__name__}: its docstring needs a line 'Source: ...' and a line "
            "'Notebook: 01_integrators#cell-id'."
        )
    alt, _, more = re.split(r"\n\n(?=Source:)", text)[0].partition("\n\n")
    return {
        "alt": " ".join(alt.split()),
        "description": " ".join(more.split()),
        "source": " ".join(fields["Source"].split()),
        "notebook": fields["Notebook"].strip(),
    }


def draw(chapter: str, names: list[str], folder: Path = FIGURES) -> dict:
    """Draw pictures of one chapter, write their files, and return its entry of the catalogue."""
    opened = set()
    sys.addaudithook(lambda event, arguments: opened.add(arguments[0]) if event == "open" else None)
    sys.path.insert(0, str(ROOT / "slides"))

    import matplotlib.pyplot as plt
    from pictures import style

    module = importlib.import_module(f"pictures.{chapter}")
    entry = {"pictures": {}, "made_from": {}}
    for name in names:
        plt.rcdefaults()
        plt.rcParams.update(style.STYLE)
        figure, numbers = getattr(module, name)()
        # A clip is SVG already.
        write(folder / f"{name}.svg", figure if isinstance(figure, str) else style.svg(figure))
        plt.close("all")
        entry["pictures"][name] = {**describe(getattr(module, name)), "numbers": numbers}
    files = {getattr(m, "__file__", None) for m in list(sys.modules.values())}
    # Code counts where it is imported; `just_in_time` reads all of it, to see whether it changed.
    files |= {f for f in opened if not str(f).endswith(".py")}
    ours = {Path(f).resolve() for f in files if isinstance(f, str)}
    for path in sorted(ours):
        inside = any(
            path.is_relative_to(ROOT / folder) for folder in ("lecture8", "slides/pictures")
        )
        if inside and path.is_file() and path.suffix not in (".pyc", ".nbi", ".nbc"):
            entry["made_from"][str(path.relative_to(ROOT))] = fingerprint(path)
    return entry


def write(path: Path, text: str) -> None:
    """Write `text` whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def main() -> int:
    """Make what has to be made; return 1 if ``--check`` found something."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="only these figures, whether changed or not")
    parser.add_argument("--all", action="store_true", help="all figures, whether changed or not")
    parser.add_argument("--check", action="store_true", help="make nothing, fail if one is stale")
    options = parser.parse_args()
    known = {name: chapter for chapter in CHAPTERS for name in functions(chapter)}
    unknown = sorted(set(options.names) - set(known))
    if unknown:
        print(f"No picture is called {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 1
    for name in options.names:
        print(json.dumps({name: draw(known[name], [name])["pictures"][name]}, indent=1))
    if options.names:
        return 0
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8")) if CATALOGUE.exists() else {}
    to_make = [chapter for chapter in CHAPTERS if options.all or stale(chapter, catalogue)]
    if options.check:
        print(f"Figures to make again: {', '.join(to_make) or 'none'}.")
        return int(bool(to_make))
    # A fresh process for each: what it has imported and opened is what its figures were made from.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn, max_tasks_per_child=1) as workers:
        running = {c: workers.submit(draw, c, functions(c)) for c in to_make}
        for chapter, future in running.items():
            catalogue[chapter] = future.result()
            ordered = {c: catalogue[c] for c in CHAPTERS if c in catalogue}
            write(CATALOGUE, json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
            print(f"{chapter}: {len(catalogue[chapter]['pictures'])} figures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
