"""A bath: what holds the temperature of a run."""

from dataclasses import dataclass

from ase import units

from lecture8.arguments import check_not_negative


@dataclass(frozen=True, kw_only=True)
class Langevin:
    """Friction and noise, as `langevin_baoab` applies them.

        Langevin(temperature_K=600, friction_per_fs=0.01)      # atoms
        Langevin(thermal_energy=1.0, friction=0.1)             # a model system, in its own units

    Parameters
    ----------
    temperature_K, friction_per_fs : float
        For atoms: T and gamma.
    thermal_energy, friction : float
        For a model system: kT in the unit of its energy, and gamma in 1 / its time. For atoms they
        are worked out, in ASE's units.

    Raises
    ------
    ValueError
        If one of a pair is missing, both pairs are given, or one is negative.
    """

    temperature_K: float | None = None
    friction_per_fs: float | None = None
    thermal_energy: float | None = None
    friction: float | None = None

    def __post_init__(self):
        names = ("temperature_K", "friction_per_fs"), ("thermal_energy", "friction")
        given = {name for pair in names for name in pair if getattr(self, name) is not None}
        if given not in map(set, names):
            raise ValueError(
                f"a bath got {', '.join(sorted(given)) or 'nothing'}; give temperature_K and "
                "friction_per_fs for atoms, or thermal_energy and friction for a model system"
            )
        for name in sorted(given):
            check_not_negative(name, getattr(self, name))
        if self.has_units:
            object.__setattr__(self, "thermal_energy", units.kB * self.temperature_K)
            object.__setattr__(self, "friction", self.friction_per_fs / units.fs)

    @property
    def has_units(self) -> bool:
        """Whether it is a bath for atoms, in kelvin and femtoseconds."""
        return self.temperature_K is not None
