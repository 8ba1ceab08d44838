"""Misspelt targets on Snakemake's command line: the nearest rule."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

MISSING = re.compile(r"No rule to produce ([\w-]+) \(if you use input functions")


def suggesting(nearest: Callable[[str], str]) -> Callable[[logging.LogRecord], bool]:
    """Return a log filter that rewords what Snakemake says of a target that is no rule and no path.

    Parameters
    ----------
    nearest : function
        Takes the target, and returns the end of the message.
    """

    def reworded(record: logging.LogRecord) -> bool:
        if found := MISSING.search(str(record.msg)):
            record.msg = f"There is no target {found[1]!r}{nearest(found[1])}"
            record.args = ()
        return True

    return reworded
