"""Comparison of the numbers that the originals' authors printed with those measured here."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from matplotlib.figure import Figure

from scrawl.artifacts.files import read_object, write_json, write_table
from scrawl.figures.style import check_format, save
from scrawl.results.runs import RunFolder
from scrawl.results.summary import Spread, Summary, summarise
from scrawl.settings.parsing import Settings
from scrawl.settings.yaml_files import read_yaml
from scrawl.studies.originals_figure import Row, comparison

Quantity = Literal["test_accuracy", "training_accuracy", "last_batch_loss"]
Verdict = Literal["reproduced", "possible", "not reproduced"]

# The probability with which one further run of ours falls into the interval of a verdict. If our
# settings are the author's, the run that printed the number is such a run.
LEVEL = 0.95
# The authors' costs are those before a round's last update, ours those after it: at round 20, where
# the cost falls by some 3 % a round of six updates, half a per cent lies between the two.
LOSS_TOLERANCE = 0.005


@dataclass(frozen=True)
class Printed(Settings):
    """A number that an author printed.

    Attributes
    ----------
    row, what, text : str
        The program, the number's meaning, and the text that it stands in.
    printed : float
    quantity : str
        What it is compared with ...
    experiment : str
        ... in the runs of this experiment.
    variant : str
        What sets the experiment apart from others that the same number is compared with.
    """

    row: str
    what: str
    text: str
    printed: float
    quantity: Quantity
    experiment: str
    variant: str = ""


@dataclass(frozen=True)
class Comparison:
    """A printed number and the measured ones.

    Attributes
    ----------
    number : Printed
    values : tuple of float
        Measured, one a seed.
    spread : Spread
        Theirs.
    interval : (float, float)
        Where one further run is expected.
    verdict : str
    """

    number: Printed
    values: tuple[float, ...]
    spread: Spread
    interval: tuple[float, float]
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Return everything as one flat mapping."""
        low, high = self.interval
        return {
            **self.number.as_dict(),
            **self.spread.as_dict(),
            "expected_low": low,
            "expected_high": high,
            "verdict": self.verdict,
        }


