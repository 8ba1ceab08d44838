"""Predictions of a network, as stored in `predictions.h5`."""

from __future__ import annotations

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
    groups : (n,) int64, optional
        Of each image, such as its writer, where the dataset names them.
    """

    path: Path
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    class_names: list[str]
    prepared_sha256: str
    groups: NDArray[np.int64] | None = None

    @classmethod
    def read(cls, path: Path) -> Answers:
        """Read a file that `scrawl evaluate` wrote."""
        with store.reading(path, "predictions") as file:
            answers = cls(
                path,
                file["labels"][...],
                file["predicted"][...],
                file["probabilities"][...],
                store.read_texts(file["class_names"]),
                store.made_from(file).get("prepared", ""),
                store.groups_of(file),
            )
        for name, values in (("labels", answers.labels), ("predicted", answers.predicted)):
            if len(values) and not 0 <= values.min() <= values.max() < len(answers.class_names):
                raise ValueError(
                    f"{path}: /{name} has classes from {values.min()} to {values.max()}, expected "
                    f"0 to {len(answers.class_names) - 1}; evaluate the run again"
                )
        return answers

    @property
    def confidences(self) -> NDArray[np.float32]:
        """The score of the predicted class, (n,)."""
        confidences: NDArray[np.float32] = self.probabilities.max(axis=1)
        return confidences

    def check_labels(self, labels: NDArray[np.int64], where: Path) -> None:
        """Refuse answers to other images than those of a file, whose labels are (n,)."""
        if not np.array_equal(self.labels, labels):
            raise ValueError(
                f"{self.path}: its labels are not those of the test images of {where}; "
                "name files of one dataset only"
            )
