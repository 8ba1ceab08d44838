"""Stage groups: tabulate how an experiment answers each group of images, such as each writer."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts.files import write_table
from scrawl.results.group_table import COLUMNS, GroupTable
from scrawl.results.predictions import Answers


def main(argv: Sequence[str]) -> None:
    """Write the table of groups, the hardest first."""
    parser = argparse.ArgumentParser(prog="scrawl groups", description=__doc__)
    parser.add_argument(
        "--runs",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="the folder of each run of one experiment",
    )
    parser.add_argument(
        "--table", type=Path, required=True, metavar="table.csv", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    table = GroupTable.of([Answers.read(run / "predictions.h5") for run in arguments.runs])
    write_table(arguments.table, COLUMNS, table.rows())
