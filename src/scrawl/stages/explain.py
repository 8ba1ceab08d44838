"""Stage explain: the mistakes of some experiments as one page that opens offline."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts import store
from scrawl.artifacts.files import write_text
from scrawl.pages.report import doubts
from scrawl.pages.report.data import Data, confident
from scrawl.pages.report.mistakes import Explained, TestImages, page
from scrawl.results import doubts_table
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, by_experiment
from scrawl.settings.dataset_files import Disputed


def main(argv: Sequence[str]) -> None:
    """Write the page."""
    arguments = parsed(argv)
    data = Data.read(arguments.data)
    runs = by_experiment(map(RunFolder.of, arguments.runs))
    if len(runs) != len(arguments.mistakes):
        raise ValueError(
            f"--mistakes: found {len(arguments.mistakes)} files, expected one for each experiment "
            f"of --runs, in the same order: {', '.join(runs)}"
        )
    answers = {
        name: [confident(Answers.read(run.path / "predictions.h5")) for run in group]
        for name, group in runs.items()
    }
    for run in (run for group in answers.values() for run in group):
        run.check_labels(data.labels["test"], data.path)
    found = [
        Explained.read(path, name, len(group))
        for path, (name, group) in zip(arguments.mistakes, runs.items(), strict=True)
    ]
    with store.reading(arguments.data, "prepared") as file:
        groups = store.groups_of(file, "test")
    disputed = Disputed.parse(arguments.disputed, "--disputed")
    readings = {int(image): words for image, words in disputed.readings.items()}
    doubted = doubts_table.read(arguments.doubts) if arguments.doubts else ()
    doubts.check(arguments.doubts, doubted, data)
    known = TestImages(answers, groups, readings, disputed.source, doubted)
    write_text(arguments.output, page(arguments.title, arguments.name, data, found, known))


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl explain", description=__doc__)
    parser.add_argument("--title", required=True, help="what the page calls the dataset")
    parser.add_argument("--name", default="", metavar="SUITE", help="what it calls these runs")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--mistakes",
        type=Path,
        required=True,
        nargs="+",
        metavar="mistakes.h5",
        help="those of each experiment, in the order of the runs",
    )
    parser.add_argument(
        "--doubts", type=Path, metavar="doubts.csv", help="the doubtful images of the dataset"
    )
    parser.add_argument(
        "--disputed",
        default='{"source": "", "readings": {}}',
        metavar="JSON",
        help="test images whose labels people dispute, as in the configuration (default: none)",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="page.html", help="the page to write"
    )
    return parser.parse_args(argv)
