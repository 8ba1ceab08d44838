"""What `predictions.h5` says: the answers of one trained network to the test images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store


@dataclass(frozen=True)
class Answers:
    """What `predictions.h5` says: what one network answered to each test image.

    Attributes
    ----------
    path : Path
    labels, predicted : (n,) int64
        The true and the answered class.
    probabilities : (n, classes) float32
    class_names : list of str
    prepared_sha256 : str
        Digest of the data that the images are from.
    """

    path: Path
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    class_names: list[str]
    prepared_sha256: str

    @classmethod
    def read(cls, path: Path) -> Answers:
        """Read a file that `scrawl evaluate` wrote."""
        with store.reading(path, "predictions") as file:
            return cls(
                path,
                file["labels"][...],
                file["predicted"][...],
                file["probabilities"][...],
                store.read_texts(file["class_names"]),
                json.loads(store.text(file.attrs["made_from"])).get("prepared", ""),
            )

    @property
    def confidences(self) -> NDArray[np.float32]:
        """The score of the answered class, (n,)."""
        confidences: NDArray[np.float32] = self.probabilities.max(axis=1)
        return confidences

    def check_same_images(self, other: Answers) -> None:
        """Refuse answers to other images: their labels differ."""
        if not np.array_equal(self.labels, other.labels):
            raise ValueError(
                f"{other.path}: its labels are not those of {self.path}; "
                "compare runs on one dataset only"
            )
