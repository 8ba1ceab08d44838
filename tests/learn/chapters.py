"""The chapters of docs/learn: their code, what it prints, and what their text says.

    PYTHONPATH=tests python -m learn.chapters

runs every chapter and writes what its code prints below it. A ```` ```python ```` block followed by
a ```` ```text ```` block is code with its output. The code of a chapter runs from top to bottom, as
a reader types it; that of a thing to try runs after all of it, and without the other things tried.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple, TypeAlias

from scrawl.artifacts.files import write_text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/learn"
CHAPTERS = sorted(FOLDER.glob("[0-9]*.md"))
TRY = "## Three things to try"
CELL = re.compile(
    r"^(?P<margin> *)```python\n(?P<code>.*?)^ *```\n(?:\n? *```text\n(?P<output>.*?)^ *```\n)?",
    re.S | re.M,
)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]\d+)?(?: %)?")


Names: TypeAlias = dict[str, Any]
"""Variables."""


class Cell(NamedTuple):
    """Code of a chapter, with what the chapter says that it prints, and what it did print."""

    code: str
    said: str
    printed: str


def run(chapter: Path) -> tuple[list[Cell], Names]:
    """Run a chapter in the folder of the project; return its cells, and the variables of its text.

    Temporary files of the chapter are gone afterwards.
    """
    before = tempfile.tempdir
    with contextlib.chdir(ROOT), tempfile.TemporaryDirectory() as tempfile.tempdir:
        try:
            return run_here(chapter)
        finally:
            tempfile.tempdir = before


def run_here(chapter: Path) -> tuple[list[Cell], Names]:
    """Run a chapter in the present folder."""
    story, _, tries = chapter.read_text(encoding="utf-8").partition(TRY)
    names: Names = {"__name__": chapter.stem}
    cells = [played(match, names) for match in CELL.finditer(story)]
    items = re.split(r"^\d\. ", tries, flags=re.M)
    for scope, item in ((dict(names), item) for item in items):
        cells += [played(match, scope) for match in CELL.finditer(item)]
    return cells, names


def played(match: re.Match[str], names: Names) -> Cell:
    """Run one cell."""
    code, said = dedent(match["code"]), dedent(match["output"] or "")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, names["__name__"], "exec"), names)  # noqa: S102
    return Cell(code, said, "\n".join(line.rstrip() for line in out.getvalue().splitlines()))


def alike(said: str, printed: str) -> bool:
    """Return whether two outputs are the same but for what processors decide.

    They add float32 numbers in different orders: so decimal numbers may differ by one in the last
    digit, and shares by one percent, since some images change sides. Whole numbers must agree.

    >>> alike("loss 0.31, 12 right", "loss 0.32, 12 right"), alike("12 right", "13 right")
    (True, False)
    >>> alike("91.2 %", "91.9 %"), alike("91 %", "93 %")
    (True, False)
    """
    if NUMBER.sub("", said).split() != NUMBER.sub("", printed).split():
        return False
    pairs = zip(NUMBER.findall(said), NUMBER.findall(printed), strict=True)
    return all(one == other or close(one, other) for one, other in pairs)


def close(one: str, other: str) -> bool:
    """Return whether two numbers may stand for each other; see `alike`."""
    mantissa, _, exponent = one.removesuffix(" %").partition("e")
    digits = len(mantissa.partition(".")[2])
    unit = 1 if one.endswith("%") else 10.0 ** (int(exponent or 0) - digits) if digits else 0
    return abs(float(one.removesuffix(" %")) - float(other.removesuffix(" %"))) < 1.5 * unit


def numbers_of_the_text(chapter: Path) -> set[str]:
    """Return the decimal numbers and shares that a chapter's text states, outside of its code."""
    text = CELL.sub("", chapter.read_text(encoding="utf-8"))
    text = re.sub(r"```.*?```|\]\([^)]*\)|https?:\S+", "", text, flags=re.S)
    return set(re.findall(r"\d+\.\d+|\d+(?= %)", text))


def write(chapter: Path) -> None:
    """Write what the code of a chapter prints below it."""
    cells = iter(run(chapter)[0])

    def with_output(match: re.Match[str]) -> str:
        printed = next(cells).printed
        block = f"```python\n{dedent(match['code'])}```\n"
        block += f"\n```text\n{printed}\n```\n" if printed else ""
        return indent(block, match["margin"])

    write_text(chapter, CELL.sub(with_output, chapter.read_text(encoding="utf-8")))


if __name__ == "__main__":
    for page in CHAPTERS:
        write(page)