def main(argv: Sequence[str]) -> None:
    """Compare every printed number whose experiment is among the runs."""
    arguments = parsed(argv)
    for path in arguments.figure:
        check_format(path)
    summaries = summarise(map(RunFolder.of, arguments.runs))
    printed, seconds = read_printed(arguments.printed)
    numbers = [number for number in printed if number.experiment in summaries]
    if not numbers:
        raise ValueError(
            f"{arguments.printed}: names none of the experiments {', '.join(summaries)}; "
            "name runs of the suite originals"
        )
    comparisons = [compare(n, measured(n.quantity, summaries[n.experiment])) for n in numbers]
    write_json(arguments.table, as_facts(comparisons, summaries, seconds))
    rows = [result.as_dict() for result in comparisons]
    write_table(arguments.csv, rows[0], (row.values() for row in rows))
    figure = drawn(comparisons)
    for path in arguments.figure:
        save(figure, path)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl originals", description=__doc__)
    parser.add_argument(
        "--printed",
        type=Path,
        required=True,
        metavar="originals.yaml",
        help="what the originals' authors printed",
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
    parser.add_argument(
        "--figure",
        type=Path,
        required=True,
        nargs="+",
        metavar="FILE",
        help="the figures to write, *.png or *.svg",
    )
    return parser.parse_args(argv)


def read_printed(path: Path) -> tuple[list[Printed], dict[str, float]]:
    """Read the authors' printed numbers, and the seconds that their programs took.

    Raises
    ------
    ValueError
        Naming the number, if one is not described as `Printed` asks, comes from a text that is not
        among `texts`, or is compared with one experiment's quantity for the second time.
    """
    given = read_yaml(path)
    if not isinstance(given, dict) or not {"texts", "seconds", "numbers"} <= given.keys():
        raise ValueError(f"{path}: expected the keys texts, seconds and numbers")
    numbers: dict[tuple[str, str], Printed] = {}
    for i, entry in enumerate(given["numbers"], start=1):
        where = f"{path}: number {i}"
        number = Printed.parse(entry, where)
        if number.text not in given["texts"]:
            raise ValueError(f"{where}: text: {number.text!r} is not among {list(given['texts'])}")
        key = number.experiment, number.quantity
        if key in numbers:
            raise ValueError(
                f"{where}: {' and '.join(key)} are compared with another number before"
            )
        numbers[key] = number
    return list(numbers.values()), given["seconds"]


def measured(quantity: Quantity, summary: Summary) -> list[float]:
    """Return one quantity for every run of an experiment."""
    if quantity == "test_accuracy":
        return summary.accuracies
    name = {"training_accuracy": "accuracy", "last_batch_loss": "last_batch_loss"}[quantity]
    return [read_review(run.path / "review.json", name) for run in summary.runs]


def read_review(path: Path, name: str) -> float:
    """Return one number of a `review.json`, as `scrawl review` writes it."""
    scores = read_object(path, {name: float | None}, remedy="review the run again")
    if scores[name] is None:
        raise ValueError(f"{path}: {name} is not finite; there is nothing to compare")
    return float(scores[name])


def compare(number: Printed, values: Sequence[float]) -> Comparison:
    """Return the verdict on a printed number, by a rule that is the same for all.

    `reproduced` if it lies between the lowest and the highest seed, `possible` if it lies where
    one further run would with a probability of 95 %, else `not reproduced`; a cost may lie half a
    per cent outside.

    Examples
    --------
    >>> number = Printed("linear", "accuracy", "blog", 0.55, "test_accuracy", "linear")
    >>> [compare(number, values).verdict for values in ([0.5, 0.6], [0.56, 0.6], [0.9, 0.91])]
    ['reproduced', 'possible', 'not reproduced']
    """
    spread = Spread.of(values)
    highest = math.inf if number.quantity == "last_batch_loss" else 1.0
    low, high = spread.prediction_interval(LEVEL)
    interval = max(low, 0.0), min(high, highest)  # normal values could lie beyond
    tolerance = LOSS_TOLERANCE * number.printed if number.quantity == "last_batch_loss" else 0.0
    verdict: Verdict = "not reproduced"
    if spread.low - tolerance <= number.printed <= spread.high + tolerance:
        verdict = "reproduced"
    elif interval[0] - tolerance <= number.printed <= interval[1] + tolerance:
        verdict = "possible"
    return Comparison(number, tuple(values), spread, interval, verdict)


def as_facts(
    comparisons: Sequence[Comparison],
    summaries: Mapping[str, Summary],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Return the table as nested mappings, from which a page takes its numbers.

    `numbers` by experiment and quantity, `verdicts` counted, `settings` of each experiment, the
    authors' `seconds`, and the `markdown` of the table.
    """
    numbers: dict[str, dict[str, Any]] = {}
    for result in comparisons:
        entry = {**result.as_dict(), "values": list(result.values)}
        numbers.setdefault(result.number.experiment, {})[result.number.quantity] = entry
    verdicts = [result.verdict for result in comparisons]
    return {
        "numbers": numbers,
        "verdicts": {v: verdicts.count(v) for v in ("reproduced", "possible", "not reproduced")}
        | {"all": len(verdicts)},
        "settings": {name: summaries[name].metrics[0]["settings"] for name in numbers},
        "seconds": dict(seconds),
        "markdown": as_markdown(comparisons),
        "level": LEVEL,
        "loss_tolerance": LOSS_TOLERANCE,
        "error_rates": error_rates(comparisons),
    }


def error_rates(comparisons: Sequence[Comparison]) -> dict[str, float]:
    """Return how often the rule would be wrong if all settings were the authors' own.

    A printed number is then one run more of ours. It lies outside the range of n runs in 2 of
    n + 1 cases, whatever their distribution, and outside the interval in 5 of 100. Exactly so for
    numbers that depend on nothing else; those of one run are alike, and so are their verdicts.

    Returns
    -------
    dict
        `outside_range`, the mean probability over the numbers, and `not_reproduced`, that of a
        verdict `not reproduced`; `fewest_seeds`; and `expected`, how many of all the numbers are
        then not reproduced.

    Examples
    --------
    >>> number = Printed("linear", "accuracy", "blog", 0.55, "test_accuracy", "linear")
    >>> rates = error_rates([compare(number, [0.5, 0.6, 0.7])] * 20)
    >>> rates["outside_range"], round(rates["expected"], 6)
    (0.5, 1.0)
    """
    seeds = [one.spread.n for one in comparisons]
    return {
        "outside_range": sum(2 / (n + 1) for n in seeds) / len(seeds),
        "not_reproduced": 1 - LEVEL,
        "fewest_seeds": min(seeds),
        "expected": (1 - LEVEL) * len(seeds),
    }


def as_markdown(comparisons: Sequence[Comparison]) -> str:
    """Return the table as Markdown: printed, measured, verdict."""
    further = f"one more run, {LEVEL:.0%}".replace("%", " %")
    lines = [f"| | | printed | mean | lowest to highest | {further} | seeds | verdict |"]
    lines += ["|---|---|---:|---:|---:|---:|---:|---|"]
    before = ""
    for result in comparisons:
        number, spread = result.number, result.spread
        values = number.printed, spread.mean, spread.low, spread.high, *result.interval
        shown = [value_in_words(value, number) for value in values]
        name = f"**{number.row}**" if number.row != before else ""
        variant = f", {number.variant}" if number.variant else ""
        lines.append(
            f"| {name} | {number.what}{variant} | {shown[0]} | {shown[1]} "
            f"| {shown[2]} to {shown[3]} | {shown[4]} to {shown[5]} | {spread.n} "
            f"| {result.verdict} |"
        )
        before = number.row
    return "\n".join(lines)


def value_in_words(value: float, number: Printed) -> str:
    """Return a number as text: an accuracy to one image of 10,000, a cost to five digits."""
    return f"{value:.5f}" if number.quantity == "last_batch_loss" else f"{100 * value:.2f} %"


def drawn(comparisons: Sequence[Comparison]) -> Figure:
    """Return the figure of the table."""
    rows: dict[bool, list[Row]] = {True: [], False: []}
    for result in comparisons:
        number = result.number
        name = f"{number.row}: {number.what}" + f", {number.variant}" * bool(number.variant)
        row = Row(name, number.printed, result.values, result.interval, result.verdict)
        rows[number.quantity == "last_batch_loss"].append(row)
    return comparison(accuracies=rows[False], losses=rows[True])
