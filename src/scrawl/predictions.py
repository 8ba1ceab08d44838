"""What `predictions.h5` says: the answers of one trained network to the test images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl import artifacts


@dataclass(frozen=True)
class Answers:
    """What `predictions.h5` says of each test image.

    Attributes
    ----------
    labels, predicted : (n,) int64
    confidences : (n,) float32
        The score of the predicted class.
    class_names : list of str
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidences: NDArray[np.float32]
    class_names: list[str]

    @classmethod
    def read(cls, path: Path) -> Answers:
        """Read a file that `scrawl evaluate` wrote."""
        with artifacts.reading(path, "predictions") as file:
            return cls(
                file["labels"][...],
                file["predicted"][...],
                file["probabilities"][...].max(axis=1),
                artifacts.read_texts(file["class_names"]),
            )
