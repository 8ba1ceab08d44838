"""The report's section on other datasets: accuracies of networks on test images from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scrawl.results.other_datasets import others
from scrawl.results.summary import Summary
from scrawl.results.transfers import Transfer, answers


@dataclass(frozen=True)
class Row:
    """An experiment's accuracy on its own test images, and on those of other datasets by name."""

    experiment: str
    own: float
    elsewhere: Mapping[str, Transfer]


def read(experiments: Sequence[Summary], datasets: Sequence[str]) -> list[Row]:
    """Read the answers of each experiment on some other datasets, the best experiment first.

    Ensembles are left out: they are evaluated on their own dataset alone.
    """
    return [
        Row(
            each.experiment,
            each.accuracy.mean,
            {name: Transfer.of(answers(each.runs, name)) for name in datasets},
        )
        for each in sorted(experiments, key=lambda each: -each.accuracy.mean)
        if set(datasets) <= set(others(each.runs))
    ]


def elsewhere(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return the content of the section; None where no experiment was evaluated elsewhere.

    Returns
    -------
    dict
        `datasets`, by name the number of test images, and of their groups where these are known;
        `rows`.
    """
    if not rows or not rows[0].elsewhere:
        return None
    return {
        "datasets": {
            name: {"n": first.n, "groups": first.by_group.groups if first.by_group else None}
            for name, first in rows[0].elsewhere.items()
        },
        "rows": rows,
    }
