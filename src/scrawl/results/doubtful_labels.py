"""Training images that look mislabelled: leave-one-out scores, and confident learning on them.

Each image is scored by a network that was trained on all others: random ReLU features and a last
layer by least squares, for which leaving one image out has a closed form. With features H (n,
features), labels Y and ridge λ, the fit is Ŷ = H·W with (HᵀH + λ)·W = HᵀY, hᵢ = xᵢᵀ(HᵀH + λ)⁻¹xᵢ
is an image's leverage, and without image i the fit at i is (ŷᵢ − hᵢ·yᵢ)/(1 − hᵢ). Allen, "The
relationship between variable selection and data augmentation and a method for prediction", 1974.

A label is doubtful if another class scores above it, and as high as that class scores on most of
its own images. So does confident learning (Northcutt, Jiang and Chuang, "Confident learning:
estimating uncertainty in dataset labels", 2021), with the mean in place of a quantile: scores by
least squares lie about evenly around their mean, which half of all wrong labels would not reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scrawl.nn import Array
from scrawl.nn.examples import LazyRows

FEATURES = 1500
RIDGE = 1e-3  # λ as a share of the features' mean square, times n
BLOCK = 4096
USUAL = 0.1  # a class scores higher on all but this share of its own images
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Doubtful:
    """Images with doubtful labels, the most doubtful first. Arrays (doubtful,), side by side.

    Attributes
    ----------
    images : int64
    suggested : int64
        The class that scores highest.
    margins : float64
        How far it scores above the label.
    """

    images: NDArray[np.int64]
    suggested: NDArray[np.int64]
    margins: Floats


def doubtful(scores: Floats, labels: NDArray[np.int64]) -> Doubtful:
    """Return the images whose labels are doubtful, by scores of networks that did not learn them.

    Parameters
    ----------
    scores : (n, classes) float64
    labels : (n,) int64

    Examples
    --------
    >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.95, 0.1], [0.2, 0.7]])
    >>> doubtful(scores, np.array([0, 0, 1, 1])).images
    array([2])
    """
    rows = np.arange(len(labels))
    own = scores[rows, labels]
    usual = np.full(scores.shape[1], np.inf)
    for label in np.unique(labels):
        usual[label] = np.quantile(own[labels == label], USUAL)
    suggested = scores.argmax(axis=1)
    margins = scores[rows, suggested] - own
    images = np.flatnonzero((margins > 0) & (scores[rows, suggested] >= usual[suggested]))
    images = images[np.lexsort((images, -margins[images]))]
    return Doubtful(images, suggested[images], margins[images])


def leave_one_out(
    images: Array | LazyRows,
    labels: NDArray[np.int64],
    classes: int,
    rng: np.random.Generator,
    features: int | None = None,
) -> Floats:
    """Return the scores of each image by the fit to all others, (n, classes) float64.

    Parameters
    ----------
    images : (n, pixels) float32
        Read twice, a block at a time. Memory: 24 bytes for each pair of features.
    labels : (n,) int64
    classes : int
    rng : numpy.random.Generator
        Draws the features.
    features : int, optional
    """
    features = features or FEATURES
    some = np.asarray(images[:BLOCK])
    centre, spread = some.mean(axis=0), some.std() or np.float32(1)
    weights = rng.standard_normal((some.shape[1], features), np.float32) / spread
    weights /= np.sqrt(np.float32(some.shape[1]))
    biases = rng.standard_normal(features, np.float32)

    def blocks() -> Iterator[tuple[slice, Array]]:
        for start in range(0, len(images), BLOCK):
            rows = slice(start, min(start + BLOCK, len(images)))
            hidden = np.maximum((np.asarray(images[rows]) - centre) @ weights + biases, 0)
            yield rows, np.column_stack([hidden, np.ones(len(hidden), np.float32)])

    targets = np.eye(classes, dtype=np.float32)
    gram, right = np.zeros((features + 1,) * 2), np.zeros((features + 1, classes))
    for rows, hidden in blocks():
        gram += hidden.T @ hidden
        right += hidden.T @ targets[labels[rows]]
    gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    inverse = np.linalg.inv(gram)
    solved = inverse @ right
    scores = np.empty((len(images), classes))
    for rows, hidden in blocks():
        leverage = np.einsum("ij,ij->i", hidden @ inverse.astype(np.float32), hidden)[:, None]
        fitted = hidden @ solved
        scores[rows] = (fitted - leverage * targets[labels[rows]]) / (1 - leverage)
    return scores
