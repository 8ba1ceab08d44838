"""Mistakes of an experiment: the test images that its seeds answer wrongly, commonest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.results.predictions import Answers


@dataclass(frozen=True)
class Mistakes:
    """Test images with a wrong answer of at least one seed. Arrays (mistakes,), side by side.

    Attributes
    ----------
    images : int64
        Numbers of the test images.
    wrong : int64
        How many seeds answer wrongly.
    answers : int64
        The wrong answer that most of them give, the surest of equally common ones.
    confidences : float32
        The mean score that all seeds give it.
    """

    images: NDArray[np.int64]
    wrong: NDArray[np.int64]
    answers: NDArray[np.int64]
    confidences: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def of(cls, runs: Sequence[Answers]) -> Mistakes:
        """Gather the mistakes of all seeds: commonest first, then the surest.

        Raises
        ------
        ValueError
            If the runs are of other images.
        """
        first = runs[0]
        for run in runs:
            run.check_labels(first.labels, first.path)
        said = np.stack([run.predicted for run in runs])
        wrong = (said != first.labels).sum(axis=0)
        images = np.flatnonzero(wrong)
        labels = first.labels[images]
        scores = np.stack([run.probabilities[images] for run in runs]).mean(
            axis=0, dtype=np.float64
        )
        votes = np.stack([(said[:, images] == c).sum(axis=0) for c in range(scores.shape[1])], 1)
        votes[np.arange(len(images)), labels] = -1
        tied = np.where(votes == votes.max(axis=1, keepdims=True), scores, -np.inf)
        answers = tied.argmax(axis=1)
        sure = scores[np.arange(len(images)), answers]
        order = np.lexsort((images, -sure, -wrong[images]))
        rows = cls(images, wrong[images], answers.astype(np.int64), sure.astype(np.float32))
        return rows.taken(order)

    def taken(self, places: NDArray[Any] | slice) -> Mistakes:
        """Return some of the rows."""
        return Mistakes(*(column[places] for column in vars(self).values()))
