"""Line width of pictures: strokes made as wide as those of images that are centred as MNIST's.

A network knows the pen of its training images. `PYTHONPATH=tests python -m benchmarks.pens`
measures what it reads of drawings with other pens, with and without this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scrawl.data.ink import BROADEST

Floats = NDArray[np.float64]

# Median width of a stroke, of the longer side of the ink: 2.4 of 20 pixels for MNIST, 2.3 for
# glyphs (`scrawl.pages.draw.pen.widths`).
WIDTH = 2.35 / 20
FLAT = 0.01  # pixels: places of a stroke's middle line are as far from its outline as this


def redrawn(ink: Floats) -> Floats:
    """Return ink with strokes as wide as usual.

    Outlines move outwards or inwards by half of what the median stroke lacks or has too much. Ink
    stays as it is where it is too broad for a stroke, or would vanish.

    Parameters
    ----------
    ink : (h, w) float64
        From 0, paper, to 1.

    Returns
    -------
    (rows, columns) float64
        At least h by w: a margin is added where strokes grow.

    Examples
    --------
    >>> stick = np.zeros((60, 60))
    >>> stick[10:50, 20:32] = 1  # 12 wide; usual is about 0.12 of 40
    >>> int((redrawn(stick).sum(axis=1) > 0.5).sum()), round(float(redrawn(stick)[25].sum()), 1)
    (34, 4.9)
    """
    from scipy import ndimage  # here: a tenth of a second

    solid = ink > 0.5
    rows, columns = (np.flatnonzero(solid.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ink
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    inside = ndimage.distance_transform_edt(np.pad(solid, 1))[1:-1, 1:-1]
    middle = solid & (inside >= ndimage.maximum_filter(inside, 3) - FLAT)
    width = 2 * float(np.median(inside[middle])) - 1
    if width > BROADEST * longest:
        return ink
    # The middle line keeps its length: the longer side changes with the width.
    change = (WIDTH * max(longest - width, 1) / (1 - WIDTH) - width) / 2
    if change < 0:
        shrunk: Floats = (inside + change).clip(0, 1)
        return shrunk if shrunk.any() else ink
    around = np.pad(~solid, int(np.ceil(change)) + 2, constant_values=True)
    grown: Floats = (change + 1 - ndimage.distance_transform_edt(around)).clip(0, 1)
    return grown
