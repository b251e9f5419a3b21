"""Walk every link of a built site: ``python -m lecture8.site build``."""

import argparse
import sys
from pathlib import Path

from lecture8.site.walk import unlinked, walk


def main() -> int:
    """Print what is wrong with the site; return 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--nothing-else",
        action="store_true",
        help="files that no page leads to are wrong, too: before the folder is published",
    )
    given = parser.parse_args()
    try:
        met = walk(given.folder)
    except FileNotFoundError as error:
        print(error)
        return 1
    wrong = met.wrong
    if given.nothing_else:
        wrong += [f"no page leads to {name}" for name in unlinked(given.folder, met)]
    print("\n".join(wrong) or f"{met.links} links between {len(met.places)} files, none broken")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
