"""Stage index: all finished runs, reports and drawing pages of one dataset, as one page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts.files import write_text
from scrawl.pages.report.index import Pages, finished, page


def main(argv: Sequence[str]) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="scrawl index", description=__doc__)
    parser.add_argument("--title", required=True, help="what the page calls the dataset")
    parser.add_argument(
        "--folder", type=Path, required=True, metavar="DIR", help="artifacts/{dataset}"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="index.html", help="the page to write"
    )
    arguments = parser.parse_args(argv)
    folder: Path = arguments.folder
    write_text(arguments.output, page(arguments.title, finished(folder / "runs"), Pages.of(folder)))
