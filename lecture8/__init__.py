"""Machine learning for molecular simulation: the code behind the course's notebooks and slides.

Each notebook has a room of its own name here; import the room you need, for example
``from lecture8.integrators import simulate``. Importing `lecture8` itself imports nothing else,
so that no notebook waits for a library it does not use.
"""

import sys

__version__ = "0.1.0"

if not __debug__:
    raise RuntimeError(
        f"Python runs with -{'O' * sys.flags.optimize} (or PYTHONOPTIMIZE is set), which leaves "
        "out every assert. ASE reads files inside of one and would garble them, and the notebooks' "
        "checks would check nothing. Start Python without -O and unset PYTHONOPTIMIZE."
    )
