"""Build the deck: ``python slides/build_deck.py [folder]`` (or ``make slides``).

The HTML page is one file and needs nothing else. The PDF and the PowerPoint file, both with the
speaker notes, are printed by a Chromium; where there is none, a line says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SLIDES = Path(__file__).resolve().parent
MARP = SLIDES / "node_modules" / ".bin" / "marp"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FORMATS = {
    "html": [],
    "pdf": ["--pdf", "--pdf-notes", "--pdf-outlines"],
    "pptx": ["--pptx", "--image-scale", "1.5"],  # 1920 x 1080 pixels
}


def chromium() -> str | None:
    """Return the path of a Chromium: that in CHROME_PATH, or one of the usual names."""
    named = os.environ.get("CHROME_PATH")
    if named and not shutil.which(named):
        raise FileNotFoundError(
            f"CHROME_PATH is '{named}', which is no program. Name a Chromium there, or unset it."
        )
    found = [named, *map(shutil.which, BROWSERS)]
    found.append(shutil.which("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"))
    return next((path for path in found if path), None)


def build(folder: Path, formats=tuple(FORMATS)) -> list[Path]:
    """Write the deck in each of `formats` that this machine can print, and return the files."""
    if not MARP.exists():
        raise FileNotFoundError(
            f"{MARP} is missing; run `make slides` in the root of the repository."
        )
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise ValueError(
            f"The deck is not made as {', '.join(unknown)}, only as {', '.join(FORMATS)}."
        )
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name a folder for the deck.")
    browser = chromium()
    for name in formats:
        if name != "html" and browser is None:
            print(
                f"No {name}: it is printed by a Chromium, and there is none here. Install one "
                "(Debian: apt install chromium), or name yours in CHROME_PATH."
            )
    folder.mkdir(parents=True, exist_ok=True)
    possible = [name for name in formats if name == "html" or browser]
    with ThreadPoolExecutor() as at_once:
        return list(at_once.map(lambda name: _build_one(folder, name, browser), possible))


def _build_one(folder: Path, name: str, browser: str | None) -> Path:
    target = folder / f"lecture8.{name}"
    # Marp writes in place: into a folder of its own first, so that no half a deck is left.
    with tempfile.TemporaryDirectory(dir=folder) as partial:
        output = Path(partial) / target.name
        command = [MARP, "--config", SLIDES / "marp.config.mjs", SLIDES / "lecture8.md"]
        command += [*FORMATS[name], "--output", output]
        if browser:
            command += ["--browser-path", browser]
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        # Marp returns 0 from some of its failures: what counts is the file.
        if run.returncode or not output.exists():
            raise RuntimeError(f"Marp could not make {target.name}:\n{run.stderr.strip()}")
        return output.replace(target)


def main() -> int:
    """Build the deck into the folder that is named, or build/slides."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = SLIDES.parent / "build" / "slides"
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="else build/slides")
    try:
        for path in build(parser.parse_args().folder):
            print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
    except (OSError, RuntimeError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
