"""Scale and place a drawing as MNIST's images are, in a field of any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# MNIST's geometry: a box of 20 pixels in a field of 28. Its centre is measured: the mean centre of
# mass of its first 2,000 training images is (13.995, 14.009) in pixel numbers from 0, so it is
# pixel 14, half the side, and not the middle, 13.5.
BOX, SIDE = 20, 28


def centre(
    drawing: Floats, shape: tuple[int, int] = (SIDE, SIDE), box: float = BOX / SIDE
) -> Floats:
    """Scale and place a drawing as MNIST's are.

    The ink is scaled, its proportions kept, until it just fits a box of 20/28 of the field's sides,
    then moved by whole pixels until its centre of mass is nearest to the pixel whose number is half
    the side: (14, 14) of 28 by 28. Where that would push ink over the edge of the field, it stops
    at the edge.

    Parameters
    ----------
    drawing : (h, w) float64
        Ink on a ground of zeros, of any size and unit.
    shape : (int, int)
        Rows and columns of the field.
    box : float
        The share of the field's sides that the ink is to fit, up to 1.

    Returns
    -------
    shape float64
        In the same unit.

    Raises
    ------
    ValueError
        If there is no ink, or ink that is negative or not finite.

    Examples
    --------
    >>> stick = np.zeros((200, 100))
    >>> stick[50:90, 7:11] = 1.0
    >>> image = centre(stick)
    >>> [np.flatnonzero(image.any(axis=axis)).tolist() for axis in (0, 1)]  # columns, rows
    [[14, 15], [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]]
    """
    if drawing.ndim != 2 or not np.isfinite(drawing).all() or (drawing < 0).any():
        raise ValueError(
            f"a drawing of shape {drawing.shape}: expected (h, w), finite, positive ink on zeros"
        )
    if not drawing.any():
        raise ValueError("an empty drawing: there is no ink to centre")
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    cut = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = (max(1, round(box * side)) for side in shape)
    # The side that fills the box decides the scale.
    fit, of = (high, len(cut)) if high * cut.shape[1] <= wide * len(cut) else (wide, cut.shape[1])
    h, w = (max(1, round(fit * length / of)) for length in cut.shape)
    scaled = averaging(len(cut), h) @ cut @ averaging(cut.shape[1], w).T
    top, left = (first_pixel(scaled.sum(axis=1 - axis), shape[axis]) for axis in (0, 1))
    field = np.zeros(shape)
    field[top : top + h, left : left + w] = scaled
    return field


def averaging(n_in: int, n_out: int) -> Floats:
    """Return the matrix (n_out, n_in) that resizes a row of pixels; each new one is a mean of old.

    Examples
    --------
    >>> averaging(3, 2).round(3).tolist()
    [[0.667, 0.333, 0.0], [0.0, 0.333, 0.667]]
    """
    edges = np.arange(n_out + 1)[:, None] * n_in / n_out
    cells = np.arange(n_in)
    overlap = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)
    shares: Floats = np.maximum(overlap, 0.0) * (n_out / n_in)
    return shares


def first_pixel(profile: Floats, side: int) -> int:
    """Return where a row of ink begins when its centre of mass is moved to a field's centre.

    >>> first_pixel(np.array([1.0, 1.0, 4.0]), 28)  # its centre is 1.5 pixels from its beginning
    12
    """
    mass = float(np.average(np.arange(len(profile)), weights=profile))
    return min(max(round(side / 2 - mass), 0), side - len(profile))
