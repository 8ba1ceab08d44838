"""Networks in NumPy: pure arrays, no files, no printing, no clock, no global randomness."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]
"""What all of this computes in: float32 is enough for a network and twice as fast as float64."""
