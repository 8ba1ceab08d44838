"""Untrusted text made safe to print: without terminal escapes and passwords."""

from __future__ import annotations

import re

# Control characters but for tab and new line; marks that turn the direction of text; half pairs.
UNSAFE = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
LOGIN = r"(?i)(\bhttps?://[^\s/@:]*):[^\s/@]*@"


def printable(text: object) -> str:
    r"""Return text with its control characters as escapes, and no password in a web address.

    >>> print(printable("moved \x1b[2J to http://me:secret@host/x"))
    moved \x1b[2J to http://me:***@host/x
    """
    shown = re.sub(UNSAFE, lambda found: ascii(found[0])[1:-1], str(text))
    return re.sub(LOGIN, r"\1:***@", shown)
