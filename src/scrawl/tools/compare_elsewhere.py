"""Two runs, or two experiments, compared on other datasets that both were evaluated on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scrawl.figures.formatting import percent
from scrawl.results import group_comparison
from scrawl.results.comparison import paired, paired_runs
from scrawl.results.other_datasets import others
from scrawl.results.runs import RunFolder
from scrawl.results.transfers import Transfer, answers
from scrawl.tools.terminal import aligned

Runs = Mapping[int, RunFolder]


def comparison(first: Runs, second: Runs) -> dict[str, Any]:
    """Return the comparison on each such dataset as JSON values, by the dataset's name.

    Parameters
    ----------
    first, second : mapping of int to RunFolder
        The runs of either side, paired as everywhere: by random seed, or else in their order.
    """
    sides = list(zip(*paired_runs(first, second), strict=True))
    common = [set(others(side)) for side in sides]
    return {other: compared(sides, other) for other in sorted(set.intersection(*common))}


def compared(sides: Sequence[Sequence[RunFolder]], other: str) -> dict[str, Any]:
    """Return the accuracy of either side on a dataset, and McNemar's test of their answers."""
    one, two = (dict(enumerate(answers(side, other).values())) for side in sides)
    two[0].check_labels(one[0].labels, one[0].path)
    by_group = group_comparison.difference(one, two)
    return {
        "accuracy": [asdict(Transfer.of(side)) for side in (one, two)],
        "test": asdict(paired(one, two)),
        "by_group": None if by_group is None else asdict(by_group),
    }


def lines(found: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Yield a table for a terminal: a row for each dataset, with the accuracy of either side."""
    if not found:
        return
    yield ""
    rows = [
        [other, f"{each['accuracy'][0]['n']:,}", *map(cell, each["accuracy"]), difference(each)]
        for other, each in found.items()
    ]
    yield from aligned([["tested on", "images", *names, "difference"], *rows])


def cell(scores: Mapping[str, Any]) -> str:
    """Return an accuracy with its 95 % interval.

    >>> cell({"accuracy": 0.827, "low": 0.8194, "high": 0.8343})
    '82.70 % (81.94 to 83.43 %)'
    """
    accuracy, low, high = (scores[key] for key in ("accuracy", "low", "high"))
    return f"{percent(accuracy)} ({100 * low:.2f} to {percent(high)})"


def difference(found: Mapping[str, Any]) -> str:
    """Return how much more accurate the first side is, with McNemar's p or an interval by group.

    >>> scores = [{"accuracy": 0.75}, {"accuracy": 0.875}]
    >>> difference({"accuracy": scores, "test": {"p": 0.25}, "by_group": None})
    '-12.50 points, p = 0.25'
    """
    one, two = (scores["accuracy"] for scores in found["accuracy"])
    words = f"{100 * (one - two):+.2f} points, p = {found['test']['p']:.2g}"
    if found["by_group"]:
        low, high = (100 * found["by_group"][end] for end in ("low", "high"))
        words += f"; other groups: {low:+.2f} to {high:+.2f}"
    return words
