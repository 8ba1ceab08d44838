"""Images that are no array: made into one a batch at a time."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array


class Table(Protocol):
    """Rows of numbers that lie elsewhere, such as in a file that is larger than the memory.

    `table[i:j]` and `np.asarray(table)` are arrays (n, columns) float32, new ones each time.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, rows: Any, /) -> Array:
        """Return the rows that a slice or an array of places stands for."""

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Any:
        """Return all rows."""

    def first(self, n: int) -> Table:
        """Return the table of the first n rows."""

    def read(self, rows: slice | npt.NDArray[np.intp], out: Array) -> Array:
        """Write rows to the beginning of a buffer (batch, columns), and return that part of it."""


def viewable(table: npt.NDArray[Any] | Table) -> bool:
    """Tell whether rows in a row are there as float32: no buffer is needed for them."""
    return isinstance(table, np.ndarray) and table.dtype == np.float32


def gathered(
    table: npt.NDArray[Any] | Table, rows: slice | npt.NDArray[np.intp], buffer: Array
) -> Array:
    """Return rows of a table as float32: a view where there is one, else copies.

    Parameters
    ----------
    table : (n, columns) array or Table
    rows : slice or (batch,) int
        Which; of places none may be outside of the table.
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
