"""What is kept of long runs: the ions as seen from the framework, and how the framework rattles."""

import numpy as np
from ase import Atoms

from lecture8.ionic_conductivity import fast_mean_squared_displacement, remove_drift, run_replicas
from lecture8.packed_positions import pack

UNIT = 0.05  # Å, of the packed positions; rounding adds 0.001 Å2 to an MSD


def kept_of_replicas(
    crystal: Atoms, potential, *, temperature_K: int, ion: str, framework, name: str, **settings
) -> dict[str, np.ndarray]:
    """Run replicas and return what the data set keeps of them, by names that end in `name`.

    Parameters
    ----------
    ion : str
        The element whose positions are kept, packed.
    framework : list of str
        The elements whose mean squared displacement is kept.
    settings
        Those of `run_replicas`.

    Raises
    ------
    RuntimeError
        If a replica failed.
    """
    runs = run_replicas(crystal, potential, temperatures_K=[temperature_K], **settings)
    runs = runs[temperature_K]
    if runs.failures:
        raise RuntimeError(f"at {temperature_K} K, {len(crystal)} atoms: {runs.failures}")
    symbols = runs.symbols
    positions = [remove_drift(x.astype(float), symbols != ion) for x in runs.positions]
    displacement = [
        [fast_mean_squared_displacement(x[:, symbols == element]) for x in positions]
        for element in framework
    ]  # elements, R replicas, L lags
    return {
        f"positions_{name}": pack([x[:, symbols == ion] for x in positions], UNIT),
        f"temperatures_{name}": runs.kinetic_temperatures_K.astype(np.float32),
        f"framework_{name}": np.mean(displacement, axis=1).astype(np.float32),
    }
