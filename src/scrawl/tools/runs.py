"""List finished runs: accuracy on the test images with its 95 % interval, seconds, findings.

A run that was evaluated on other datasets, too, has a row for each. Filters are patterns, as
`dense-*`. A choice between experiments belongs on validation images: see docs/experiments.md.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from shlex import quote

from scrawl.pipeline.colours import painted
from scrawl.results.other_datasets import others, split_of
from scrawl.results.overview import Result, finished
from scrawl.results.runs import RunFolder
from scrawl.settings.errors import suggestion
from scrawl.settings.json_text import readable_json
from scrawl.settings.untrusted_text import printable
from scrawl.tools.paths import existing

HEADINGS = ("dataset", "experiment", "seed", "accuracy", "95 % interval", "seconds", "findings")
ELSEWHERE = "tested on"  # a column that is there if a run was evaluated on another dataset
DEFAULT = Path("artifacts")
SORTS = ("name", "accuracy", "seconds")
MOST_ROWS = 24  # at the end of a run of the pipeline: they leave a screen something else


def main(argv: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scrawl runs", description=__doc__)
    help_ = "the folder of the datasets (default: %(default)s)"
    parser.add_argument("--artifacts", type=Path, default=DEFAULT, help=help_)
    parser.add_argument("--dataset", default="*", metavar="PATTERN", help="only these datasets")
    parser.add_argument("--experiment", default="*", metavar="PATTERN", help="only these")
    parser.add_argument("--findings", action="store_true", help="only runs that have findings")
    help_ = "the order: by name (default), the best accuracy first, or the longest training first"
    parser.add_argument("--sort", choices=SORTS, default="name", help=help_)
    parser.add_argument("--json", action="store_true", help="print JSON: a list of runs")
    parser.add_argument("--csv", action="store_true", help="print CSV")
    arguments = parser.parse_args(argv)
    runs = list(finished(existing(arguments.artifacts)))
    found = [
        Result.of([run], on)
        for run in runs
        if fnmatch(run.path.parts[-4], arguments.dataset)
        and fnmatch(run.experiment, arguments.experiment)
        for on in (None, *others([run]))
    ]
    results = ordered(
        (result for result in found if result.findings or not arguments.findings), arguments.sort
    )
    if arguments.json:
        print(readable_json([result.as_dict() for result in results]), end="")
    elif arguments.csv:
        print_csv(results)
    else:
        print("\n".join(table(results)) if results else no_match(runs, arguments))


def no_match(runs: Sequence[RunFolder], arguments: argparse.Namespace) -> str:
    """Return why the table is empty, with the nearest name to a filter that no run passes."""
    names = {
        "dataset": {run.path.parts[-4] for run in runs},
        "experiment": {run.experiment for run in runs},
    }
    for option, known in names.items():
        pattern = getattr(arguments, option)
        if known and not any(fnmatch(name, pattern) for name in known):
            near = suggestion(pattern, sorted(known), "found")
            return f"no finished runs match --{option} {pattern}{near}"
    return "no finished runs match" if runs else f"no finished runs in {arguments.artifacts}"


def ordered(results: Iterable[Result], sort: str) -> list[Result]:
    """Return results in one of the orders of `SORTS`; equal ones keep theirs."""
    if sort == "accuracy":
        return sorted(results, key=lambda result: -result.accuracy)
    if sort == "seconds":
        return sorted(results, key=lambda result: -(result.seconds or 0.0))
    return list(results)


def print_csv(results: Sequence[Result]) -> None:
    """Print a row for each result, with all digits."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        [
            "dataset",
            "experiment",
            "seed",
            "accuracy",
            "low",
            "high",
            "seconds",
            "findings",
            "folder",
            "on",
        ]
    )
    for result in results:
        seeds, names = " ".join(map(str, result.seeds)), "; ".join(result.findings)
        numbers = [result.accuracy, result.low, result.high, result.seconds]
        ends = [names, result.folder, result.on]
        writer.writerow([result.dataset, result.experiment, seeds, *numbers, *ends])


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield a heading and a line for each result, its findings as far as the terminal is wide."""
    headings, rows = columns(results)
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    wide = shutil.get_terminal_size().columns
    for number, row in enumerate([headings, *rows]):
        aligned = [
            cell.rjust(width) if name in {"accuracy", "seconds"} else cell.ljust(width)
            for name, cell, width in zip(headings[:-1], row, widths, strict=False)
        ]
        begin = "  ".join(aligned)
        room = wide - len(begin) - 2 if sys.stdout.isatty() else len(row[-1])
        findings = row[-1] if len(row[-1]) <= max(room, 12) else row[-1][: max(room, 12) - 1] + "…"
        if number == 0:
            yield painted(f"{begin}  {findings}".rstrip(), "bold", sys.stdout)
        else:
            shown = painted(findings, "yellow", sys.stdout) if findings else ""
            yield f"{begin}  {shown}".rstrip()


def columns(results: Sequence[Result]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings and the rows; with what each was tested on if that is not its own."""
    rows = [cells(result) for result in results]
    if not any(result.on for result in results):
        return HEADINGS, rows
    tested = [printable(result.on or result.dataset) for result in results]
    rows = [(*row[:3], on, *row[3:]) for row, on in zip(rows, tested, strict=True)]
    return (*HEADINGS[:3], ELSEWHERE, *HEADINGS[3:]), rows


