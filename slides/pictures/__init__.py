"""The deck's pictures: one function for each, in modules by notebook.

A picture is a function without arguments that returns a figure and the numbers that the deck quotes
from it, as the strings that it shows. Its docstring says what the picture shows (the alternative
text of the slide), where the data come from, and the notebook's cell that makes the same point::

    def time_step():
        \"\"\"The energy of a vibration swings with the square of the step, and breaks at 2/ω.

        Source: computed here.
        Notebook: 01_integrators#stability-figure
        \"\"\"
        figure, ax = plt.subplots(figsize=FULL)
        ...
        return figure, {"limit": f"{limit:.1f}"}  # the deck says {{time_step.limit}}

A clip is a picture that moves: it returns the SVG text of `moving.clip` instead of a figure.
"""
