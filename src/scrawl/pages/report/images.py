"""The test images of each cell of a confusion matrix, for all seeds of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.results.predictions import Answers

TOP_MISTAKES = 24  # what the figure `mistakes` shows, too


@dataclass(frozen=True)
class ImageAnswers:
    """Each image with each answer that it got, the most interesting first.

    First the mistakes, those that most seeds make with most confidence; then the right
    answers, the least confident first. Arrays (k,), side by side.

    Attributes
    ----------
    image : int64
        The number of the test image.
    label, answer : int64
        Class indices.
    seeds : int64
        How many of the seeds gave the answer.
    confidence : float64
        The mean score that they gave it.
    """

    image: NDArray[np.int64]
    label: NDArray[np.int64]
    answer: NDArray[np.int64]
    seeds: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.image)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where the answer is not the label."""
        return np.not_equal(self.label, self.answer)

    @property
    def top_mistakes(self) -> ImageAnswers:
        """The most confident mistakes."""
        return self.taken(np.flatnonzero(self.wrong)[:TOP_MISTAKES])

    def taken(self, places: NDArray[Any] | slice) -> ImageAnswers:
        """Return some of the rows."""
        return ImageAnswers(*(column[places] for column in vars(self).values()))

    def first_of_each_cell(self, most: int) -> ImageAnswers:
        """Return the first `most` rows of each pair of label and answer.

        >>> zeros = np.zeros(3, np.int64)
        >>> rows = ImageAnswers(np.array([7, 8, 9]), zeros, np.array([1, 2, 1]), zeros, zeros)
        >>> rows.first_of_each_cell(1).image
        array([7, 8])
        """
        cells = self.label * (1 + self.answer.max(initial=0)) + self.answer
        order = np.argsort(cells, kind="stable")
        begins = np.searchsorted(cells[order], cells[order])
        rank = np.empty(len(self), np.int64)
        rank[order] = np.arange(len(self)) - begins
        return self.taken(rank < most)


def image_answers(answers: Sequence[Answers]) -> ImageAnswers:
    """Gather the answers of several networks to the same images.

    Parameters
    ----------
    answers : sequence of Answers
        One for each seed; at least one.
    """
    classes = len(answers[0].class_names)
    n = len(answers[0].labels)
    pairs = np.concatenate([np.arange(n) * classes + run.predicted for run in answers])
    scores = np.concatenate([run.confidences for run in answers]).astype(np.float64)
    found, place, seeds = np.unique(pairs, return_inverse=True, return_counts=True)
    confidence = np.bincount(place, scores, len(found)) / seeds
    image, answer = np.divmod(found, classes)
    rows = ImageAnswers(image, answers[0].labels[image], answer, seeds, confidence)
    worth = np.where(rows.wrong, -seeds * confidence, confidence)
    # The last key counts most: mistakes, then their worth, then the images' own order.
    return rows.taken(np.lexsort((image, worth, ~rows.wrong)))
