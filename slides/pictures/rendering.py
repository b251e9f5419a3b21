"""Balls and sticks: atoms drawn in three dimensions, shaded, seen from far along z."""

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.colors import jmol_colors
from ase.utils import rotate

LIGHT = np.array([-0.45, 0.6, 0.66])  # from the upper left, towards the reader
OVERSAMPLING = 3  # each pixel is the mean of 3 x 3: smooth edges


def render(
    atoms: Atoms,
    *,
    rotation: str = "",
    radius: float = 0.45,
    stick: float = 0.12,
    bonded: float = 1.2,
    colours: dict | None = None,
    radii: dict | None = None,
    pixels_per_angstrom: int = 60,
    centre=None,
    window=None,
):
    """Return a picture of `atoms` and where it lies.

    Parameters
    ----------
    rotation
        As in ASE, for instance "-90x,20y": degrees about the axes of the screen.
    radius
        Radius of each ball as a fraction of the covalent radius.
    stick
        Radius of a bond, Å; 0 draws none.
    bonded
        Two atoms are joined if they are nearer than this times the sum of their covalent radii.
    colours, radii
        By symbol, RGB and Å: what differs from Jmol's colours and from `radius`.
    centre
        The point (3,), before rotation, that becomes the origin; that of the atoms if None.
    window
        (left, right, bottom, top) in Å about the origin; fits the atoms if None.

    Returns
    -------
    (image (H, W, 4), window), for ``ax.imshow(image, extent=window, interpolation="none")``.
    """
    positions = atoms.positions - (atoms.positions.mean(axis=0) if centre is None else centre)
    positions = positions @ rotate(rotation)
    ball = radius * covalent_radii[atoms.numbers]
    paint = jmol_colors[atoms.numbers].copy()
    for symbol, value in (radii or {}).items():
        ball[atoms.symbols == symbol] = value
    for symbol, value in (colours or {}).items():
        paint[atoms.symbols == symbol] = value
    if window is None:
        low, high = (positions[:, :2].T - ball).min(axis=1), (positions[:, :2].T + ball).max(axis=1)
        window = (low[0] - 0.1, high[0] + 0.1, low[1] - 0.1, high[1] + 0.1)
    canvas = _Canvas(window, pixels_per_angstrom * OVERSAMPLING)
    for place, r, colour in zip(positions, ball, paint, strict=True):
        canvas.ball(place, r, colour)
    if stick > 0:
        reach = bonded * (covalent_radii[atoms.numbers][:, None] + covalent_radii[atoms.numbers])
        distances = np.linalg.norm(positions[:, None] - positions, axis=2)
        for i, j in np.argwhere(np.triu(distances < reach, 1)):
            canvas.stick(positions[i], positions[j], stick, paint[i], paint[j])
    return canvas.image(), window


class _Canvas:
    """Pixels that keep what is nearest to the reader."""

    def __init__(self, window, resolution):
        left, right, bottom, top = window
        width = OVERSAMPLING * round((right - left) * resolution / OVERSAMPLING)
        height = OVERSAMPLING * round((top - bottom) * resolution / OVERSAMPLING)
        self.x = left + (np.arange(width) + 0.5) / resolution
        self.y = top - (np.arange(height) + 0.5) / resolution
        self.depth = np.full((height, width), -np.inf)
        self.rgba = np.zeros((height, width, 4))

    def _patch(self, low, high):
        columns = slice(*np.searchsorted(self.x, [low[0], high[0]]))
        rows = slice(*np.searchsorted(-self.y, [-high[1], -low[1]]))
        return rows, columns, self.x[None, columns], self.y[rows, None]

    def ball(self, centre, radius, colour):
        rows, columns, x, y = self._patch(centre[:2] - radius, centre[:2] + radius)
        dx, dy = (x - centre[0]) / radius, (y - centre[1]) / radius
        height = np.sqrt(np.maximum(0, 1 - dx**2 - dy**2))
        normal = np.stack(np.broadcast_arrays(dx, dy, height), axis=-1)
        hit = dx**2 + dy**2 < 1
        self._paint(rows, columns, hit, centre[2] + radius * height, normal, colour)

    def stick(self, start, end, radius, colour_start, colour_end):
        """Draw a cylinder; where a ray along z enters it is the root of a quadratic."""
        length = np.linalg.norm(end - start)
        u = (end - start) / length
        low, high = np.minimum(start, end)[:2] - radius, np.maximum(start, end)[:2] + radius
        rows, columns, x, y = self._patch(low, high)
        dx, dy = x - start[0], y - start[1]
        along = dx * u[0] + dy * u[1]
        a, b = max(1 - u[2] ** 2, 1e-9), -2 * u[2] * along
        c = dx**2 + dy**2 - along**2 - radius**2
        discriminant = b**2 - 4 * a * c
        z = (-b + np.sqrt(np.maximum(0, discriminant))) / (2 * a)
        s = along + z * u[2]  # how far along the bond, Å
        hit = (discriminant > 0) & (s > 0) & (s < length)
        dx, dy, z = np.broadcast_arrays(dx, dy, z)
        normal = (np.stack([dx, dy, z], axis=-1) - s[..., None] * u) / radius
        colour = np.where((s < length / 2)[..., None], colour_start, colour_end)
        self._paint(rows, columns, hit, start[2] + z, normal, colour)

    def _paint(self, rows, columns, hit, depth, normal, colour):
        light = LIGHT / np.linalg.norm(LIGHT)
        seen = hit & (depth > self.depth[rows, columns])
        diffuse = np.maximum(0, normal @ light)
        shine = diffuse**30 * 0.35
        rim = np.clip(normal[..., 2] / 0.35, 0.35, 1)  # a dark outline where the surface turns away
        shaded = (np.asarray(colour) * (0.5 + 0.5 * diffuse[..., None]) + shine[..., None]) * rim[
            ..., None
        ]
        self.depth[rows, columns][seen] = depth[seen]
        self.rgba[rows, columns][seen] = np.concatenate(
            [np.clip(shaded, 0, 1), np.ones((*seen.shape, 1))], axis=-1
        )[seen]

    def image(self):
        """Return the mean of each block, colours weighted by their opacity."""
        n = OVERSAMPLING
        height, width = self.depth.shape
        blocks = self.rgba.reshape(height // n, n, width // n, n, 4)
        alpha = blocks[..., 3:].mean(axis=(1, 3))
        colour = (blocks[..., :3] * blocks[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-9)
        return np.concatenate([colour, alpha], axis=-1)
