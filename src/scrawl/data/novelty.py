"""Novelty detection: resemblance to the training images, and certainty of the answer.

A picture is reduced to the ink in the cells of a coarse grid, whose square roots are compared with
those of training pictures: the Hellinger distance to the nearest, up to the amount of ink, which
belongs to the comparison. The distance and the network's lack of certainty, each in standard
deviations of the validation pictures, add up to the novelty score. It is unusual beyond that of
95 % of the validation pictures: no threshold is chosen by taste, and no example of what is unlike
is needed.

Chosen, at the same rate of false alarms about real pen-written digits, among distance alone,
certainty alone, entropy, the mean answer of all networks, and the nearest training picture in the
last hidden layer, alone and added to the distance: distance alone sees few wrong answers, certainty
alone few letters, and hidden layers of thousands of pictures would not fit into the page.
`python -m benchmarks.strangers` measures what it tells. It is a hint, no guard.
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
SHARE = 0.95  # of the validation pictures are usual


@dataclass(frozen=True)
class Likeness:
    """Training pictures to compare with.

    Attributes
    ----------
    pictures : (n, rows, columns) uint8
        The square roots of the ink in the cells of the grid, from 0 to LEVELS.
    labels : (n,) int64, optional
        Their classes: a small network learns from them in the page.
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, training: Floats, labels: NDArray[np.int64] | None = None) -> Likeness:
        """Take training pictures (n, h, w) of ink from 0 to 1, and what they are."""
        return cls(np.rint(LEVELS * roots(training)).astype(np.uint8), labels)

    def distances(self, images: Floats) -> NDArray[np.float64]:
        """Return how far each image (n, h, w) is from the nearest of the pictures, (n,)."""
        kept = self.pictures.reshape(len(self.pictures), -1) / LEVELS
        asked = roots(images).reshape(len(images), -1)
        squares = (kept**2).sum(axis=1) - 2 * asked @ kept.T  # (n, pictures)
        squares += (asked**2).sum(axis=1)[:, None]
        nearest: NDArray[np.float64] = np.sqrt(np.maximum(squares.min(axis=1), 0))
        return nearest


@dataclass(frozen=True)
class Novelty:
    """Distances and confidences of validation pictures for one network.

    Attributes
    ----------
    distance, certainty : (float, float)
        Mean and standard deviation: of the distance to the nearest training picture, and of the
        network's largest output.
    limit : float
        The novelty score beyond which a picture is unusual.
    """

    distance: tuple[float, float]
    certainty: tuple[float, float]
    limit: float

    @classmethod
    def of(cls, distances: Floats, certainties: Floats) -> Novelty:
        """Find what is usual among pictures, (n,) each."""
        distance, certainty = (
            (float(values.mean()), float(values.std()) or 1.0)
            for values in (distances, certainties.astype(np.float64))
        )
        scores = cls(distance, certainty, 0.0).scores(distances, certainties)
        return cls(distance, certainty, float(np.quantile(scores, SHARE)))

    def scores(self, distances: Floats, certainties: Floats) -> NDArray[np.float64]:
        """Return the novelty score of pictures, (n,)."""
        (far, spread_far), (sure, spread_sure) = self.distance, self.certainty
        return np.asarray((distances - far) / spread_far - (certainties - sure) / spread_sure)


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
