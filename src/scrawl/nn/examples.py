"""Examples: images with labels, in memory or read lazily, cut into batches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array


class LazyRows(Protocol):
    """Lazily loaded rows of numbers, such as of a file that is larger than the memory.

    `rows[i:j]` and `np.asarray(rows)` are new arrays (n, columns) float32.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, rows: Any, /) -> Array:
        """Return the rows of a slice or of an array of places."""

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Any:
        """Return all rows."""

    def first(self, n: int) -> LazyRows:
        """Return the first n rows, still to be loaded."""

    def read(self, rows: slice | npt.NDArray[np.intp], out: Array) -> Array:
        """Write rows to the beginning of a buffer (batch, columns), and return that part of it."""


def viewable(table: npt.NDArray[Any] | LazyRows) -> bool:
    """Return whether consecutive rows are float32 in memory, so that they need no buffer."""
    return isinstance(table, np.ndarray) and table.dtype == np.float32


def gathered(
    table: npt.NDArray[Any] | LazyRows, rows: slice | npt.NDArray[np.intp], buffer: Array
) -> Array:
    """Return rows of a table as float32: a view where there is one, else copies.

    Parameters
    ----------
    table : (n, columns) array or LazyRows
    rows : slice or (batch,) int
        Places must not lie outside of the table.
    buffer : (≥ batch, columns) float32
        For copies; the next call overwrites it.
    """
    if not isinstance(table, np.ndarray):
        return table.read(rows, buffer)
    if not viewable(table):
        some = table[rows]
        np.copyto(buffer[: len(some)], some)
        return buffer[: len(some)]
    if isinstance(rows, slice):
        return table[rows]
    # mode="clip" never clips; "raise" would take through a second buffer
    return np.take(table, rows, axis=0, out=buffer[: len(rows)], mode="clip")


@dataclass(frozen=True)
class Examples:
    """Images with their labels.

    Attributes
    ----------
    images : (n, pixels) float32
        May be a read-only memory map, or lazily loaded.
    labels : (n, classes) float32 or uint8, one-hot
    shape : tuple of int
        Of an image, such as (28, 28); without it, an image is a row of pixels.
    """

    images: Array | LazyRows
    labels: npt.NDArray[Any]
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._check("images", self.images, (np.float32,))
        self._check("labels", self.labels, (np.float32, np.uint8))
        if len(self.images) != len(self.labels):
            raise ValueError(f"there are {len(self.images)} images, but {len(self.labels)} labels")
        pixels = self.images.shape[1]
        if self.shape and math.prod(self.shape) != pixels:
            raise ValueError(f"{pixels} pixels are no image of the shape {self.shape}")

    @staticmethod
    def _check(name: str, table: npt.NDArray[Any] | LazyRows, types: tuple[type, ...]) -> None:
        if isinstance(table, np.ndarray) and (table.ndim != 2 or table.dtype not in types):
            raise ValueError(f"{name} are {table.shape} {table.dtype}, not (n, …) float32")

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of an image; (pixels,) if none is known."""
        return self.shape or self.images.shape[1:]

    def __len__(self) -> int:
        return len(self.images)

    def first(self, n: int) -> Examples:
        """Return the first n examples: views."""
        images = self.images
        some = images[:n] if isinstance(images, np.ndarray) else images.first(n)
        return Examples(some, self.labels[:n], self.shape)


def batches(
    examples: Examples, batch: int, order: npt.NDArray[np.intp] | None, first: int = 0
) -> Iterator[tuple[Array, Array]]:
    """Cut examples into batches; the last one takes what is left.

    Parameters
    ----------
    examples : Examples
    batch : int
    order : (n,) int, optional
        A permutation to take them in; without one, in their own order.
    first : int
        Where in that order to begin.

    Yields
    ------
    images : (batch, pixels) float32
    labels : (batch, classes) float32
        Copies in two buffers that the next batch overwrites; views, where float32 arrays are
        taken in their own order.
    """
    tables = [
        np.asarray(table) if isinstance(table, np.memmap) else table  # whose slices are slow
        for table in (examples.images, examples.labels)
    ]
    some_images, some_labels = (
        np.empty((0 if order is None and viewable(table) else batch, table.shape[1]), np.float32)
        for table in tables
    )
    images, labels = tables
    for start in range(first, len(examples if order is None else order), batch):
        rows = slice(start, start + batch) if order is None else order[start : start + batch]
        yield gathered(images, rows, some_images), gathered(labels, rows, some_labels)
