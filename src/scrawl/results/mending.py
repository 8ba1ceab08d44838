"""The smallest stroke or erasure that mends an answer, of a family of straight ones, all tried.

The family: a round pen or rubber with a radius of 1/28 or 2/28 of the image's longer side, moved by
0, 4/28 or 8/28 of it in one of four directions, its middle on a grid of 2/28. A pen sets all pixels
whose centres it covers to full ink, a rubber to paper. A stroke is as large as the ink that it adds
or takes away. What is found is the smallest of these, not the smallest change of any kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scrawl.nn import Array
from scrawl.nn.network import Network

UNITS = 28  # to a side: strokes of MNIST's digits are two or three of them wide
RADII, LENGTHS, DIRECTIONS, GRID = (1, 2), (0, 4, 8), 4, 2
MOST_VALUES = 1 << 14  # of an image, such as 128×128 pixels, whose strokes take 60 MB
BLOCK = 64  # strokes at a time, where each pixel takes a float
DECIMALS = 3  # of an amount of ink, so that equal ones are equal on every processor


@dataclass(frozen=True)
class Strokes:
    """The family on images of one shape, thin and short strokes first.

    Attributes
    ----------
    lines : (n, 5) float32
        x and y of both ends and the radius, in pixels from the upper left corner.
    covered : (n, values) bool
        The values of an image that each stroke sets.
    channels : int
        Values of a pixel.
    """

    lines: Array
    covered: NDArray[np.bool_]
    channels: int

    @classmethod
    def on(cls, shape: Sequence[int]) -> Strokes | None:
        """Return those on images (height, width[, channels]); None if images are others, or large.

        >>> Strokes.on((28, 28)).lines.shape, Strokes.on((9,))
        ((3528, 5), None)
        """
        if len(shape) not in {2, 3} or math.prod(shape) > MOST_VALUES:
            return None
        height, width, channels = (*shape, 1)[:3]
        lines = straight(height, width)
        return cls(lines, np.repeat(pixels_under(lines, height, width), channels, 1), channels)


def straight(height: int, width: int) -> Array:
    """Return the lines of the family, (n, 5) float32, as in `Strokes`."""
    unit = max(height, width) / UNITS
    middles = [
        (x, y)
        for y in np.arange(unit * GRID / 2, height, unit * GRID)
        for x in np.arange(unit * GRID / 2, width, unit * GRID)
    ]
    moves = [
        (length / 2 * math.cos(turn), length / 2 * math.sin(turn))
        for length in LENGTHS
        for turn in np.arange(DIRECTIONS if length else 1) * math.pi / DIRECTIONS
    ]
    rows = [
        (x - unit * dx, y - unit * dy, x + unit * dx, y + unit * dy, unit * radius)
        for radius, (dx, dy), (x, y) in product(RADII, moves, middles)
    ]
    return np.array(rows, np.float32)


def pixels_under(lines: Array, height: int, width: int) -> NDArray[np.bool_]:
    """Return which pixels' centres each line covers, (n, height × width)."""
    rows, columns = np.mgrid[:height, :width].reshape(2, -1).astype(np.float32) + np.float32(0.5)
    covered = np.empty((len(lines), height * width), bool)
    for start in range(0, len(lines), BLOCK):
        x0, y0, x1, y1, radius = lines[start : start + BLOCK, :, None].swapaxes(0, 1)
        dx, dy = x1 - x0, y1 - y0
        along = (columns - x0) * dx + (rows - y0) * dy
        share = np.clip(along / np.maximum(dx * dx + dy * dy, np.float32(1e-6)), 0, 1)
        squares = np.square(columns - x0 - share * dx) + np.square(rows - y0 - share * dy)
        covered[start : start + BLOCK] = squares <= radius * radius + np.float32(1e-3)
    return covered


def smallest(
    network: Network, strokes: Strokes, image: Array, label: int, paper: np.float32, ink: np.float32
) -> tuple[float, Array]:
    """Find the smallest stroke after which a network answers an image by its label.

    Parameters
    ----------
    network : Network
    strokes : Strokes
    image : (values,) float32
    label : int
    paper, ink : float32
        The values of an empty and of an inked pixel.

    Returns
    -------
    amount : float
        In pixels full of ink: below 0 of an erasure, above 0 of a stroke of the pen, 0 if the
        network answers so already, nan if no stroke of the family mends it.
    line : (5,) float32
        As in `Strokes`; nan where there is no stroke.
    """
    none = np.full(5, np.nan, np.float32)
    if network.predict(image[None])[0].argmax() == label:
        return 0.0, none
    changes = np.abs(np.stack([image - paper, ink - image]) / (ink - paper)).T
    sizes = np.concatenate(
        [
            strokes.covered[start : start + BLOCK].astype(np.float32) @ changes
            for start in range(0, len(strokes.covered), BLOCK)
        ]
    )
    sizes = np.round(sizes / strokes.channels, DECIMALS).T.ravel()  # erasures, then strokes
    order = np.argsort(sizes, kind="stable")
    order = order[np.searchsorted(sizes[order], 0, "right") :]  # what changes nothing left out
    for start in range(0, len(order), network.rows):
        tried = order[start : start + network.rows]
        pens, places = np.divmod(tried, len(strokes.lines))
        values = np.where(pens, ink, paper)[:, None]
        changed = np.where(strokes.covered[places], values, image)
        mended = np.flatnonzero(network.predict(changed).argmax(axis=1) == label)
        if len(mended):
            first = mended[0]
            size = float(sizes[tried[first]])
            return size if pens[first] else -size, strokes.lines[places[first]]
    return math.nan, none
