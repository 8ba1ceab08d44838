"""Standard output and error that take every character, whatever encoding a terminal has."""

from __future__ import annotations

import codecs
import sys

# Beyond Latin letters, the characters that scrawl itself prints, spelt in ASCII.
SPELT = str.maketrans(
    {"…": "...", "–": "-", "−": "-", "×": "x", "±": "+-", "·": ".", "→": "->", "’": "'", "“": '"'}
    | {"”": '"', "≥": ">=", "≤": "<=", "²": "^2", "½": "1/2"}
    # Columns by their height, bars by their width: see tools/terminal.py.
    | dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True))
    | dict(zip("▏▎▍▌▋▊▉", "   ####", strict=True))
)
HANDLER = "scrawl-spelt"


def spelt(error: UnicodeError) -> tuple[str, int]:
    r"""Return what stands for characters that an encoding lacks: ASCII, or an escape as in JSON.

    >>> "6 × 5 … 大 𝟙".encode("ascii", HANDLER)
    b'6 x 5 ... \\u5927 \\ud835\\udfd9'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    shown = []
    for letter in error.object[error.start : error.end]:
        ascii_ = letter.translate(SPELT)
        units = letter.encode("utf-16-be", "surrogatepass").hex()
        escapes = (f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        shown.append(ascii_ if ascii_.isascii() else "".join(escapes))
    return "".join(shown), error.end


codecs.register_error(HANDLER, spelt)


def spell_out() -> None:
    """Let both streams spell out what their encoding lacks, unless another way was chosen."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") in {"strict", "surrogateescape", "backslashreplace"}:
            stream.reconfigure(errors=HANDLER)  # type: ignore[union-attr]
