"""Whether a picture is like those that a network was trained on.

A picture is reduced to the ink in the cells of a coarse grid, whose square roots are compared: the
Hellinger distance, up to the amount of ink, which belongs to the comparison. The distance to the
nearest of some training pictures is unusual beyond that of 95 % of the validation pictures, and
unlike them beyond that of 99 %: no threshold is chosen by taste, and no example of what is unlike
is needed.

Chosen among class means, principal components (of all and of each class), nearest pictures in
pixels, blurred, normalised, whitened or with edges enhanced, and the network's own confidence, for
what it tells at the same rate of false alarms. It is a hint, no guard: with `glyphs` it calls 91 %
of random scribbles unusual and 71 % unlike, of printed letters 85 and 63 %, of test images 7.0 and
1.3 %; with `mnist` 76 and 42 %, 65 and 34 %, 4.4 and 0.8 % (`python -m benchmarks.likeness`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scrawl.data.centring import averaging

Floats = NDArray[np.floating]

GRID = 10  # cells a side; of 8, 9, 10 and 12 the best or next to it, and there is room for no more
PICTURES = 2000  # 100 KB; 4000 tell about a tenth more scribbles and letters
LEVELS = 15  # of a cell: four bits tell as much as eight
SHARES = (0.95, 0.99)  # of the validation pictures: beyond is unusual, and unlike


@dataclass(frozen=True)
class Likeness:
    """Training pictures to compare with, and how far from the nearest is still usual.

    Attributes
    ----------
    pictures : (n, rows, columns) uint8
        The square roots of the ink in the cells of the grid, from 0 to LEVELS.
    limits : (float, float)
        The distances beyond which a picture is unusual, and unlike the training data.
    """

    pictures: NDArray[np.uint8]
    limits: tuple[float, float]

    @classmethod
    def of(cls, training: Floats, validation: Floats) -> Likeness | None:
        """Take some training pictures (n, h, w), and find what is usual among others.

        Ink is from 0 to 1. Without validation pictures (m, h, w) nobody knows what is usual: None.
        """
        if not len(training) or not len(validation):
            return None
        pictures = np.rint(LEVELS * roots(training)).astype(np.uint8)
        usual = cls(pictures, (0.0, 0.0)).distances(validation)
        unusual, unlike = map(float, np.quantile(usual, SHARES))
        return cls(pictures, (unusual, unlike))

    def distances(self, images: Floats) -> NDArray[np.float64]:
        """Return how far each image (n, h, w) is from the nearest of the pictures, (n,)."""
        kept = self.pictures.reshape(len(self.pictures), -1) / LEVELS
        asked = roots(images).reshape(len(images), -1)
        squares = (kept**2).sum(axis=1) - 2 * asked @ kept.T  # (n, pictures)
        squares += (asked**2).sum(axis=1)[:, None]
        nearest: NDArray[np.float64] = np.sqrt(np.maximum(squares.min(axis=1), 0))
        return nearest


def roots(images: Floats) -> NDArray[np.float64]:
    """Return the square roots of the ink in the cells of a grid.

    Parameters
    ----------
    images : (n, h, w) float
        Ink from 0 to 1; less or more is taken for that.

    Returns
    -------
    (n, rows, columns) float64
        At most GRID by GRID.

    Examples
    --------
    >>> roots(np.array([[[0.0, 0.25], [1.0, 1.0]]])).tolist()
    [[[0.0, 0.5], [1.0, 1.0]]]
    """
    down, across = (averaging(side, min(side, GRID)) for side in images.shape[1:])
    cells: NDArray[np.float64] = np.sqrt(np.clip(down @ images @ across.T, 0, 1))
    return cells


def spread(n: int, most: int = PICTURES) -> NDArray[np.int64]:
    """Return the places of up to `most` of n things, evenly from the first to the last.

    >>> spread(10, 4).tolist()
    [0, 2, 5, 7]
    """
    return np.arange(min(n, most)) * n // max(min(n, most), 1)
