"""Atoms in three dimensions, drawn by chemiscope (github.com/lab-cosmo/chemiscope)."""

import base64
import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import chemiscope
import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from lecture8.interactive.element import Element, element

MOST_FRAMES = 240
LIBRARY = '<script class="lecture8-library" type="text/plain">'
PATH_COLOUR, CLOUD_COLOUR = "#0072b2", "#cc79a7"


def view(
    frames,
    text: str,
    *,
    curve: Mapping[str, object] | None = None,
    colour: tuple[str, object] | None = None,
    paths=(),
    cloud=None,
    bonds=True,
    cell: bool | None = None,
) -> Element:
    """Return atoms to turn, and to play if there are several frames.

    Parameters
    ----------
    frames : Atoms, sequence of Atoms or Trajectory
        At most `MOST_FRAMES` are kept, evenly.
    text : str
        What one sees, for who cannot see it.
    curve : mapping, optional
        Two labels -> numbers (T,): drawn beside the atoms, a dot for each frame. A click on a dot
        shows its frame.
    colour : (label, array (T, N) or (N,)), optional
        A number of each atom that colours it; by its element otherwise.
    paths : sequence of int
        Atoms whose way through all frames is drawn as a line.
    cloud : array (M, 3), optional
        Å, places to mark, say where an ion density is high.
    bonds : bool or sequence of pairs of elements
        Whether atoms that are near each other are joined, or of which elements alone.
    cell : bool, optional
        Draw the cell; by default if there is one.

    Raises
    ------
    ValueError
        If numbers are not one for each frame, or for each of its atoms.
    """
    frames = _as_frames(frames)
    every = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round())
    every = every.astype(int)
    shown = [frames[k] for k in every]
    structures = [_short_structure(atoms, bonds) for atoms in shown]
    properties, settings = {}, {"bonds": bool(bonds), "axes": "off", "playbackDelay": 60}
    settings["keepOrientation"] = True  # or each frame would be centred and zoomed anew
    settings["unitCell"] = bool(shown[0].cell.rank == 3) if cell is None else cell
    if curve is not None:
        if len(curve) != 2:
            raise ValueError(f"a curve has two labels, x and y, not {len(curve)}")
        for label, values in curve.items():
            values = _one_for_each("frame", label, values, (len(frames),))
            properties[label] = {"target": "structure", "values": _short(values[every])}
    if colour is not None:
        label, values = colour
        shape = (len(frames), len(frames[0]))
        values = np.asarray(values, float)
        if values.ndim == 1:
            values = np.broadcast_to(values, (len(frames), *values.shape))
        values = _one_for_each("atom of a frame", label, values, shape)[every]
        properties[label] = {"target": "atom", "values": _short(values.ravel())}
        ends = {"min": float(values.min()), "max": float(values.max())}
        settings["color"] = {"property": label, "palette": "viridis", **ends}
    shapes = _shapes(frames, paths, cloud)
    data = chemiscope.create_input(
        structures=structures,
        properties=properties,
        shapes=shapes or None,
        settings={"structure": [settings | {"shape": ",".join(shapes)}]} | _map_of(curve),
    )
    payload = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    return element(
        "view",
        f'<script type="application/json">{payload}</script>{_library()}'
        '<div class="lecture8-waiting">The atoms appear here once scripts may run.</div>',
        text,
    )


def _as_frames(frames) -> list[Atoms]:
    """Return Atoms, several of them or a run as a list of Atoms."""
    if isinstance(frames, Atoms):
        return [frames]
    if not hasattr(frames, "positions"):
        frames = list(frames)
        if not frames:
            raise ValueError("there is no frame to show")
        return frames
    if frames.symbols is None:
        raise ValueError("this run does not say which elements its particles are: give Atoms")
    cell = frames.cell
    return [
        Atoms(list(frames.symbols), positions=x, cell=cell, pbc=cell is not None)
        for x in frames.positions
    ]


def _short_structure(atoms: Atoms, bonds) -> dict:
    """Return a frame as chemiscope takes it, to 0.01 Å: a page of many frames must stay small."""
    structure = {"size": len(atoms), "names": list(atoms.symbols)}
    structure |= {x: np.round(atoms.positions[:, k], 2).tolist() for k, x in enumerate("xyz")}
    if atoms.cell.rank == 3:
        structure["cell"] = np.round(atoms.cell.array.ravel(), 4).tolist()
    if not isinstance(bonds, bool):
        first, second, apart = neighbor_list("ijd", Atoms(atoms.symbols, atoms.positions), 3.0)
        symbols, radii = np.array(atoms.symbols), covalent_radii[atoms.numbers]
        asked = {frozenset(pair) for pair in bonds}
        structure["bonds"] = [
            [int(i), int(j), 1]
            for i, j, d in zip(first, second, apart, strict=True)
            if i < j
            and frozenset((symbols[i], symbols[j])) in asked
            and d < 1.25 * (radii[i] + radii[j])
        ]
    return structure


def _short(values: np.ndarray) -> list[float]:
    """Return numbers to four digits."""
    return [float(f"{x:.4g}") for x in values]


def _one_for_each(what: str, label: str, values, shape: tuple[int, ...]) -> np.ndarray:
    values = np.asarray(values, float)
    if values.shape != shape:
        raise ValueError(f"{label!r} needs one number for each {what}, {shape}, not {values.shape}")
    return values


def _map_of(curve) -> dict:
    """Return the settings of the curve."""
    if curve is None:
        return {}
    x, y = ({"property": label, "scale": "linear"} for label in curve)
    return {"map": {"x": x, "y": y, "color": {"property": ""}, "size": {"factor": 35}}}


def _shapes(frames: list[Atoms], paths, cloud) -> dict:
    """Return lines along the ways of atoms, and small spheres at places."""
    shapes = {}
    if len(paths):
        ways = np.array([atoms.positions[list(paths)] for atoms in frames])  # (T, n, 3)
        steps = np.diff(ways, axis=0)
        cylinders = {
            "bases": np.round(ways[:-1].reshape(-1, 3), 2).tolist(),
            "vectors": np.round(steps.reshape(-1, 3), 2).tolist(),
            "radii": 0.06,
            "colors": PATH_COLOUR,
        }
        shapes["path"] = {"kind": "cylinders", "parameters": {"global": cylinders}}
    if cloud is not None and len(cloud):
        spheres = {
            "centers": np.round(np.asarray(cloud, float), 2).tolist(),
            "radii": 0.1,
            "colors": CLOUD_COLOUR,
        }
        shapes["cloud"] = {"kind": "spheres", "parameters": {"global": spheres}}
    return shapes


@cache
def _library() -> str:
    """Return chemiscope's script, compressed. `lecture8.course` keeps one of them on a page."""
    script = files(chemiscope).joinpath("sphinx/static/chemiscope.min.js").read_bytes()
    packed = base64.b64encode(gzip.compress(script, mtime=0)).decode()
    return f"{LIBRARY}{packed}</script>"
