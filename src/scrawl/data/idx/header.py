"""IDX headers as values: type and dimensions. `reader` parses them, `writer` writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(np.int16),
    0x0C: np.dtype(np.int32),
    0x0D: np.dtype(np.float32),
    0x0E: np.dtype(np.float64),
}
TYPE_NAMES = ", ".join(f"{dtype} (0x{code:02X})" for code, dtype in TYPES.items())
LONGEST = 2**32 - 1  # a dimension is a uint32


@dataclass(frozen=True)
class Header:
    """Header of an IDX file: the type and the shape of its values.

    Attributes
    ----------
    dtype : numpy.dtype
        Type of the values, in this machine's byte order.
    shape : tuple of int
        The dimensions; `()` for a single value.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the header itself.

        >>> Header(np.dtype(np.uint8), (60_000, 28, 28)).size
        16
        """
        return 4 + 4 * len(self.shape)

    @property
    def body_size(self) -> int:
        """Bytes of the values that follow it.

        >>> Header(np.dtype(np.int32), (10_000, 8)).body_size
        320000
        """
        return math.prod(self.shape) * self.dtype.itemsize
