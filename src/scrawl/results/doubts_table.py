"""Table of doubtful images: those that look mislabelled, and those in both sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from scrawl.artifacts.files import read_table, write_table


@dataclass(frozen=True)
class Doubt:
    """A row of the table.

    Attributes
    ----------
    split : str
        `train` or `test`.
    image, position : int
        The number of the image in the prepared file, and in the file that it came from.
    label : str
    suggested : str
        The class that it looks like; empty if the label is not doubtful.
    margin : float or None
        How far that class scores above the label, of scores of about 0 and 1.
    twin : int or None
        An image of the other split with the same pixels.
    """

    split: str
    image: int
    position: int
    label: str
    suggested: str = ""
    margin: float | None = None
    twin: int | None = None


COLUMNS = tuple(field.name for field in fields(Doubt))


def write(path: Path, doubts: Iterable[Doubt]) -> None:
    """Write the table."""
    write_table(path, COLUMNS, map(astuple, doubts))


def read(path: Path) -> Sequence[Doubt]:
    """Read what `write` wrote.

    Raises
    ------
    ValueError
        Naming the file and the line, if it is no such table.
    """
    remedy = "make it again with `scrawl doubts`"
    header, rows = read_table(path, COLUMNS, remedy)
    doubts = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(header, row, strict=True))
        try:
            doubts.append(
                Doubt(
                    cells["split"],
                    int(cells["image"]),
                    int(cells["position"]),
                    cells["label"],
                    cells["suggested"],
                    float(cells["margin"]) if cells["margin"] else None,
                    int(cells["twin"]) if cells["twin"] else None,
                )
            )
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}; {remedy}") from None
    return doubts
