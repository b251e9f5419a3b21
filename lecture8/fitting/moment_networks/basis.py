"""The fixed functions of a moment network: of a distance, of a direction, of both.

`radial` and `angular` fill one neighbour's numbers and their derivatives; everything that is fitted
comes after them. Both the fit and the compiled potential call them, so what they compute is the
same to the last bit.
"""

import numpy as np

from lecture8.just_in_time import njit

DEGREE = np.repeat(np.arange(4), 2 * np.arange(4) + 1)  # l of each of 16 angular functions
FLATTEN = 2.4  # Å; well below it `radial` stops changing

_S3, _S58, _S15 = np.sqrt(3), np.sqrt(5 / 8), np.sqrt(15)


@njit(cache=True, error_model="numpy")
def radial(r, cutoff, t, dt):
    """Fill t_n(r) = T_n(y) (1 - r^2 / cutoff^2)^2 and dt_n/dr (1/Å), each (n,), for r < cutoff.

    y falls from 1 at r = 0 to -1 at the cutoff, with x the Agnesi transform

        y = 2 (x - x_cut) / (1 - x_cut) - 1,   x = 1 / (1 + u^4 / (1 + u^2)),   u = r / FLATTEN:

    steep where bonds are, and flat as r -> 0, where no frame holds the polynomials T_n.

    Witt et al., J. Chem. Phys. 159, 164101 (2023), with p = 2 and q = 4.
    """
    u2 = (r / FLATTEN) ** 2
    uc2 = (cutoff / FLATTEN) ** 2
    x = (1 + u2) / (1 + u2 + u2 * u2)
    xc = (1 + uc2) / (1 + uc2 + uc2 * uc2)
    # dx/d(u^2) = -u^2 (2 + u^2) / (1 + u^2 + u^4)^2, and d(u^2)/dr = 2 r / FLATTEN^2.
    slope = -u2 * (2 + u2) / (1 + u2 + u2 * u2) ** 2 * 2 * r / FLATTEN**2
    y = 2 * (x - xc) / (1 - xc) - 1
    dy = 2 * slope / (1 - xc)
    w = 1 - (r / cutoff) ** 2
    smooth, dsmooth = w * w, -4 * w * r / cutoff**2
    p, dp, q, dq = 1.0, 0.0, y, dy  # T_n and T_n+1, and their slopes
    for n in range(len(t)):
        t[n] = p * smooth
        dt[n] = dp * smooth + p * dsmooth
        p, dp, q, dq = q, dq, 2 * y * q - p, 2 * dy * q + 2 * y * dq - dp


@njit(cache=True)
def angular(x, y, z, s, ds):
    """Fill s (16,), real spherical harmonics of a unit vector, and ds (3, 16), their derivatives.

    Scaled such that sum_m s_lm(a) s_lm(b) = P_l(a.b), the Legendre polynomial. `ds` are derivatives
    of the polynomials as written here; their part along the vector has no meaning.
    """
    xx, yy, zz = x * x, y * y, z * z
    ds[:] = 0.0
    s[0] = 1.0
    s[1], s[2], s[3] = x, y, z
    ds[0, 1] = ds[1, 2] = ds[2, 3] = 1.0
    s[4] = _S3 * x * y
    ds[0, 4], ds[1, 4] = _S3 * y, _S3 * x
    s[5] = _S3 * y * z
    ds[1, 5], ds[2, 5] = _S3 * z, _S3 * y
    s[6] = _S3 * x * z
    ds[0, 6], ds[2, 6] = _S3 * z, _S3 * x
    s[7] = _S3 / 2 * (xx - yy)
    ds[0, 7], ds[1, 7] = _S3 * x, -_S3 * y
    s[8] = (2 * zz - xx - yy) / 2
    ds[0, 8], ds[1, 8], ds[2, 8] = -x, -y, 2 * z
    s[9] = _S58 * y * (3 * xx - yy)
    ds[0, 9], ds[1, 9] = _S58 * 6 * x * y, _S58 * 3 * (xx - yy)
    s[10] = _S58 * x * (xx - 3 * yy)
    ds[0, 10], ds[1, 10] = _S58 * 3 * (xx - yy), -_S58 * 6 * x * y
    s[11] = _S15 * x * y * z
    ds[0, 11], ds[1, 11], ds[2, 11] = _S15 * y * z, _S15 * x * z, _S15 * x * y
    c = _S15 / 2
    s[12] = c * z * (xx - yy)
    ds[0, 12], ds[1, 12], ds[2, 12] = c * 2 * x * z, -c * 2 * y * z, c * (xx - yy)
    d = np.sqrt(3 / 8)
    s[13] = d * y * (4 * zz - xx - yy)
    ds[0, 13] = -d * 2 * x * y
    ds[1, 13] = d * (4 * zz - xx - 3 * yy)
    ds[2, 13] = d * 8 * y * z
    s[14] = d * x * (4 * zz - xx - yy)
    ds[0, 14] = d * (4 * zz - 3 * xx - yy)
    ds[1, 14] = -d * 2 * x * y
    ds[2, 14] = d * 8 * x * z
    s[15] = z * (2 * zz - 3 * xx - 3 * yy) / 2
    ds[0, 15], ds[1, 15] = -3 * x * z, -3 * y * z
    ds[2, 15] = (6 * zz - 3 * xx - 3 * yy) / 2


@njit(cache=True)
def functions_of(vectors, cutoff, size):
    """Return t (P, n), dt (P, n), s (P, 16) and ds (P, 3, 16) of P vectors (Å)."""
    number = len(vectors)
    t, dt = np.empty((number, size)), np.empty((number, size))
    s, ds = np.empty((number, 16)), np.empty((number, 3, 16))
    for p in range(number):
        r = np.sqrt(np.sum(vectors[p] ** 2))
        radial(r, cutoff, t[p], dt[p])
        angular(vectors[p, 0] / r, vectors[p, 1] / r, vectors[p, 2] / r, s[p], ds[p])
    return t, dt, s, ds
