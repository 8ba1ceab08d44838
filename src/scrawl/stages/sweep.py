"""Stage sweep: rank the points of a sweep by validation, and find the settings that mattered."""

from __future__ import annotations

import argparse
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from scrawl.artifacts.files import read_table, write_json, write_table
from scrawl.figures.formatting import as_written, percent
from scrawl.results.importance import explained
from scrawl.results.metrics import wilson_interval
from scrawl.results.runs import read_metrics, validated
from scrawl.results.scoring import number_or_none
from scrawl.settings.experiment import Experiment
from scrawl.settings.sweeps import Sweep
from scrawl.settings.untrusted_text import printable

# Columns of summary.csv beside the settings.
COLUMNS = ("experiment", "validation_accuracy", "validation_loss", "diverged")
RANK_AGAIN = "rank the sweep again"
LEVEL = 0.95


@dataclass(frozen=True)
class Point:
    """The outcome at one point of a sweep.

    Attributes
    ----------
    experiment : str
    accuracy, loss : float
        On the validation images, the mean over the random seeds; nan if a run diverged.
    diverged : int
        The number of runs that diverged.
    """

    experiment: str
    accuracy: float
    loss: float
    diverged: int

    def merit(self) -> tuple[float, float, str]:
        """Return the key that sorts points, the best first; equal ones are sorted by name."""
        if self.diverged:
            return math.inf, float(self.diverged), self.experiment
        return -self.accuracy, self.loss, self.experiment


