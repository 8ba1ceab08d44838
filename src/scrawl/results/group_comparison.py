"""Experiments compared by groups of images: accuracies and their differences, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.results.by_group import Totals, bootstrap_interval
from scrawl.results.comparison import paired_runs
from scrawl.results.predictions import Answers


@dataclass(frozen=True)
class GroupedMean:
    """A mean over images and random seeds, with its interval by group.

    Attributes
    ----------
    mean, low, high : float
    groups : int
    """

    mean: float
    low: float
    high: float
    groups: int

    @classmethod
    def of(cls, groups: NDArray[np.int64], sums: NDArray[Any], runs: int) -> GroupedMean:
        """Average sums (n,) of whole numbers over `runs` runs, and over images of groups (n,)."""
        totals = Totals.of(groups, sums)
        low, high = bootstrap_interval(totals)
        return cls(totals.mean / runs, low / runs, high / runs, len(totals.names))


def accuracy(runs: Mapping[int, Answers]) -> GroupedMean | None:
    """Return an experiment's accuracy, the mean over its seeds; None if there are no groups."""
    answers = list(runs.values())
    groups = known(answers[0])
    if groups is None:
        return None
    right = sum(np.asarray(run.labels == run.predicted, np.int64) for run in answers)
    return GroupedMean.of(groups, np.asarray(right), len(answers))


def difference(first: Mapping[int, Answers], second: Mapping[int, Answers]) -> GroupedMean | None:
    """Return how much more accurate the first of two experiments is than the second.

    Both answer the same images; groups are drawn once for both. Runs are paired by `paired_runs`.
    None if there are no groups.
    """
    groups = known(next(iter(first.values())))
    if groups is None:
        return None
    pairs = paired_runs(first, second)
    gained = sum(
        np.asarray(a.labels == a.predicted, np.int64) - (b.labels == b.predicted) for a, b in pairs
    )
    return GroupedMean.of(groups, np.asarray(gained), len(pairs))


def known(answers: Answers) -> NDArray[np.int64] | None:
    """Return the groups (n,) of the images, if there are two or more."""
    several = answers.groups is not None and len(np.unique(answers.groups)) > 1
    return answers.groups if several else None
