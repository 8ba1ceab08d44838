"""Pen width and slant of training images: drawings are inked again to match them.

People draw with the pen of the page, at any size and slant; networks know the pen and the slants of
their training images. The page keeps the strokes of a drawing, so it can ink them again at the
training images' width relative to their size, and straighten what leans more than these do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# The middle four fifths of the training images' slants are usual. Ranges from about the middle half
# to the middle nine tenths read real digits equally well, within a point (MNIST, conv-8-16).
USUAL = (0.1, 0.9)


@dataclass(frozen=True)
class Pen:
    """Width and darkness of the strokes of training images.

    Attributes
    ----------
    width : float
        Median diameter of a stroke, in pixels.
    slants : (float, float)
        Least and greatest usual slant: shift to the right per pixel of height.
    """

    width: float
    slants: tuple[float, float]

    @classmethod
    def of(cls, batches: Iterable[Floats]) -> Pen | None:
        """Measure images, batches (n, h, w) of ink, 0 to 1; None if there is no ink."""
        found = [np.zeros((2, 0))]
        for images in batches:
            inked = images[images.any(axis=(1, 2))].astype(np.float64)
            found.append(np.stack([widths(inked), slants(inked)]))
        wide, leaning = np.concatenate(found, axis=1)
        if not len(wide):
            return None
        least, greatest = np.quantile(leaning, USUAL).tolist()
        return cls(float(np.median(wide)), (least, greatest))


def widths(images: Floats) -> NDArray[np.float64]:
    """Return the mean stroke width of each image (n, h, w) of ink, (n,), in pixels.

    A stroke much longer than wide has a perimeter of twice its length, so its width is twice its
    area over its perimeter. The perimeter of a grey image is its total variation.

    Examples
    --------
    >>> bar = np.zeros((1, 40, 40))
    >>> bar[:, 2:38, 10:13] = 1  # of 36 by 3 pixels
    >>> widths(bar).round(2).tolist()  # 2·108 / 78, but for the corners
    [2.79]
    """
    sheets = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(sheets, axis=1)[:, :, :-1], np.diff(sheets, axis=2)[:, :-1]
    found: NDArray[np.float64] = 2 * images.sum((1, 2)) / np.hypot(down, across).sum((1, 2))
    return found


def slants(images: Floats) -> NDArray[np.float64]:
    """Return the slant of each image (n, h, w) of ink, (n,): pixels to the right per pixel up.

    The slope of the regression of the ink's column on its height. An image of one row has none: 0.

    Examples
    --------
    >>> leaning = np.fliplr(np.eye(5))[None]
    >>> slants(leaning).tolist(), slants(leaning[:, :, ::-1]).tolist()
    ([1.0], [-1.0])
    """
    ink = images.sum((1, 2))
    y, x = (np.arange(side) for side in images.shape[1:])
    mean_y, mean_x = images.sum(2) @ y / ink, images.sum(1) @ x / ink
    covariance = np.einsum("nyx,y,x->n", images, y, x, optimize=True) / ink - mean_y * mean_x
    variance = images.sum(2) @ y**2 / ink - mean_y**2
    result: NDArray[np.float64] = np.where(
        variance > 1e-9, -covariance / np.maximum(variance, 1e-9), 0
    )
    return result
