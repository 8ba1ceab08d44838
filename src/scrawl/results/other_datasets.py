"""Folders of runs evaluated on the test images of other datasets.

Apart from `transfers`, which reads HDF5: tables of runs are listed without.
"""

from __future__ import annotations

from collections.abc import Iterable

from scrawl.results.runs import RunFolder


def split_of(other: str) -> str:
    """Return the name under which a run's folder has the files of another dataset.

    >>> split_of("mnist")
    'on/mnist'
    """
    return f"on/{other}"


def others(runs: Iterable[RunFolder]) -> list[str]:
    """Return the datasets that all of some runs were evaluated on, beside their own."""
    found = [
        {metrics.parent.name for metrics in run.path.glob(f"{split_of('*')}/metrics.json")}
        for run in runs
    ]
    return sorted(set.intersection(*found)) if found else []
