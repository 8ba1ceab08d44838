"""Images of a dataset for the drawing page: some to show, and what is usual among the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset, images_of
from scrawl.nn.examples import LazyRows
from scrawl.pages.draw.novelty import Likeness, spread
from scrawl.pages.draw.pen import Pen

Array = NDArray[Any]

PER_CLASS, MOST_TESTS = 10, 120  # test images: 120 of 28×28 are 125 KB of text


@dataclass(frozen=True)
class Pictures:
    """What the page has to know of a dataset.

    Attributes
    ----------
    shape : (int, int, int)
        Rows, columns, channels.
    paper, ink : float
        The pixel values of an empty sheet and of full ink.
    centred : bool
        Whether the images are scaled and placed as MNIST's are.
    pen : Pen or None
        How the images are inked, if they hold ink.
    images : (n, pixels) float32
        Some test images of each class, pixel values.
    labels : (n,) int64
    likeness : Likeness or None
        Training pictures to compare with, if there are others to tell what is usual.
    validation : (m, pixels) float32
        These others: some validation images, pixel values.
    """

    shape: tuple[int, int, int]
    paper: float
    ink: float
    centred: bool
    pen: Pen | None
    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    likeness: Likeness | None
    validation: NDArray[np.float32]

    @classmethod
    def of(cls, file: Any) -> Pictures:
        """Read them from an open `prepared.h5`."""
        dataset = Dataset.of(file)
        shape = as_image(dataset.image_shape)
        split = {name: images_of(file, name) for name in ("train", "validation", "test")}
        places = {name: spread(len(images)) for name, images in split.items()}
        training, validation = (
            as_pixels(split[name][places[name]], dataset) for name in ("train", "validation")
        )
        paper, ink = dataset.appearance.paper, dataset.appearance.ink
        inked = as_ink(training, shape, paper, ink)
        labels, taught = (
            store.mapped(file[f"{name}/labels"]).argmax(axis=1) for name in ("test", "train")
        )
        chosen = first_of_each(labels, len(dataset.class_names))
        return cls(
            shape,
            paper,
            ink,
            dataset.appearance.centred,
            Pen.of(inked),
            as_pixels(split["test"][chosen], dataset),
            labels[chosen],
            Likeness.of(inked, taught[places["train"]]) if len(inked) and len(validation) else None,
            validation,
        )

    @property
    def validation_ink(self) -> Array:
        """The ink of the validation images, (m, rows, columns)."""
        return as_ink(self.validation, self.shape, self.paper, self.ink)


def as_ink(pixels: Array, shape: tuple[int, int, int], paper: float, ink: float) -> Array:
    """Return the ink of images (n, pixels), 0 to 1: (n, rows, columns), the mean of channels."""
    grey: Array = (pixels.reshape(-1, *shape).mean(axis=3) - paper) / (ink - paper)
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


def first_of_each(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return the places of the first images of every class, class by class."""
    n = min(max(MOST_TESTS // classes, 1), PER_CLASS)
    places = [np.flatnonzero(labels == index)[:n] for index in range(classes)]
    return np.concatenate(places)
