"""Images of a dataset for the drawing page: some to show, and what is usual among the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset, images_of
from scrawl.data.usual import Usual, as_image, as_ink, as_pixels, some
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
    usual : Usual or None
        Pictures to compare with, if there are any.
    """

    shape: tuple[int, int, int]
    paper: float
    ink: float
    centred: bool
    pen: Pen | None
    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    usual: Usual | None

    @classmethod
    def of(cls, file: Any) -> Pictures:
        """Read them from an open `prepared.h5`."""
        dataset = Dataset.of(file)
        look = dataset.appearance
        labels = store.mapped(file["test/labels"]).argmax(axis=1)
        chosen = first_of_each(labels, len(dataset.class_names))
        return cls(
            as_image(dataset.image_shape),
            look.paper,
            look.ink,
            look.centred,
            Pen.of(as_ink(some(file, "train"), dataset)),
            as_pixels(images_of(file, "test")[chosen], dataset),
            labels[chosen],
            Usual.of(file),
        )


def first_of_each(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return the places of the first images of every class, class by class."""
    n = min(max(MOST_TESTS // classes, 1), PER_CLASS)
    places = [np.flatnonzero(labels == index)[:n] for index in range(classes)]
    return np.concatenate(places)
