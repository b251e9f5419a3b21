"""Controls of notebook 1, integrators."""

from ase import units

from recipes.controls.claim import control


@control(
    "The tolerated drift, 0.01 meV per atom and picosecond, is 39 K in a nanosecond.",
    where="notebook 1, Drift",
    low=38,
    high=40,
    unit="K",
    seeds=1,
)
def tolerated_drift_in_kelvin(seed: int) -> float:
    """Compute it: half of the energy heats, 3/2 k_B per atom, half goes into the potential."""
    return 0.01e-3 * 1000 / (3 * units.kB)
