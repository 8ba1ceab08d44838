"""Runs on the test images of other datasets, as `scrawl transfer` leaves them in `on/{other}/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from scrawl.results import group_comparison
from scrawl.results.group_comparison import GroupedMean
from scrawl.results.metrics import wilson_interval
from scrawl.results.other_datasets import split_of
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder


@dataclass(frozen=True)
class Transfer:
    """The accuracy of an experiment on another dataset, the mean over its runs.

    Attributes
    ----------
    n : int
        Test images.
    accuracy : float
    low, high : float
        Its 95 % interval by Wilson, for as many images as one run was tested on.
    by_group : GroupedMean, optional
        The same with its interval by group, where that dataset names groups.
    """

    n: int
    accuracy: float
    low: float
    high: float
    by_group: GroupedMean | None

    @classmethod
    def of(cls, answers: Mapping[int, Answers]) -> Transfer:
        """Score answers to the same images, by random seed."""
        n = len(next(iter(answers.values())).labels)
        accuracy = fmean(float((run.predicted == run.labels).mean()) for run in answers.values())
        low, high = wilson_interval(accuracy * n, n)
        return cls(n, accuracy, low, high, group_comparison.accuracy(answers))


def answers(runs: Sequence[RunFolder], other: str) -> dict[int, Answers]:
    """Return the answers of runs to the test images of another dataset, by random seed.

    Raises
    ------
    ValueError
        If they answered different images.
    """
    found = {
        run.seed: Answers.read(run.answers(split_of(other)) / "predictions.h5") for run in runs
    }
    first, *rest = found.values()
    for each in rest:
        each.check_labels(first.labels, first.path)
    return found
