"""Images that look mislabelled: scores by a fit without them, and confident learning on these.

Each image is scored by a network that was trained on all others: random ReLU features and a last
layer by least squares, for which leaving one image out has a closed form. With features H (n,
features), labels Y and ridge λ, the fit is Ŷ = H·W with (HᵀH + λ)·W = HᵀY, hᵢ = xᵢᵀ(HᵀH + λ)⁻¹xᵢ
is an image's leverage, and without image i the fit at i is (ŷᵢ − hᵢ·yᵢ)/(1 − hᵢ). Allen, "The
relationship between variable selection and data augmentation and a method for prediction", 1974.
An image that was not learnt, such as a test image, is scored by W itself.

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


def usual_scores(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """Return the score that each class exceeds on most of its own images, (classes,) float64.

    Parameters
    ----------
    scores : (n, classes) float64
        Of fits that did not learn these images.
    labels : (n,) int64

    Returns
    -------
    (classes,) float64
        Infinity for a class without images.
    """
    own = scores[np.arange(len(labels)), labels]
    usual = np.full(scores.shape[1], np.inf)
    for label in np.unique(labels):
        usual[label] = np.quantile(own[labels == label], USUAL)
    return usual


def doubtful(scores: Floats, labels: NDArray[np.int64], usual: Floats) -> Doubtful:
    """Return the images whose labels are doubtful, by scores of fits that did not learn them.

    Parameters
    ----------
    scores : (n, classes) float64
    labels : (n,) int64
    usual : (classes,) float64
        As from `usual_scores`.

    Examples
    --------
    >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.95, 0.1], [0.2, 0.7]])
    >>> labels = np.array([0, 0, 1, 1])
    >>> doubtful(scores, labels, usual_scores(scores, labels)).images
    array([2])
    """
    rows = np.arange(len(labels))
    suggested = scores.argmax(axis=1)
    margins = scores[rows, suggested] - scores[rows, labels]
    images = np.flatnonzero((margins > 0) & (scores[rows, suggested] >= usual[suggested]))
    images = images[np.lexsort((images, -margins[images]))]
    return Doubtful(images, suggested[images], margins[images])


class RandomFeatures:
    """Random ReLU features of images, and a constant one.

    Parameters
    ----------
    some : (n, pixels) float32
        Images to take the scale from.
    features : int
    rng : numpy.random.Generator
        Draws them.
    """

    def __init__(self, some: Array, features: int, rng: np.random.Generator) -> None:
        self.centre, spread = some.mean(axis=0), some.std() or np.float32(1)
        self.weights = rng.standard_normal((some.shape[1], features), np.float32) / spread
        self.weights /= np.sqrt(np.float32(some.shape[1]))
        self.biases = rng.standard_normal(features, np.float32)

    def of(self, images: Array | LazyRows) -> Iterator[tuple[slice, Array]]:
        """Yield some rows at a time with their features, (rows, features + 1) float32."""
        for start in range(0, len(images), BLOCK):
            rows = slice(start, min(start + BLOCK, len(images)))
            values = (np.asarray(images[rows]) - self.centre) @ self.weights + self.biases
            hidden = np.maximum(values, 0)
            yield rows, np.column_stack([hidden, np.ones(len(hidden), np.float32)])


class Fit:
    """A fit by least squares to all images, with what leaving one out takes.

    Parameters
    ----------
    images : (n, pixels) float32
        Read a block at a time. Memory: 24 bytes for each pair of features.
    labels : (n,) int64
    classes : int
    rng : numpy.random.Generator
        Draws the features.
    features : int, optional
    """

    def __init__(
        self,
        images: Array | LazyRows,
        labels: NDArray[np.int64],
        classes: int,
        rng: np.random.Generator,
        features: int | None = None,
    ) -> None:
        features = features or FEATURES
        self.features = RandomFeatures(np.asarray(images[:BLOCK]), features, rng)
        self.images, self.labels = images, labels
        self.targets = np.eye(classes, dtype=np.float32)
        gram, right = np.zeros((features + 1,) * 2), np.zeros((features + 1, classes))
        for rows, hidden in self.features.of(images):
            gram += hidden.T @ hidden
            right += hidden.T @ self.targets[labels[rows]]
        gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
        self.inverse = np.linalg.inv(gram)
        self.solved = self.inverse @ right

    def leave_one_out(self) -> Floats:
        """Return the scores of each image by the fit to all others, (n, classes) float64."""
        inverse = self.inverse.astype(np.float32)
        scores = np.empty((len(self.images), len(self.targets)))
        for rows, hidden in self.features.of(self.images):
            leverage = np.einsum("ij,ij->i", hidden @ inverse, hidden)[:, None]
            own = self.targets[self.labels[rows]]
            scores[rows] = (hidden @ self.solved - leverage * own) / (1 - leverage)
        return scores

    def scores(self, images: Array | LazyRows) -> Floats:
        """Return the scores of other images, (n, classes) float64."""
        found = np.empty((len(images), len(self.targets)))
        for rows, hidden in self.features.of(images):
            found[rows] = hidden @ self.solved
        return found