def cells(one: Result) -> tuple[str, ...]:
    """Return the cells of a row."""
    shown = (
        one.dataset,
        one.experiment,
        in_ranges(one.seeds),
        f"{100 * one.accuracy:.2f} %",
        f"{100 * one.low:.2f} to {100 * one.high:.2f} %",
        "" if one.seconds is None else f"{one.seconds:.1f}",
        ", ".join(one.findings),
    )
    return tuple(map(printable, shown))


def in_ranges(seeds: Sequence[int]) -> str:
    """Return numbers in few characters.

    >>> in_ranges([1, 2, 3]), in_ranges([1, 5]), in_ranges([7])
    ('1–3', '1, 5', '7')
    """
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}–{seeds[-1]}"
    return ", ".join(map(str, seeds[:3])) + (" …" if len(seeds) > 3 else "")


def print_results(
    artifacts: Path,
    datasets: Sequence[str],
    experiments: Sequence[str],
    seeds: Sequence[int],
    evaluated_on: Sequence[str] = (),
) -> None:
    """Print a row for each experiment of a run of the pipeline; nothing where none was evaluated.

    One for each dataset of `evaluated_on`, too. Of many experiments, the first ones, and how to see
    all. What can't be read is left out here: the stage that needs it says so.
    """
    asked = [(dataset, name) for dataset in datasets for name in experiments]
    results: list[Result] = []
    shown = 0
    for dataset, name in asked:
        folders = [artifacts / dataset / "runs" / name / str(seed) for seed in seeds]
        rows = rows_of(map(RunFolder.of, folders), evaluated_on) if len(results) < MOST_ROWS else []
        results += rows
        shown += bool(rows)
    if not results:
        return
    print()
    for line in table(results):
        print(line)
    if len(asked) > shown:
        print(f"… the first {shown} experiments")
    elsewhere = "" if artifacts == DEFAULT else f" --artifacts {quote(str(artifacts))}"
    print(f"Every run: `scrawl runs{elsewhere}`")
    for line in at_chance(artifacts, [result for result in results if result.on is None]):
        print(line)
    print()


def rows_of(runs: Iterable[RunFolder], evaluated_on: Sequence[str]) -> list[Result]:
    """Return the results of an experiment on its own dataset and on others, as far as there are."""
    runs, results = list(runs), []
    for on in (None, *evaluated_on):
        split = "test" if on is None else split_of(on)
        there = [run for run in runs if (run.answers(split) / "metrics.json").is_file()]
        try:
            results += [Result.of(there, on)] if there else []
        except (ValueError, OSError):
            continue
    return results


def at_chance(artifacts: Path, results: Sequence[Result]) -> Iterator[str]:
    """Yield a warning for each dataset that half of its networks, or more, have not learned."""
    for dataset in dict.fromkeys(one.dataset for one in results):
        here = [one for one in results if one.dataset == dataset]
        networks = sum(len(one.seeds) for one in here)
        failed = sum(one.at_chance for one in here)
        if 2 * failed >= networks:
            folder = quote(str(artifacts / dataset))
            yield (
                f"Warning: {failed} of {networks} networks on {dataset} answer no better than "
                "always the commonest class. Look whether images and labels are as they should "
                f"be, in {folder}/figures/samples.png and by `scrawl inspect {folder}/decoded.h5`, "
                "and at the findings in the report."
            )
