"""Table of groups, such as writers: who is hard to read, and how far that can be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scrawl.results.by_group import Totals
from scrawl.results.metrics import wilson_interval
from scrawl.results.predictions import Answers

COLUMNS = ("group", "images", "accuracy", "low", "high", "chance", "mistake")


@dataclass(frozen=True)
class GroupTable:
    """How an experiment's runs answer the images of each group, the hardest group first.

    Attributes
    ----------
    groups, images : (groups,) int64
        The number of each group, and of its images.
    accuracy : (groups,) float64
        The mean over the runs.
    chance : (groups,) float64
        The probability of so few right answers to so many images, or fewer, if no group were harder
        than another.
    mistakes : sequence of str
        The commonest mistake, as `4 → 9`; empty without any.
    mean : float
        The accuracy on all images.
    """

    groups: NDArray[np.int64]
    images: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    chance: NDArray[np.float64]
    mistakes: Sequence[str]
    mean: float

    @classmethod
    def of(cls, runs: Sequence[Answers]) -> GroupTable:
        """Count the answers of an experiment's runs.

        Raises
        ------
        ValueError
            If the images have no groups, or the runs are of other images.
        """
        first = runs[0]
        if first.groups is None:
            raise ValueError(
                f"{first.path}: knows no groups of its images; name them in the dataset "
                "(group_column, or files.train_groups and files.test_groups)"
            )
        for run in runs:
            run.check_labels(first.labels, first.path)
        right = sum(np.asarray(run.labels == run.predicted, np.int64) for run in runs)
        totals = Totals.of(first.groups, np.asarray(right))
        accuracy, mean = totals.sums / totals.sizes / len(runs), totals.mean / len(runs)
        chance = at_most(accuracy * totals.sizes, totals.sizes, mean)
        order = np.lexsort((totals.names, accuracy, chance))
        mistakes = commonest_mistakes(first.groups, runs)
        return cls(
            totals.names[order],
            totals.sizes[order],
            accuracy[order],
            chance[order],
            [mistakes.get(int(name), "") for name in totals.names[order]],
            mean,
        )

    def rows(self) -> list[tuple[int | float | str, ...]]:
        """Return the rows of the table, in the order of `COLUMNS`; the interval is Wilson's."""
        columns = (self.groups, self.images, self.accuracy, self.chance)
        rows = zip(*(column.tolist() for column in columns), self.mistakes, strict=True)
        return [
            (group, n, share, *wilson_interval(share * n, n), chance, mistake)
            for group, n, share, chance, mistake in rows
        ]


def at_most(
    right: NDArray[np.float64], images: NDArray[np.int64], mean: float
) -> NDArray[np.float64]:
    """Return the binomial probability of at most so many right answers, (groups,).

    A mean over runs need not be whole: it is between the probabilities of its neighbours.

    >>> at_most(np.array([1.0]), np.array([2]), 0.5)
    array([0.75])
    """
    from scipy.special import bdtr  # here, since only datasets with groups need it

    below, share = np.floor(right), right - np.floor(right)
    low, high = bdtr(below, images, mean), bdtr(np.minimum(below + 1, images), images, mean)
    return np.asarray((1 - share) * low + share * high)


def limits(images: NDArray[np.float64], mean: float, beyond: float) -> NDArray[np.float64]:
    """Return the accuracies (n,) that a group of so many images is below by chance.

    Such groups are a share `beyond` of all if none is harder than another.
    """
    from scipy.special import bdtrik

    right = bdtrik(beyond, images, mean)
    return np.asarray(np.clip(np.nan_to_num(right), 0, images) / images)


def commonest_mistakes(groups: NDArray[np.int64], runs: Sequence[Answers]) -> dict[int, str]:
    """Return the commonest mistake of each group that has one, over all runs, in words."""
    names = runs[0].class_names
    found = []
    for run in runs:
        wrong = run.labels != run.predicted
        found.append(np.stack([groups[wrong], run.labels[wrong], run.predicted[wrong]], axis=1))
    kinds, counts = np.unique(np.concatenate(found), axis=0, return_counts=True)
    words: dict[int, str] = {}
    for place in np.argsort(-counts, kind="stable"):
        group, label, answer = kinds[place].tolist()
        words.setdefault(group, f"{names[label]} → {names[answer]}")
    return words
