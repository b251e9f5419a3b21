"""The deck's pictures: one function for each, in modules by notebook.

A picture is a function without arguments that returns a figure and the numbers that the deck quotes
from it, as the strings that it shows. Its docstring says what the picture shows (the alternative
text of the slide), where the data come from, and the notebook's cell that makes the same point::

    def phase_portraits():
        \"\"\"Explicit Euler spirals out of the picture; velocity Verlet stays on its circle.

        Source: computed here.
        Notebook: 01_integrators#portraits
        \"\"\"
        figure, ax = plt.subplots(figsize=FULL)
        ...
        return figure, {"growth": f"{growth:.1f}"}  # the deck says {{phase_portraits.growth}}
"""
