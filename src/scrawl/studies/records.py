"""Table of records: accuracy and cost of each kind of network, beside published results."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from scrawl.artifacts.files import write_json, write_table
from scrawl.figures.formatting import percent
from scrawl.results.metrics import mean_interval, wilson_interval
from scrawl.results.runs import RunFolder, core_seconds
from scrawl.results.summary import Spread, Summary, summarise
from scrawl.settings.constraints import Range
from scrawl.settings.parsing import Settings
from scrawl.settings.yaml_files import read_yaml

LEVEL = 0.95  # of the interval of a mean over seeds

Share = Annotated[float, Range(low=0, high=1)]


@dataclass(frozen=True)
class Entry(Settings):
    """A row as the study's `rows.yaml` describes it.

    Attributes
    ----------
    experiment, what : str
        The experiment or ensemble, and its kind in a few words.
    published : float
        The best comparable test accuracy of others ...
    by : str
        ... and what and whose it is.
    aim : float, optional
        The mean test accuracy that was aimed at, set before it was measured.
    """

    experiment: str
    what: str
    published: Share
    by: str
    aim: Share | None = None


@dataclass(frozen=True)
class Retired(Settings):
    """A recipe that was tested and then replaced: it saw the test images as well.

    Attributes
    ----------
    experiment : str
        The experiment or ensemble that replaced it.
    recipe : str
        Its settings in a few words.
    accuracies : tuple of float
        What was seen, on the test images.
    because : str
        Why it was replaced.
    """

    experiment: str
    recipe: str
    accuracies: tuple[Share, ...]
    because: str


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    entry : Entry
    parameters : int
        Of the network, or of all members together.
    seconds : Spread
        The processor's seconds of training, all cores together: one value for each seed.
    accuracies : sequence of float
        On the test images: one for each seed.
    n : int
        The number of test images.
    by_group : (low, high), optional
        The interval of the mean accuracy by writers, where the dataset names them.
    """

    entry: Entry
    parameters: int
    seconds: Spread
    accuracies: Sequence[float]
    n: int
    by_group: tuple[float, float] | None = None

    @property
    def accuracy(self) -> Spread:
        """The accuracies' mean and spread."""
        return Spread.of(self.accuracies)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as one flat mapping."""
        low, high = mean_interval(self.accuracies, LEVEL)
        other_images = wilson_interval(self.accuracy.mean * self.n, self.n)
        ends = ("other_groups_low", "other_groups_high")
        grouped = dict(zip(ends, self.by_group, strict=True)) if self.by_group else {}
        return grouped | {
            "experiment": self.entry.experiment,
            "what": self.entry.what,
            "parameters": self.parameters,
            "core_seconds": self.seconds.mean,
            "seeds": self.accuracy.n,
            "mean": self.accuracy.mean,
            "deviation": self.accuracy.deviation,
            "low": self.accuracy.low,
            "high": self.accuracy.high,
            "interval_low": low,
            "interval_high": high,
            "other_images_low": other_images[0],
            "other_images_high": other_images[1],
            "aim": self.entry.aim,
            "published": self.entry.published,
            "by": self.entry.by,
        }


def main(argv: Sequence[str]) -> None:
    """Make the table of every row whose runs are given."""
    parser = argparse.ArgumentParser(prog="scrawl records", description=__doc__)
    parser.add_argument(
        "--rows",
        type=Path,
        required=True,
        metavar="records.yaml",
        help="the rows of the table, with published results",
    )
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--table", type=Path, required=True, metavar="table.json", help="the file to write"
    )
    parser.add_argument(
        "--csv", type=Path, required=True, metavar="table.csv", help="the same as a table"
    )
    arguments = parser.parse_args(argv)
    summaries = summarise(map(RunFolder.of, arguments.runs))
    entries, retired = read_entries(arguments.rows)
    rows = [
        row_of(entry, summaries[entry.experiment])
        for entry in entries
        if entry.experiment in summaries
    ]
    if not rows:
        raise ValueError(
            f"{arguments.rows}: names none of the experiments {', '.join(summaries)}; "
            "name runs of the suite records or constrained"
        )
    replaced = [recipe for recipe in retired if recipe.experiment in summaries]
    write_json(arguments.table, as_facts(rows, replaced))
    cells = [row.as_dict() for row in rows]
    write_table(arguments.csv, cells[0], (row.values() for row in cells))


def read_entries(path: Path) -> tuple[list[Entry], list[Retired]]:
    """Read the descriptions of rows, and of the recipes that they replaced.

    Raises
    ------
    ValueError
        Naming the row, if one is not described as `Entry` or `Retired` asks.
    """
    given = read_yaml(path)
    lists = {"rows": [], "retired": [], **given} if isinstance(given, dict) else {}
    if not lists.get("rows") or not all(isinstance(entries, list) for entries in lists.values()):
        raise ValueError(f"{path}: expected the key rows, and retired if there are any: lists")
    return (
        [Entry.parse(row, f"{path}: row {i}") for i, row in enumerate(lists["rows"], 1)],
        [Retired.parse(row, f"{path}: retired {i}") for i, row in enumerate(lists["retired"], 1)],
    )


def row_of(entry: Entry, summary: Summary) -> Row:
    """Return the row of an experiment, or of an ensemble with the cost of all its members."""
    seconds = Spread.of(map(core_seconds, summary.runs, summary.metrics))
    first = summary.metrics[0]
    return Row(
        entry, first["parameters"], seconds, summary.accuracies, first["n"], by_group_of(summary)
    )


def by_group_of(summary: Summary) -> tuple[float, float] | None:
    """Return the interval of an experiment's mean accuracy by group, where groups are known."""
    if not all("by_group" in metrics for metrics in summary.metrics):
        return None
    from scrawl.results import group_comparison  # here: few datasets ask for HDF5
    from scrawl.results.predictions import Answers

    runs = {run.seed: Answers.read(run.path / "predictions.h5") for run in summary.runs}
    found = group_comparison.accuracy(runs)
    return (found.low, found.high) if found else None


