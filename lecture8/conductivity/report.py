"""The report of a study: one page for people, and the same numbers as JSON."""

import base64
import io
import platform
import time
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from jinja2 import Environment, PackageLoader

from lecture8 import plotting
from lecture8.conductivity.keeping import write_json
from lecture8.conductivity.measuring import cm2_per_s, two_digits
from lecture8.integrators.trajectory import seen_from
from lecture8.interactive.viewing import view
from lecture8.ionic_conductivity import Diffusion, milli_siemens_per_cm
from lecture8.measured import Measured
from lecture8.replacing import replacing

FRAMES, PATHS = 60, 12  # shown in the page: few, so that it stays small


def write_report(study, folder: Path) -> Path:
    """Write ``report.html`` and ``study.json`` into `folder`, and return the page's path."""
    write_json(folder / "study.json", _finite(as_numbers(study)))
    environment = Environment(
        loader=PackageLoader("lecture8.conductivity", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(
        study=study,
        outcome=study.outcome,
        alone=two_digits(milli_siemens_per_cm(study.outcome.tracer.value))
        if study.outcome.is_known
        else "",
        rows=_rows(study),
        figures=[picture for picture in _figures(study) if picture],
        atoms=_atoms(study)._repr_html_(),
        style=files(__package__).joinpath("report.css").read_text(encoding="utf-8"),
        date=time.strftime("%Y-%m-%d"),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )
    file = folder / "report.html"
    with replacing(file) as partial:
        partial.write_text(page, encoding="utf-8")
    return file


def as_numbers(study) -> dict:
    """Return a study as plain numbers and text."""
    out = study.outcome
    line = out.arrhenius
    return {
        "verdict": out.verdict,
        "settings": study.settings,
        "ion": out.ion,
        "charge": out.charge,
        "temperature_K": out.temperature_K,
        "formula": study.crystal.get_chemical_formula() if study.crystal else None,
        "atoms": len(study.crystal) if study.crystal else None,
        "cell_A": study.crystal.cell.tolist() if study.crystal else None,
        "ions_per_A3": out.number_density,
        "sigma_S_per_m": _measured(out.sigma),
        "tracer_sigma_S_per_m": _measured(out.tracer),
        "haven_ratio": _measured(out.haven),
        "activation_energy_eV": _measured(line.activation_energy) if line else None,
        "diffusion_A2_per_ps": {
            f"{T:g}": _measured(D) | {"window_ps": list(D.window)}
            if isinstance(D, Diffusion)
            else D
            for T, D in out.diffusion.items()
        },
        "bounds_A2_per_ps": {f"{T:g}": bound for T, bound in out.bounds.items()},
        "runs": {
            f"{T:g}": {"replicas": len(run), "picoseconds": float(run.times[-1])}
            for T, run in study.runs.items()
        },
        "framework": {
            f"{T:g}": {"wandered_A": x.wandered, "broken": x.broken}
            for T, x in out.frameworks.items()
        },
        "examinations": [x.as_numbers() for x in study.examinations],
        "doubt": study.doubt.as_numbers() if study.doubt else None,
        "on_the_line_K": out.on_the_line,
        "notes": study.notes,
        "warnings": study.warnings,
        "seconds": study.seconds,
    }


def _measured(x: Measured | None) -> dict | None:
    if x is None:
        return None
    return {name: getattr(x, name) for name in ("value", "error", "low", "high", "samples")}


def _finite(numbers):
    """Return the same with None for what is no number: JSON knows no NaN."""
    if isinstance(numbers, dict):
        return {str(name): _finite(x) for name, x in numbers.items()}
    if isinstance(numbers, list | tuple):
        return [_finite(x) for x in numbers]
    return None if isinstance(numbers, float) and not np.isfinite(numbers) else numbers


def _rows(study) -> list[dict]:
    """Return what the table of temperatures says."""
    rows = []
    for T, run in sorted(study.runs.items(), reverse=True):
        D, bound = study.outcome.diffusion[T], study.outcome.bounds.get(T)
        known = isinstance(D, Diffusion)
        rows.append(
            {
                "T": f"{T:g}",
                "runs": f"{len(run)} × {run.times[-1]:g} ps",
                "D": _of(D) if known and bound is None else _below(bound),
                "why": f"slope from {D.window[0]:g} to {D.window[1]:g} ps" if known else D,
                "left_out": bool(study.outcome.frameworks[T].warnings),
            }
        )
    return rows


def _below(bound: float | None) -> str:
    return "" if bound in (None, np.inf) else f"below {cm2_per_s(bound):.0e}"


def _of(D: Diffusion) -> str:
    """Return D in cm2/s with its interval."""
    value, low, high = (f"{cm2_per_s(x):.1e}" for x in (D.value, D.low, D.high))
    return f"{value} ({low} to {high})"


# -- Figures ---------------------------------------------------------------------------------------


def _figures(study) -> list[dict]:
    with plt.rc_context(plotting.STYLE):
        return [_arrhenius(study), _displacement(study), _learning(study), _checklist(study)]


def _arrhenius(study) -> dict | None:
    out = study.outcome
    if out.arrhenius is None:
        return None
    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    known = {T: out.diffusion[T] for T in out.on_the_line}
    plotting.arrhenius(ax, out.arrhenius, known, label=f"{out.ion}, this study")
    bounds = {T: bound for T, bound in out.bounds.items() if bound < np.inf}
    if bounds:
        ax.plot([1000 / T for T in bounds], bounds.values(), "v", color="0.5", label="at most")
    ax.legend()
    return _picture(
        figure,
        "Diffusion coefficients and Arrhenius' line",
        f"D of {out.ion} against 1000 over T, with the 95 % band of the line down to 300 K",
    )


def _displacement(study) -> dict:
    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    colours = plt.cm.viridis(np.linspace(0.85, 0.0, len(study.runs)))
    for colour, (T, D) in zip(colours, study.outcome.diffusion.items(), strict=True):
        if isinstance(D, Diffusion):
            ax.loglog(D.lag_times[1:], D.msd[1:], color=colour, label=f"{T:g} K")
            fitted = (D.lag_times >= D.window[0]) & (D.lag_times <= D.window[1])
            ax.loglog(D.lag_times[fitted], D.msd[fitted], color=colour, lw=5, alpha=0.3)
            continue
        lags, msd = _curve(study.runs[T], study.outcome.ion)
        ax.loglog(lags[1:], msd[1:], color=colour, ls="--", label=f"{T:g} K, not diffusive")
    low, high = ax.get_ylim()
    if high < 10 * low:  # all of it rattles: a decade, so that it looks as flat as it is
        ax.set_ylim(low / 3, 3 * high)
    ax.set(xlabel="lag / ps", ylabel=f"mean squared displacement of {study.outcome.ion} / Å²")
    ax.legend()
    return _picture(
        figure,
        "Mean squared displacement; broad where the slope was taken",
        f"mean squared displacement of {study.outcome.ion} against the lag, both logarithmic, one "
        "curve for each temperature",
    )


def _curve(run, ion: str) -> tuple[np.ndarray, np.ndarray]:
    from lecture8.ionic_conductivity import fast_mean_squared_displacement

    ions = run.of(ion)
    longest = max(2, (len(ions.times) - 1) // 2)
    curves = [fast_mean_squared_displacement(x, max_lag=longest) for x in ions.positions]
    return ions.times[: longest + 1] - ions.times[0], np.mean(curves, axis=0)


def _learning(study) -> dict | None:
    if not study.examinations:
        return None
    figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    labels = [x.labels for x in study.examinations]
    ax.plot(labels, [x.force_rmse for x in study.examinations], "o-", label="pupil's force RMSE")
    ax.plot(labels, [x.spread for x in study.examinations], "s:", color="0.5", label="the forces")
    ax.set(xlabel="labels after the first frames", ylabel="meV/Å", ylim=(0, None))
    ax.legend()
    return _picture(
        figure,
        "Examinations of the pupil: frames of its own runs, labelled afterwards",
        "force error of the pupil on its own runs against the labels spent, beside the spread of "
        "the forces themselves",
    )


def _checklist(study) -> dict | None:
    if study.doubt is None:
        return None
    figure, ax = plt.subplots(figsize=(6, 4.4), layout="constrained")
    name = study.settings["teacher"].rsplit(".")[-1]
    plotting.traffic_lights(ax, {name: study.doubt.findings})
    return _picture(
        figure,
        "The teacher's checklist",
        "; ".join(f"{x.check}: {x.number} {x.unit}, {x.verdict}" for x in study.doubt.findings),
    )


def _picture(figure, title: str, alt: str) -> dict:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    plt.close(figure)
    data = base64.b64encode(drawn.getvalue()).decode()
    return {"title": title, "alt": alt, "source": f"data:image/svg+xml;base64,{data}"}


def _atoms(study):
    """Return some of the hottest run to look at, with the paths of some ions."""
    run = study.runs[max(study.runs)][0]
    symbols = np.asarray(run.symbols)
    every = np.unique(np.linspace(0, len(run.positions) - 1, FRAMES).astype(int))
    positions = seen_from(run.positions, symbols != study.outcome.ion)[every]
    frames = [Atoms(symbols, x, cell=run.cell, pbc=True) for x in positions]
    ions = np.flatnonzero(symbols == study.outcome.ion)[:PATHS]
    T = max(study.runs)
    return view(
        frames,
        f"{T:g} K: the atoms during {run.times[-1]:g} ps, with the paths of {len(ions)} "
        f"{study.outcome.ion}",
        paths=ions.tolist(),
    )
