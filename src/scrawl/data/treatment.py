"""Treatment of images whose kind needs it: uneven light is evened, hard edges are smoothed.

Which kind it is follows from the description that `scrawl prepare` makes of the training images;
docs/datasets.md has the measurements. MNIST and its like are left as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.appearance import EVENED, SMOOTHED, Appearance

Pixels = NDArray[Any]

# Paper that differs by more than this between images, as a share of the way from paper to ink, is
# lit unevenly. The grain of photographs moves the median of a margin by less than a hundredth.
UNEVEN = 0.1
DIM = 0.1  # paper that is darker than this, beside the brightest, is rather a dark picture
LEAST = 16  # pixels a side: in smaller images a pixel's neighbours are other strokes


def edge(height: int, width: int) -> NDArray[np.bool_]:
    """Return where the margin of an image is (h, w), an eighth of the sides deep.

    Deeper than one pixel: a frame around each image is no paper.
    """
    margin = np.ones((height, width), bool)
    rows, columns = max(round(height / 8), 1), max(round(width / 8), 1)
    margin[rows:-rows, columns:-columns] = False
    return margin


def wanted(images: Pixels, look: Appearance, low: float, high: float) -> tuple[str, ...]:
    """Return the treatments that a dataset's images need.

    Parameters
    ----------
    images : (n, h, w, …)
        Some of them, with the axes that they are shown with.
    look : Appearance
        Their paper and ink.
    low, high : float
        The lowest and the highest value of all images.
    """
    if not look.on_paper or images.ndim < 3 or min(images.shape[1:3]) < LEAST or not len(images):
        return ()
    found = []
    levels = papers(images)
    darkest, brightest = np.quantile(levels, (0.05, 0.95))
    differ = brightest - darkest > UNEVEN * (look.paper - look.ink)
    # Light scales what it falls on: only where black is 0.
    if look.dark_on_light and differ and low >= 0 and darkest > DIM * brightest:
        found.append(EVENED)
    if np.array_equal(np.unique(images), [low, high]):
        found.append(SMOOTHED)
    return tuple(found)


def treated(images: Pixels, look: Appearance) -> Pixels:
    """Return images (n, h, w, …), in pixel values, as the networks of a dataset are shown them."""
    if EVENED in look.treatment:
        images = evened(images, look.paper)
    if SMOOTHED in look.treatment:
        images = smoothed(images, look.paper, look.ink)
    return images


def papers(images: Pixels) -> NDArray[np.float64]:
    """Return the value of paper in each of some images (n, h, w, …): the median of its margin."""
    margin = images[:, edge(*images.shape[1:3])].reshape(len(images), -1)
    return np.median(margin, axis=1).astype(np.float64)


def evened(images: Pixels, paper: float) -> NDArray[np.float32]:
    """Return images as if the same light had fallen on all: paper has one value.

    >>> evened(np.full((1, 8, 8), 100, np.uint8), 200)[0, 0, 0]
    np.float32(200.0)
    """
    levels = papers(images)
    factors = np.where(levels > 0, paper / np.where(levels > 0, levels, 1), 1)
    lit: NDArray[np.float32] = (images.T.astype(np.float32) * factors.astype(np.float32)).T
    return lit


def smoothed(images: Pixels, paper: float, ink: float) -> NDArray[np.float32]:
    """Return images with the edges of strokes in grey: each pixel averaged with its neighbours.

    The average takes ¼, ½ and ¼ down, and the same across. Ink of all or nothing has lost the grey
    by which a network tells where within a pixel a stroke ends; the neighbours tell much of it.
    Thin strokes become fainter: stronger ink was no better (`python -m benchmarks.smoothing`).

    >>> smoothed(np.eye(5)[None, 2:3], 0, 1).tolist()
    [[[0.0, 0.125, 0.25, 0.125, 0.0]]]
    """
    amounts = (images.astype(np.float32) - np.float32(paper)) / np.float32(ink - paper)
    amounts = np.pad(amounts, ((0, 0), (1, 1), (1, 1), *((0, 0),) * (images.ndim - 3)))
    quarter, half = np.float32(0.25), np.float32(0.5)
    amounts = quarter * (amounts[:, :-2] + amounts[:, 2:]) + half * amounts[:, 1:-1]
    amounts = quarter * (amounts[:, :, :-2] + amounts[:, :, 2:]) + half * amounts[:, :, 1:-1]
    shown: NDArray[np.float32] = np.float32(paper) + amounts * np.float32(ink - paper)
    return shown
