"""Colours and bold letters, for terminals that show them."""

from __future__ import annotations

import os
from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}


def shows_colours(stream: TextIO) -> bool:
    """Tell whether a stream shows colours: NO_COLOR forbids them, FORCE_COLOR asks for them.

    Source: https://no-color.org and https://force-color.org; an empty variable counts as unset.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(words: str, style: str, stream: TextIO) -> str:
    """Return a text in one of the styles of `CODES`, if the stream shows it.

    >>> import io
    >>> painted("Tools:", "bold", io.StringIO())
    'Tools:'
    """
    return f"\x1b[{CODES[style]}m{words}\x1b[0m" if shows_colours(stream) else words
