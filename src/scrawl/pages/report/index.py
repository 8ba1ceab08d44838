"""The index page of a dataset: its finished runs, its reports and its drawing pages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import quote

from scrawl.figures.formatting import duration, percent
from scrawl.pages import template
from scrawl.results.findings import in_brief
from scrawl.results.runs import RunFolder, by_experiment, read_cost, read_metrics

LOG = logging.getLogger(__name__)

MOST_ROWS = 500  # experiments: a sweep has a hundred


@dataclass(frozen=True)
class Pages:
    """The pages beside the index, each with its name and its address.

    Attributes
    ----------
    reports, drawing, mistakes, sweeps : list of (str, str)
        Of suites and other selections of runs; of sweeps, the tables.
    """

    reports: list[tuple[str, str]]
    drawing: list[tuple[str, str]]
    mistakes: list[tuple[str, str]]
    sweeps: list[tuple[str, str]]

    @classmethod
    def of(cls, folder: Path) -> Pages:
        """List what lies in the folder of a dataset, by name."""
        found = [
            sorted(path.relative_to(folder) for path in folder.glob(pattern))
            for pattern in (
                "reports/*.html",
                "draw/*.html",
                "mistakes/*.html",
                "sweeps/*/sweep.csv",
            )
        ]
        reports, drawing, mistakes, sweeps = found
        return cls(
            [(path.stem, quote(path.as_posix())) for path in reports],
            [(path.stem, quote(path.as_posix())) for path in drawing],
            [(path.stem, quote(path.as_posix())) for path in mistakes],
            [(path.parent.name, quote(path.as_posix())) for path in sweeps],
        )


def finished(runs: Path) -> list[dict[str, Any]]:
    """Return a row for each experiment with evaluated runs, the best first.

    A file that cannot be read, such as one of a run that is being made, is named in the log and
    passed over: an index of what is there must not fail for what is not.

    Parameters
    ----------
    runs : Path
        The folder with `{experiment}/{seed}/metrics.json`.
    """
    folders = [
        RunFolder.of(path.parent)
        for path in sorted(runs.glob("*/*/metrics.json"))
        if path.parent.name.isdecimal()
    ]
    rows = [row(name, group) for name, group in by_experiment(folders).items()]
    return sorted((found for found in rows if found), key=lambda found: -found["accuracy"])


def row(experiment: str, folders: Sequence[RunFolder]) -> dict[str, Any] | None:
    """Return what the index says of one experiment; None if no run of it can be read."""
    metrics, costs = {}, []
    for folder in sorted(folders, key=lambda folder: folder.seed):
        try:
            metrics[folder.seed] = read_metrics(folder.path / "metrics.json")
            if (folder.path / "cost.json").exists():
                costs.append(read_cost(folder.path / "cost.json")["seconds"])
        except (OSError, ValueError) as error:
            LOG.warning("%s", error)
    if not metrics:
        return None
    accuracies = [values["accuracy"] for values in metrics.values()]
    return {
        "name": experiment,
        "accuracy": fmean(accuracies),
        "low": percent(min(accuracies)),
        "high": percent(max(accuracies)),
        "seeds": list(metrics),
        "findings": in_brief(list(metrics.values())),
        "seconds": fmean(costs) if costs else None,
        "time": duration(fmean(costs)) if costs else "–",
    }


def page(title: str, rows: Sequence[dict[str, Any]], pages: Pages) -> str:
    """Return the page.

    Parameters
    ----------
    title : str
        The dataset.
    rows : sequence of dict
        As from `finished`.
    pages : Pages
    """
    return template.render(
        "pages/report",
        "index.html",
        title=title,
        rows=rows[:MOST_ROWS],
        experiments=len(rows),
        pages=pages,
    )
