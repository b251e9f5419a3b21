"""Moment networks: a small network on the moments of an atom's surroundings."""
