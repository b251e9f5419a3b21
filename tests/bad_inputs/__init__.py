"""The table of bad inputs: a file of rows for each room, tried by `tests/test_bad_inputs.py`."""

import pkgutil
from importlib import import_module

_FILES = [file.name for file in pkgutil.iter_modules(__path__) if file.name != "row"]

ROWS = [row for name in sorted(_FILES) for row in import_module(f"{__name__}.{name}").ROWS]
