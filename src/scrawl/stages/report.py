"""Stage report: all results of some runs on one dataset, as one page that opens offline."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts.files import write_text
from scrawl.pages.report import corruptions, elsewhere
from scrawl.pages.report.data import Data, ExperimentResults
from scrawl.pages.report.page import Origin, report, sheet_to_draw_on
from scrawl.results.runs import RunFolder
from scrawl.results.summary import summarise


def main(argv: Sequence[str]) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="scrawl report", description=__doc__)
    parser.add_argument("--title", required=True, help="what the page calls the dataset")
    parser.add_argument("--name", default="", metavar="SUITE", help="what it calls these runs")
    parser.add_argument(
        "--command", default="", metavar="WORDS", help="the command that it says to be made by"
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        nargs="+",
        metavar="prepared.h5",
        help="the prepared images, each form that a run asks for",
    )
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="report.html", help="the page to write"
    )
    parser.add_argument(
        "--mistakes",
        action="store_true",
        help="link to the page of their mistakes, ../mistakes/SUITE.html",
    )
    parser.add_argument(
        "--corruptions",
        action="store_true",
        help="also show the runs' scores under corruptions of the test images",
    )
    parser.add_argument(
        "--on",
        action="append",
        default=[],
        metavar="DATASET",
        help="also show the runs' accuracy on another dataset, of which they have `on/DATASET`",
    )
    arguments = parser.parse_args(argv)
    data = [Data.read(path) for path in arguments.data]
    groups = list(summarise(map(RunFolder.of, arguments.runs)).values())
    experiments = [ExperimentResults.read(group, data) for group in groups]
    origin = Origin(arguments.title, arguments.name, arguments.command, arguments.mistakes)
    robust = corruptions.read(groups) if arguments.corruptions else None
    drawing = sheet_to_draw_on(arguments.data[0], experiments)
    transfers = elsewhere.read(groups, arguments.on)
    page = report(origin, data, experiments, drawing, robust, transfers)
    write_text(arguments.output, page)