def main(argv: Sequence[str]) -> None:
    """Compare the runs of a sweep."""
    parser = argparse.ArgumentParser(prog="scrawl sweep", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function, files in ((rank, {}), (summarise, {"summary": "summary.json"})):
        words = (function.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(function.__name__, help=words, description=words)
        command.set_defaults(function=function)
        command.add_argument(
            "--settings", required=True, metavar="JSON", help="the sweep's settings"
        )
        command.add_argument(
            "--runs",
            type=Path,
            required=True,
            metavar="artifacts/DATASET/runs",
            help="where the folders of all runs are",
        )
        command.add_argument(
            "--table",
            type=Path,
            required=True,
            metavar="summary.csv",
            help="the table of all points, the best first",
        )
        for name, metavar in files.items():
            command.add_argument(
                f"--{name}", type=Path, required=True, metavar=metavar, help="the file to write"
            )
            command.add_argument(
                "--figure",
                type=Path,
                required=True,
                nargs="+",
                metavar="FILE",
                help="the figures to write, *.png or *.svg",
            )
    arguments = vars(parser.parse_args(argv))
    function, settings = arguments.pop("function"), arguments.pop("settings")
    function(Sweep.parse(settings), **arguments)


def rank(sweep: Sweep, runs: Path, table: Path) -> None:
    """Write a table of all points, the best by validation first."""
    experiments = sweep.experiments()
    points = [
        read_point(runs, name, experiment, sweep.seeds) for name, experiment in experiments.items()
    ]
    if all(point.diverged for point in points):
        raise ValueError(
            f"{runs}: runs of all {len(points)} points of {sweep.name} diverged; "
            "vary lower learning rates"
        )
    rows = []
    for point in sorted(points, key=Point.merit):
        values = sweep.values(experiments[point.experiment]).values()
        numbers = [number_or_none(value) for value in (point.accuracy, point.loss)]
        rows.append([point.experiment, *map(as_written, values), *numbers, point.diverged])
    write_table(table, [COLUMNS[0], *sweep.settings, *COLUMNS[1:]], rows)


def read_point(runs: Path, name: str, experiment: Experiment, seeds: Sequence[int]) -> Point:
    """Return the outcome at a point, from the histories of its runs."""
    histories = [runs / name / str(seed) / "history.csv" for seed in seeds]
    ends = [validated(history, experiment.keep == "best") for history in histories]
    sound = [end for end in ends if end is not None]
    if len(sound) < len(ends):
        return Point(name, math.nan, math.nan, len(ends) - len(sound))
    accuracies, losses = zip(*sound, strict=True)
    return Point(name, fmean(accuracies), fmean(losses), 0)


def summarise(sweep: Sweep, runs: Path, table: Path, summary: Path, figure: Sequence[Path]) -> None:
    """Write the importance of each setting, and the test accuracy of the best point."""
    from scrawl.figures.style import check_format, save  # matplotlib: not for `rank`
    from scrawl.figures.sweep import Panel, settings

    for path in figure:
        check_format(path)
    experiments = sweep.experiments()
    points = read_points(table, experiments)
    varied = [sweep.values(experiments[point.experiment]) for point in points]
    scores = [-math.inf if point.diverged else point.accuracy for point in points]
    values = {name: [point[name] for point in varied] for name in sweep.settings}
    shares = {name: explained(values[name], scores) for name in values}
    best = points[0]
    metrics = [
        read_metrics(runs / best.experiment / str(seed) / "metrics.json") for seed in sweep.seeds
    ]
    test = on_test_images(metrics)
    words = {
        "sweep": sweep.name,
        "points": len(points),
        "runs": len(points) * len(sweep.seeds),
        "diverged_runs": sum(point.diverged for point in points),
        "explained": shares,
        "best": {
            "experiment": best.experiment,
            "settings": varied[0],
            "seeds": list(sweep.seeds),
            "validation_accuracy": best.accuracy,
            "test": test,
        },
    }
    write_json(summary, words)
    sentence = described(best, varied[0], test, len(points))
    print(printable(sentence))
    panels = [
        Panel(name, values[name], shares[name], scale_of(sweep.settings[name])) for name in values
    ]
    drawn = settings(panels, np.array([point.accuracy for point in points]), sentence)
    for path in figure:
        save(drawn, path)


def scale_of(space: Any) -> str | None:
    """Return the scale of a range, None for a list."""
    return space["scale"] if isinstance(space, Mapping) else None


def read_points(path: Path, experiments: Collection[str]) -> list[Point]:
    """Read the table that `rank` wrote.

    Parameters
    ----------
    path : Path
    experiments : collection of str
        The points of the sweep.

    Raises
    ------
    ValueError
        If it lacks a column, has no row, or one that is no point of the sweep.
    """
    header, lines = read_table(path, COLUMNS, RANK_AGAIN)
    try:
        found = [
            Point(
                row["experiment"],
                float(row["validation_accuracy"] or "nan"),
                float(row["validation_loss"] or "nan"),
                int(row["diverged"]),
            )
            for row in (dict(zip(header, line, strict=True)) for line in lines)
        ]
    except ValueError as error:
        raise ValueError(f"{path}: {error}; {RANK_AGAIN}") from error
    if not found:
        raise ValueError(f"{path}: found no point; {RANK_AGAIN}")
    if strange := [point.experiment for point in found if point.experiment not in experiments]:
        raise ValueError(f"{path}: {strange[0]} is no point of this sweep; {RANK_AGAIN}")
    return found


def on_test_images(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the test accuracy of one point, over its seeds, with its interval.

    The interval is for the n of one test set: more seeds do not make more test images.
    """
    accuracies, n = [run["accuracy"] for run in metrics], metrics[0]["n"]
    mean = fmean(accuracies)
    low, high = wilson_interval(mean * n, n)
    interval = {"low": low, "high": high, "level": LEVEL}
    return {"accuracy": mean, "interval": interval, "n": n, "by_seed": accuracies}


def described(best: Point, values: Mapping[str, Any], test: Mapping[str, Any], n: int) -> str:
    """Describe the best point in two lines."""
    settings = ", ".join(f"{name} {as_written(value)}" for name, value in values.items())
    low, high = (percent(test["interval"][end]) for end in ("low", "high"))
    return (
        f"The best of {n:,} points by validation, {percent(best.accuracy)}: {settings}.\n"
        f"Of the test images {best.experiment} gets {percent(test['accuracy'])} right "
        f"(95 % interval {low} to {high})."
    )
