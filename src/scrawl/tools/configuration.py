"""Print the reference of all settings of the configuration, or write it as a page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts.files import write_text
from scrawl.settings.documentation import reference


def main(argv: Sequence[str]) -> None:
    """Print or write the reference."""
    parser = argparse.ArgumentParser(prog="scrawl configuration", description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="page.md",
        help="the page to write; without it, it is printed",
    )
    output = parser.parse_args(argv).output
    if output is None:
        print(reference())
    else:
        write_text(output, reference())
