"""Comparison of experiments: the settings that differ, and the significance of differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scrawl.results.metrics import mcnemar
from scrawl.results.predictions import Answers

ABSENT = "–"  # the value of a setting that an experiment lacks


def differing(settings: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the names of the settings that differ between experiments, and of those that do not.

    Parameters
    ----------
    settings : mapping of str to mapping
        By experiment, settings by name; one that is missing differs from any value.

    Examples
    --------
    >>> differing({"a": {"hidden": [], "bias": True}, "b": {"hidden": [30], "bias": True}})
    (['hidden'], ['bias'])
    """
    names = list(dict.fromkeys(name for given in settings.values() for name in given))
    values = {name: [given.get(name, ABSENT) for given in settings.values()] for name in names}
    differ = [name for name in names if any(value != values[name][0] for value in values[name])]
    return differ, [name for name in names if name not in differ]


@dataclass(frozen=True)
class Neighbours:
    """Two experiments that follow each other in the order of their accuracies.

    Attributes
    ----------
    better, worse : str
    only_better, only_worse : int
        The number of test images that only the one and only the other has right.
    p : float
        McNemar's exact p.
    """

    better: str
    worse: str
    only_better: int
    only_worse: int
    p: float


def neighbours(accuracies: Mapping[str, float], answers: Mapping[str, Answers]) -> list[Neighbours]:
    """Compare each experiment with the next best one.

    Parameters
    ----------
    accuracies : mapping of str to float
        Their order; equal ones keep the given one.
    answers : mapping of str to Answers
        Of one network of each experiment.
    """
    order: Sequence[str] = sorted(accuracies, key=lambda name: -accuracies[name])
    return [
        Neighbours(
            better,
            worse,
            *mcnemar(answers[better].labels, answers[better].predicted, answers[worse].predicted),
        )
        for better, worse in pairwise(order)
    ]
