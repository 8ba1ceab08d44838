"""Lazily loaded images, read from a file one batch at a time: one byte a pixel, or float32.

A dataset of millions then takes no memory but the operating system's cache of the file, which all
runs share, and which shrinks when memory is short. A mapped file takes no more either, but its
pages count as the process's own. Reading a shuffled batch by `pread` takes about as long
(docs/benchmarks.md).
"""

from __future__ import annotations

import os
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from scrawl.nn import Array

# Bytes that are asked for at once: of a larger piece Linux reads the beginning only.
AHEAD = 1 << 20


def normalise(pixels: NDArray[Any], offset: float, scale: float, out: Array) -> Array:
    """Write normalised pixels, (pixel − offset) / scale, to `out`.

    >>> normalise(np.uint8([0, 51, 255]), 0, 255, out=np.empty(3, np.float32))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    np.copyto(out, pixels, casting="unsafe")  # also from float64, as published by some
    out -= np.float32(offset)
    out /= np.float32(scale)
    return out


class FileRows:
    """A table of images in a file, read as normalised values.

    Parameters
    ----------
    path : str
        The file.
    places : (n,) int64
        The byte at which each image begins.
    pixels : int
        Of an image.
    offset, scale : float
        A value is (pixel − offset) / scale, bit for bit as `scrawl prepare` computes it.
    dtype : dtype
        Of the file: uint8 or float32.

    Attributes
    ----------
    shape : (int, int)
        n and pixels.
    """

    def __init__(
        self,
        path: str,
        places: NDArray[np.int64],
        pixels: int,
        offset: float = 0.0,
        scale: float = 1.0,
        dtype: npt.DTypeLike = np.uint8,
    ) -> None:
        self.path, self.places, self.offset, self.scale = path, places, offset, scale
        self.dtype = np.dtype(dtype)
        self.row_bytes = pixels * self.dtype.itemsize
        self.shape = len(places), pixels
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    @classmethod
    def of(cls, dataset: Any, offset: float = 0.0, scale: float = 1.0) -> FileRows:
        """Return the rows of an HDF5 dataset (n, pixels) that lies in one piece."""
        n, pixels = dataset.shape
        begin = dataset.id.get_offset() or 0  # an empty dataset has no place
        places = begin + np.arange(n) * (pixels * dataset.dtype.itemsize)
        return cls(dataset.file.filename, places, pixels, offset, scale, dataset.dtype)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: Any) -> Array:
        """Return the rows (n, pixels) float32 that a slice or an array of places stands for."""
        n = len(self.places[rows])
        return self.read(rows, np.empty((n, self.shape[1]), np.float32))

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Any:
        """Return all rows: for a few of them, as in `np.asarray(table.first(10))`."""
        if copy is False:
            raise ValueError(f"{self.path}: rows of a file are always copied, found copy=False")
        return self[:].astype(dtype or np.float32, copy=False)

    def at(self, places: NDArray[np.int64]) -> FileRows:
        """Return the table of the rows at other places of the same file."""
        return FileRows(self.path, places, self.shape[1], self.offset, self.scale, self.dtype)

    def first(self, n: int) -> FileRows:
        """Return the table of the first n rows."""
        return self.at(self.places[:n])

    def read_ahead(self) -> None:
        """Ask the system to read the rows into its cache, in the order of the file.

        For callers that then take them in any order: a disk reads a whole file in its own order
        many times faster than row by row.
        """
        if not hasattr(os, "posix_fadvise") or not len(self):
            return
        end = int(self.places.max()) + self.row_bytes
        for start in range(int(self.places.min()), end, AHEAD):
            os.posix_fadvise(self._descriptor, start, AHEAD, os.POSIX_FADV_WILLNEED)

    def read(self, rows: slice | NDArray[np.intp], out: Array) -> Array:
        """Write rows to the beginning of `out` (batch, pixels) float32, and return that part.

        Raises
        ------
        ValueError
            If the file has become shorter.
        """
        descriptor, pixels = self._descriptor, self.shape[1]
        places = self.places[rows].tolist()
        data = b"".join([os.pread(descriptor, self.row_bytes, place) for place in places])
        if len(data) != len(places) * self.row_bytes:
            raise ValueError(
                f"{self.path}: found {len(data)} bytes of {len(places)} images of {pixels} pixels: "
                "the file was cut short while it was read; prepare the dataset again"
            )
        stored = np.frombuffer(data, self.dtype).reshape(-1, pixels)
        return normalise(stored, self.offset, self.scale, out[: len(places)])
