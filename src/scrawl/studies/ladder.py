"""Ladder of experiments, each with one change to the one before: accuracies and significance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scrawl.artifacts.files import write_table
from scrawl.results.metrics import mcnemar, mean_interval
from scrawl.results.predictions import Answers
from scrawl.results.summary import Spread, Summary

LEVEL = 0.95


@dataclass(frozen=True)
class Rung:
    """One row of the ladder.

    Attributes
    ----------
    experiment : str
    change : str
        What is new in it, in words.
    accuracy : Spread
        The test accuracy over the seeds.
    interval : (float, float)
        Student's 95 % interval of its mean, over the seeds.
    lost, won : int, optional
        How many test images only the row before has right, and only this one: of the first seed.
        One trained network is compared with one, not two committees.
    p : float, optional
        McNemar's exact p of the two; None in the first row, like `lost` and `won`.
    """

    experiment: str
    change: str
    accuracy: Spread
    interval: tuple[float, float]
    lost: int | None = None
    won: int | None = None
    p: float | None = None


def climb(summaries: Sequence[Summary]) -> list[Rung]:
    """Return the rungs of experiments, given from the lowest up.

    Raises
    ------
    ValueError
        If an experiment has one seed only, or two were not tested on the same images.
    """
    rungs: list[Rung] = []
    before: Answers | None = None
    for summary in summaries:
        answers = Answers.read(summary.runs[0].path / "predictions.h5")
        test = (None, None, None) if before is None else compared(before, answers)
        interval = mean_interval(summary.accuracies, LEVEL)
        change = change_of(summary.experiment)
        rungs.append(Rung(summary.experiment, change, summary.accuracy, interval, *test))
        before = answers
    return rungs


def change_of(experiment: str) -> str:
    """Return the change that an experiment of the ladder makes, from its name.

    >>> change_of("ladder-08-hidden-layer")
    'hidden layer'
    """
    return re.sub(r"^\D*\d+-", "", experiment).replace("-", " ")


def compared(first: Answers, second: Answers) -> tuple[int, int, float]:
    """Return b, c and p of McNemar's test of one run's answers against those of another."""
    second.check_labels(first.labels, first.path)
    return mcnemar(first.labels, first.predicted, second.predicted)


def write_ladder(path: Path, rungs: Sequence[Rung]) -> None:
    """Write a row for each rung, as CSV."""
    columns = ["experiment", "change", "seeds", "accuracy", "low", "high", "lost", "won", "p"]
    rows = []
    for rung in rungs:
        numbers = (rung.accuracy.n, rung.accuracy.mean, *rung.interval)
        rows.append([rung.experiment, rung.change, *numbers, rung.lost, rung.won, rung.p])
    write_table(path, columns, rows)
