"""Machine learning for molecular simulation: the code behind the course's notebooks and slides.

Each notebook has a room of its own name here; import the room you need, for example
``from lecture8.integrators import simulate``. Importing `lecture8` itself imports nothing else,
so that no notebook waits for a library it does not use.
"""

__version__ = "0.1.0"
