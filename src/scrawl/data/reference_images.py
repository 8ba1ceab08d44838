"""Reference images of a dataset: training images, and how near validation images are to them.

The drawing page and `scrawl predict` remark on what is unlike them, by the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.artifacts.prepared import Dataset, classes_of, rows_of
from scrawl.data.novelty import Likeness, Novelty, spread
from scrawl.nn.examples import LazyRows

Array = NDArray[Any]

PIXELS_AT_A_TIME = 1 << 22  # 5,350 images of 28×28, 13 of 560×560


@dataclass(frozen=True)
class PixelBatches:
    """Some images of a split as pixel values, (n, pixels) float32, a few large ones at a time.

    Attributes
    ----------
    file : h5py.File
        An open `prepared.h5`; each iteration reads it anew.
    split : str
    places : (n,) int64
    """

    file: Any
    split: str
    places: NDArray[np.int64]

    @classmethod
    def spread(cls, file: Any, split: str) -> PixelBatches:
        """Take images spread over a split."""
        return cls(file, split, spread(len(file[f"{split}/images"])))

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        dataset = Dataset.of(self.file)
        images = rows_of(self.file, self.split)
        step = max(PIXELS_AT_A_TIME // dataset.pixels, 1)
        for start in range(0, len(self.places), step):
            yield as_pixels(images[self.places[start : start + step]], dataset)

    def ink(self) -> Iterator[Array]:
        """Yield their ink, (n, rows, columns)."""
        dataset = Dataset.of(self.file)
        return (as_ink(pixels, dataset) for pixels in self)


@dataclass(frozen=True)
class ReferenceImages:
    """Some images of a dataset.

    Attributes
    ----------
    likeness : Likeness
        Training pictures.
    validation : iterable of (n, pixels) float32
        Validation images, pixel values.
    distances : (n,) float64
        How far they are from the nearest of the training pictures.
    """

    likeness: Likeness
    validation: Iterable[NDArray[np.float32]]
    distances: NDArray[np.float64]

    @classmethod
    def of(cls, file: Any) -> ReferenceImages | None:
        """Read them from an open `prepared.h5`; None where a split that is needed is empty."""
        training, validation = (PixelBatches.spread(file, s) for s in ("train", "validation"))
        if not len(training.places) or not len(validation.places):
            return None
        pictures = np.concatenate([Likeness.of(ink).pictures for ink in training.ink()])
        likeness = Likeness(pictures, classes_of(file, "train")[training.places])
        distances = np.concatenate([likeness.distances(ink) for ink in validation.ink()])
        return cls(likeness, validation, distances)

    def novelty(self, model: Model) -> Novelty | None:
        """Return how far and how certain the validation images are for a network.

        None where its answers are no numbers, as those of a network that has run away.
        """
        certainties = np.concatenate(
            [outputs_of(model, pixels).max(axis=1) for pixels in self.validation]
        )
        if not np.isfinite(certainties).all():
            return None
        return Novelty.of(self.distances, certainties)


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
