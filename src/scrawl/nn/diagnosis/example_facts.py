"""Facts about the examples of a run that decide whether there is anything to learn from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import Examples

# Images that are looked at, evenly spread over a table: a file may be sorted. A neighbour for each
# of so many takes 30 ms, with 784 pixels.
SAMPLE = 1000
# Examples of a class below which its share of right answers says little, and it is not counted.
FEW = 5


@dataclass(frozen=True)
class Material:
    """Facts about labelled images.

    Attributes
    ----------
    n, classes, looked_at : int
        Training images, classes that any of them shows, and how many images are in the sample.
    largest, mean, spread : float
        Of the values in a sample: the largest size, the mean, and the standard deviation.
    varying : bool
        Whether any pixel is not the same in all of them.
    blank, repeated : float
        The share of images of one value throughout, and of those that are the same as an earlier
        one, among a sample.
    runs : float
        How often the label changes from one training image to the next, over how often it would
        if they were in random order: about 1, and nearly 0 in a sorted file.
    shares : (classes,) float64
        Of each class among the training images, those that none shows included.
    chance : float
        The balanced accuracy of any answer that does not look at the image.
    doubt : float
        The standard error of a balanced accuracy of chance in the sample.
    images, labels : (m, pixels) float32, (m,) int
        The sample.
    """

    n: int
    classes: int
    looked_at: int
    largest: float
    mean: float
    spread: float
    varying: bool
    blank: float
    repeated: float
    runs: float
    shares: npt.NDArray[np.float64]
    chance: float
    doubt: float
    images: Array = field(repr=False)
    labels: npt.NDArray[np.intp] = field(repr=False)

    @classmethod
    def of(cls, train: Examples) -> Material:
        """Measure them."""
        images, labels = sample(train)
        every = np.asarray(train.labels).argmax(axis=1)
        shares = np.bincount(every, minlength=train.labels.shape[1]) / len(every)
        classes = np.count_nonzero(shares)
        return cls(
            len(train),
            int(classes),
            len(images),
            float(np.abs(images).max()),
            float(images.mean()),
            float(images.std()),
            bool(np.ptp(images, axis=0).any()),
            float(np.mean(np.ptp(images, axis=1) == 0)),
            1 - len({row.tobytes() for row in images}) / len(images),
            changes(every, shares),
            shares,
            1 / classes,
            doubt_of(labels),
            images,
            labels,
        )

    @cached_property
    def neighbour(self) -> float:
        """The balanced accuracy of the nearest neighbour: of one half of the sample, in the other.

        It takes no training, and what it reaches on images that it has not seen, a network should
        reach on those that it has.
        """
        (accuracy,) = neighbour_accuracies(self.images, self.labels)
        return accuracy


def sample(examples: Examples, n: int = SAMPLE) -> tuple[Array, npt.NDArray[np.intp]]:
    """Return up to n images (m, pixels), spread evenly over a table, and their classes (m,)."""
    rows = np.linspace(0, len(examples) - 1, min(n, len(examples))).round().astype(np.intp)
    images: Array = np.asarray(examples.images[rows], np.float32)
    return images, np.asarray(examples.labels[rows]).argmax(axis=1)


def changes(labels: npt.NDArray[np.intp], shares: npt.NDArray[np.float64]) -> float:
    """Return how often the label changes in a row of them, over how often by chance; 1 if never."""
    expected = (len(labels) - 1) * (1 - float(np.sum(shares**2)))
    return float(np.count_nonzero(np.diff(labels))) / expected if expected else 1.0


def balanced_accuracy(
    answers: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]]
) -> float:
    """Return the mean over the classes of their shares of right answers; nan if there are none.

    Classes with fewer than FEW examples are left out where there are others: the mean would hang
    on them.

    >>> balanced_accuracy(np.zeros(100, int), np.repeat([0, 1], [90, 10]))
    0.5
    """
    counts = np.bincount(labels)
    shown = np.flatnonzero(counts >= min(FEW, counts.max(initial=0)))
    shown = shown[counts[shown] > 0]
    if not len(shown):
        return float("nan")
    right = np.bincount(labels[answers == labels], minlength=len(counts))
    return float(np.mean(right[shown] / counts[shown]))


def doubt_of(labels: npt.NDArray[np.integer[Any]]) -> float:
    """Return the standard error of the balanced accuracy of answers at random; nan without labels.

    >>> doubt_of(np.repeat([0, 1], 50)), round(doubt_of(np.repeat([0, 1], [90, 10])), 3)
    (0.05, 0.083)
    """
    counts = np.bincount(labels)
    counts = counts[counts >= max(1, min(FEW, counts.max(initial=0)))]
    if not len(counts):
        return float("nan")
    chance = 1 / len(counts)
    return float(np.sqrt(chance * (1 - chance) * np.sum(1 / counts))) * chance


def neighbour_accuracies(images: Array, *classes: npt.NDArray[np.integer[Any]]) -> list[float]:
    """Return how well the class of the nearest other image tells that of an image.

    It is looked for in the other half of a random order; nan for fewer than two images.

    Parameters
    ----------
    images : (m, pixels) float32
    *classes : (m,) integers
        Such as labels and answers: an accuracy for each, balanced over its classes.
    """
    if len(images) < 2:
        return [float("nan")] * len(classes)
    halves = np.array_split(np.random.default_rng(0).permutation(len(images)), 2)
    rows = np.empty(len(images), np.intp)
    with np.errstate(over="ignore", invalid="ignore"):
        for here, there in (halves, halves[::-1]):
            rows[here] = there[nearest(images[here], images[there])]
    return [balanced_accuracy(each[rows], each) for each in classes]


def nearest(images: Array, others: Array) -> npt.NDArray[np.intp]:
    """Return for each image the row of the nearest of the others, by the squared distance."""
    middle = others.mean(axis=0)  # far from zero, squares would lose the differences
    a, b = images - middle, others - middle
    squares = np.einsum("ij,ij->i", b, b) - 2 * (a @ b.T)  # + |a|², the same for all
    rows: npt.NDArray[np.intp] = squares.argmin(axis=1)
    return rows
