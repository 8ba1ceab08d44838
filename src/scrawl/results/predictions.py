"""Predictions of a network, as stored in `predictions.h5`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store


@dataclass(frozen=True)
class Answers:
    """A network's answers for the images of a split.

    Attributes
    ----------
    path : Path
    labels, predicted : (n,) int64
        The true and the predicted class.
    probabilities : (n, classes) float32
    class_names : list of str
    prepared_sha256 : str
        Digest of the file that the images are from.
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
        """The score of the predicted class, (n,)."""
        confidences: NDArray[np.float32] = self.probabilities.max(axis=1)
        return confidences

    def check_same_images(self, other: Answers) -> None:
        """Refuse answers for other images, whose labels differ."""
        if not np.array_equal(self.labels, other.labels):
            raise ValueError(
                f"{other.path}: its labels are not those of {self.path}; "
                "compare runs on one dataset only"
            )
