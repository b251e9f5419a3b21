"""Files of trajectories that other programs wrote: one module a format, and `read_trajectory`."""

from lecture8.ionic_conductivity.files.reading import read_trajectory

__all__ = ["read_trajectory"]
