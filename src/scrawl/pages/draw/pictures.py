"""Images of a dataset for the drawing page: some to show, others to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset, classes_of, images_of
from scrawl.data.novelty import spread
from scrawl.data.reference_images import PixelBatches, ReferenceImages, as_image, as_pixels
from scrawl.pages.draw.pen import Pen

Array = NDArray[Any]

PER_CLASS, MOST_TEST_BYTES = 10, 94_080  # of test images: 120 of 28×28, or one up to
MOST_BYTES_OF_ONE = 400_000  # as many bytes: of 632×632


@dataclass(frozen=True)
class Files:
    """How the files of a dataset hold images and labels: drawings are exported as these.

    Attributes
    ----------
    shape : tuple of int
        Of an image in the files.
    axes : tuple of int
        The axis there of each axis that is shown.
    type : str
        The NumPy type of pixels.
    numbers : tuple of int
        The label of each class.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    type: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, file: Any) -> Files:
        """Read it from an open `prepared.h5`."""
        dataset, settings = Dataset.of(file), store.settings_of(file)
        look, shape, names = dataset.appearance, dataset.image_shape, dataset.class_names
        first = settings.get("first_label", 0)
        numbers = [first + n for n in range(len(names))]
        if settings.get("class_names") is None:  # then the labels are the names
            numbers = [
                int(name) if name.lstrip("-").isdecimal() else n for n, name in enumerate(names)
            ]
        axes = look.axes or tuple(range(len(shape)))
        return cls(look.stored_shape(shape), axes, look.pixel_type, tuple(numbers))


@dataclass(frozen=True)
class Pictures:
    """Facts about a dataset that the page needs.

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
    files : Files
    references : ReferenceImages or None
        To compare with, if there are any.
    """

    shape: tuple[int, int, int]
    paper: float
    ink: float
    centred: bool
    pen: Pen | None
    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    files: Files
    references: ReferenceImages | None

    @classmethod
    def of(cls, file: Any) -> Pictures:
        """Read them from an open `prepared.h5`."""
        dataset = Dataset.of(file)
        look = dataset.appearance
        labels = classes_of(file, "test")
        image_bytes = dataset.pixels * (1 if look.pixel_type == "uint8" else 4)
        most = max(MOST_TEST_BYTES // image_bytes, int(image_bytes <= MOST_BYTES_OF_ONE))
        chosen = first_of_each(labels, len(dataset.class_names), most)
        return cls(
            as_image(dataset.image_shape),
            look.paper,
            look.ink,
            look.centred,
            Pen.of(PixelBatches.spread(file, "train").ink()),
            as_pixels(images_of(file, "test")[chosen], dataset),
            labels[chosen],
            Files.of(file),
            ReferenceImages.of(file),
        )


def first_of_each(labels: NDArray[np.int64], classes: int, most: int = 120) -> NDArray[np.int64]:
    """Return the places of the first images of every class, or of some classes: `most` in all."""
    n = min(max(most // classes, 1), PER_CLASS)
    places = [np.flatnonzero(labels == index)[:n] for index in spread(classes, most)]
    return np.concatenate([np.zeros(0, np.int64), *places])
