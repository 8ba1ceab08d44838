"""A prepared dataset: its facts, images and examples, from an open artifact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.lazy_images import FileRows
from scrawl.nn.examples import Examples, LazyRows

BLOCK_BYTES = 8 << 20  # of labels at a time: one-hot rows of 1,623 classes take hundreds of MB


@dataclass(frozen=True)
class Dataset:
    """Facts about a dataset's images that a network needs.

    Attributes
    ----------
    class_names : tuple of str
        In the order of the network's outputs.
    image_shape : tuple of int
        Of one image, such as (28, 28).
    normalisation : str
    offset, scale : float
        A value that the network is shown is (pixel − offset) / scale. The scale is negative where
        ink is darker than paper, so that ink is the higher value all the same.
    appearance : Appearance
        How the images look in the dataset's own files.
    """

    class_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    normalisation: str
    offset: float
    scale: float
    appearance: Appearance = field(default_factory=Appearance)

    @property
    def pixels(self) -> int:
        """The number of values of an image."""
        return int(np.prod(self.image_shape))

    @property
    def background(self) -> float:
        """The value of a pixel of empty paper, to the last bit."""
        paper = np.float32(self.appearance.paper)
        return float((paper - np.float32(self.offset)) / np.float32(self.scale))

    @property
    def on_paper(self) -> bool:
        """Whether high values of grey images are ink: figures draw them dark on white paper."""
        return self.appearance.on_paper

    @classmethod
    def of(cls, file: Any) -> Dataset:
        """Read it from an open artifact, `prepared` or `model`."""
        return cls(
            tuple(store.read_texts(file["class_names"])),
            tuple(int(length) for length in file.attrs["image_shape"]),
            store.settings_of(file).get("normalisation", "missing"),
            float(file.attrs["offset"]),
            float(file.attrs["scale"]),
            Appearance.of(file),
        )

    def write(self, file: Any) -> None:
        """Write it into an artifact (the normalisation stands among the settings there)."""
        store.write_texts(file, "class_names", list(self.class_names))
        store.write_attributes(file, offset=self.offset, scale=self.scale)
        file.attrs["image_shape"] = np.array(self.image_shape, dtype=np.int64)
        self.appearance.write(file)


def images_of(file: Any, split: str) -> NDArray[np.float32] | LazyRows:
    """Return the images (n, pixels) of an open `prepared.h5` as a network is shown them.

    Nothing is read yet: they are mapped or, where they are stored as bytes, a table.
    """
    stored = file[f"{split}/images"]
    return store.mapped(stored) if stored.dtype == np.float32 else rows_of(file, split)


def rows_of(file: Any, split: str) -> FileRows:
    """Return the images (n, pixels) of an open `prepared.h5` as a table that is read as it is used.

    The pages of a mapped table count as the process's own memory once they were looked at.
    """
    stored = file[f"{split}/images"]
    if stored.dtype == np.float32:  # normalised already
        return FileRows.of(stored)
    return FileRows.of(stored, float(file.attrs["offset"]), float(file.attrs["scale"]))


def classes_of(file: Any, split: str) -> NDArray[np.int64]:
    """Return the class of each image of a split, (n,), of an open `prepared.h5`."""
    labels = file[f"{split}/labels"]
    rows = max(BLOCK_BYTES // max(labels.dtype.itemsize * labels.shape[1], 1), 1)
    blocks = (labels[start : start + rows] for start in range(0, len(labels), rows))
    return np.concatenate([np.zeros(0, np.int64), *(block.argmax(axis=1) for block in blocks)])


def examples(file: Any, split: str) -> Examples:
    """Return the examples of one split of an open `prepared.h5`; nothing is read yet."""
    labels = store.mapped(file[f"{split}/labels"])
    return Examples(images_of(file, split), labels, Dataset.of(file).image_shape)
