"""The report's section on groups of images, such as writers: intervals and differences by group."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from scrawl.pages.report.data import ExperimentResults
from scrawl.results import group_comparison
from scrawl.results.by_group import Totals, design_effect
from scrawl.results.group_table import GroupTable
from scrawl.results.metrics import wilson_interval

MOST = 40  # experiments, the best ones, as in the section on significance


def groups(experiments: Sequence[ExperimentResults]) -> dict[str, Any] | None:
    """Return the content of the section; None where the dataset names no groups.

    Returns
    -------
    dict
        `count`, the number of groups; `rows`, one for each experiment, the best first;
        `neighbours`, the difference of those that follow each other.
    """
    if any(group_comparison.known(each.answers[0]) is None for each in experiments):
        return None
    order = sorted(experiments, key=lambda each: -each.summary.accuracy.mean)[:MOST]
    rows = [row(each) for each in order]
    return {
        "count": rows[0]["by_group"].groups,
        "rows": rows,
        "neighbours": [
            {
                "better": better.name,
                "worse": worse.name,
                "difference": group_comparison.difference(by_seed(better), by_seed(worse)),
            }
            for better, worse in pairwise(order)
        ],
    }


def row(experiment: ExperimentResults) -> dict[str, Any]:
    """Return an experiment's intervals, its design effect and its hardest group."""
    first, n = experiment.answers[0], experiment.summary.metrics[0]["n"]
    table = GroupTable.of(experiment.answers)
    effect = None
    if first.groups is not None:
        effect = design_effect(Totals.of(first.groups, first.labels == first.predicted))
    return {
        "name": experiment.name,
        "by_image": wilson_interval(experiment.summary.accuracy.mean * n, n),
        "by_group": group_comparison.accuracy(by_seed(experiment)),
        "effect": effect,
        "hardest": {
            "group": int(table.groups[0]),
            "images": int(table.images[0]),
            "accuracy": float(table.accuracy[0]),
            "mistake": table.mistakes[0],
        },
    }


def by_seed(experiment: ExperimentResults) -> dict[int, Any]:
    """Return an experiment's answers by random seed."""
    return dict(zip(experiment.summary.seeds, experiment.answers, strict=True))