def as_facts(rows: Sequence[Row], retired: Sequence[Retired]) -> dict[str, Any]:
    """Return the table as nested mappings, from which a page takes its numbers.

    `recipes_tested` are all that ever met the test images: those of the rows, and the retired.
    """
    return {
        "rows": {row.entry.experiment: row.as_dict() for row in rows},
        "level": LEVEL,
        "markdown": as_markdown(rows),
        "recipes_tested": len(rows) + len(retired),
        "retired": retired_in_words(retired),
    }


def retired_in_words(retired: Sequence[Retired]) -> str:
    """Return the retired recipes as a list in Markdown.

    >>> print(retired_in_words([Retired("quick", "`quick` at first", (0.99, 0.9), "it is slow")]))
    - `quick` at first: 99.00 %, 90.00 %. Replaced because it is slow.
    """
    lines = [
        f"- {row.recipe}: {', '.join(map(percent, row.accuracies))}. "
        f"Replaced because {row.because}."
        for row in retired
    ]
    return "\n".join(lines) or "None."


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown."""
    columns = (
        "experiment | | parameters | seconds of a core | seeds | test accuracy"
        " | interval of the mean | lowest to highest | aim | published by others"
    )
    grouped = any(row.by_group for row in rows)
    columns += " | other groups, 95 %" * grouped
    lines = [f"| {columns} |", "|---|---|---:|---:|---:|---:|---:|---:|---|---|" + "---|" * grouped]
    for row in rows:
        one = row.as_dict()
        cells = (
            f"`{one['experiment']}`",
            one["what"],
            f"{one['parameters']:,}",
            f"{one['core_seconds']:.0f}",
            one["seeds"],
            f"{percent(one['mean'])} ± {percent(one['deviation'])}",
            f"{percent(one['interval_low'])} to {percent(one['interval_high'])}",
            f"{percent(one['low'])} to {percent(one['high'])}",
            "–" if row.entry.aim is None else aimed(row.entry.aim, row.accuracy.mean),
            f"{percent(one['published'])}: {one['by']}",
        )
        interval = " to ".join(map(percent, row.by_group)) if row.by_group else "–"
        lines.append(f"| {' | '.join(map(str, [*cells, *[interval] * grouped]))} |")
    return "\n".join(lines)


def aimed(aim: float, found: float) -> str:
    """Return an aim as text, and whether it was met."""
    return f"{percent(aim)}: {'met' if found >= aim else 'missed'}"
