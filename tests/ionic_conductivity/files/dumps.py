"""LAMMPS dumps, as text: any box, any columns, atoms in any order."""

import numpy as np

TYPES = {"Li": 1, "P": 2, "S": 3}


def dump(
    walk,
    cells,
    columns="id type x y z",
    *,
    symbols="Li Li P S",
    flags="pp pp pp",
    title="xy xz yz",
    origin=(0.0, 0.0, 0.0),
    every=100,
    shuffle=True,
    periodic=(True, True, True),
):
    """Return the dump of unwrapped positions (T, N, 3) in a lower triangular cell or cells."""
    symbols, text = symbols.split(), ""
    cells = np.broadcast_to(cells, (len(walk), 3, 3))
    for k, (r, cell) in enumerate(zip(walk, cells, strict=True)):
        text += f"ITEM: TIMESTEP\n{every * k}\nITEM: NUMBER OF ATOMS\n{len(r)}\n"
        text += _box(cell, np.array(origin), title, flags)
        text += f"ITEM: ATOMS {columns}\n"
        place = _columns(r, cell, np.array(origin), np.array(periodic))
        place |= {"id": 1 + np.arange(len(r)), "element": symbols, "mol": np.ones(len(r), int)}
        place |= {"type": [TYPES[symbol] for symbol in symbols]}
        order = np.random.default_rng(k).permutation(len(r)) if shuffle else range(len(r))
        for i in order:
            text += " ".join(str(place[column][i]) for column in columns.split()) + " \n"
    return text


def _box(cell, origin, title, flags) -> str:
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = cell
    low = np.add(origin, [min(0, xy, xz, xy + xz), min(0, yz), 0])
    high = np.add(origin, [lx + max(0, xy, xz, xy + xz), ly + max(0, yz), lz])
    if title == "abc origin":
        rows = np.column_stack([cell, origin])
    elif title == "xy xz yz":
        rows = np.column_stack([low, high, [xy, xz, yz]])
    else:
        rows = np.column_stack([low, high])
    head = " ".join(["ITEM: BOX BOUNDS", *title.split(), *flags.split()])
    return "\n".join([head, *(" ".join(map(repr, row.tolist())) for row in rows)]) + "\n"


def _columns(r, cell, origin, periodic) -> dict:
    scaled = (r - origin) @ np.linalg.inv(cell)
    images = np.where(periodic, np.floor(scaled), 0).astype(int)
    out = {}
    for name, values in (
        ("{}", r - images @ cell),
        ("{}u", r),
        ("{}s", scaled - images),
        ("{}su", scaled),
        ("i{}", images),
    ):
        out |= {name.format(axis): values[:, k].tolist() for k, axis in enumerate("xyz")}
    return out
