"""Moment tensor potentials: linear in contractions of moments, fitted by damped Gauss-Newton."""
