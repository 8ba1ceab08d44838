"""Reference images of a dataset: training images, and how near validation images are to them.

The drawing page and `scrawl predict` remark on what is unlike them, by the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.artifacts.prepared import Dataset, classes_of, images_of
from scrawl.data.novelty import Likeness, Novelty, spread
from scrawl.nn.examples import LazyRows

Array = NDArray[Any]


@dataclass(frozen=True)
class ReferenceImages:
    """Some images of a dataset.

    Attributes
    ----------
    likeness : Likeness
        Training pictures.
    validation : (n, pixels) float32
        Validation images, pixel values.
    ink : (n, rows, columns) float32
        Their ink, from 0 to 1.
    """

    likeness: Likeness
    validation: NDArray[np.float32]
    ink: Array

    @classmethod
    def of(cls, file: Any) -> ReferenceImages | None:
        """Read them from an open `prepared.h5`; None where a split that is needed is empty."""
        dataset = Dataset.of(file)
        training, validation = (some(file, split) for split in ("train", "validation"))
        if not len(training) or not len(validation):
            return None
        labels = classes_of(file, "train")
        likeness = Likeness.of(as_ink(training, dataset), labels[spread(len(labels))])
        return cls(likeness, validation, as_ink(validation, dataset))

    def novelty(self, model: Model) -> Novelty | None:
        """Return how far and how certain the validation images are for a network.

        None where its answers are no numbers, as those of a network that has run away.
        """
        certainties = outputs_of(model, self.validation).max(axis=1)
        if not np.isfinite(certainties).all():
            return None
        return Novelty.of(self.likeness.distances(self.ink), certainties)


def some(file: Any, split: str) -> NDArray[np.float32]:
    """Return the pixel values of images spread over a split of an open `prepared.h5`."""
    images = images_of(file, split)
    return as_pixels(images[spread(len(images))], Dataset.of(file))


def as_ink(pixels: Array, dataset: Dataset) -> Array:
    """Return the ink of images (n, pixels), 0 to 1: (n, rows, columns), the mean of channels."""
    paper, ink = dataset.appearance.paper, dataset.appearance.ink
    grey: Array = (pixels.reshape(-1, *as_image(dataset.image_shape)).mean(axis=3) - paper) / (
        ink - paper
    )
    return grey.clip(0, 1)


def as_image(shape: Sequence[int]) -> tuple[int, int, int]:
    """Return rows, columns and channels of images of any shape; what is no image is one row.

    >>> as_image((28, 28)), as_image((32, 32, 3)), as_image((7,))
    ((28, 28, 1), (32, 32, 3), (1, 7, 1))
    """
    if len(shape) not in {2, 3}:
        return 1, int(np.prod(shape)), 1
    rows, columns, channels = (*shape, 1)[:3]
    return rows, columns, channels


def as_pixels(images: Array | LazyRows, dataset: Dataset) -> NDArray[np.float32]:
    """Return prepared images as the pixels that they were made from; whole numbers are exact."""
    pixels = np.asarray(images) * np.float32(dataset.scale) + np.float32(dataset.offset)
    whole = np.rint(pixels)
    # Preparing and going back errs by a few units in the last place of a float32.
    error = 1e-5 * max(abs(dataset.offset), abs(dataset.scale))
    return whole if np.abs(pixels - whole).max(initial=0) <= error else pixels


def outputs_of(model: Model, pixels: Array) -> Array:
    """Return what a network answers to pixel values (n, pixels), whatever its normalisation."""
    return model.predict(
        (pixels - np.float32(model.dataset.offset)) / np.float32(model.dataset.scale)
    )
