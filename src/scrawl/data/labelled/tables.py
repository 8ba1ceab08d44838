"""CSV tables: a row for each image, its label in one column, its pixels in the others."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from scrawl.data.labelled.parts import ROWS, Blocks, Part, image_shape, purpose

LABELS = ("label", "class", "target", "y", "digit")  # names of the column, in any case
DELIMITERS = ",;\t"
PICTURES = ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff")


@dataclass(frozen=True)
class Table:
    """Layout of a table, as told from its first lines.

    Attributes
    ----------
    path : Path
    delimiter : str
    heading : bool
        Whether the first line has names.
    column : int
        The place of the labels.
    pixels : list of int
        The places of the others.
    groups : int, optional
        The place of the groups.
    """

    path: Path
    delimiter: str
    heading: bool
    column: int
    pixels: list[int]
    groups: int | None = None


def parts(
    path: Path, files: Sequence[Path], size: tuple[int, int] | None, groups: str | None = None
) -> list[Part]:
    """Return the images of tables; several are told apart by `train` and `test` in their names."""
    found = [part(file, size, groups) for file in files]
    if len(found) > 1 and None in {part.test for part in found}:
        raise ValueError(
            f"{path}: found {', '.join(file.name for file in files)}; expected train or test in "
            "each name, or name a single file"
        )
    return found


def part(path: Path, size: tuple[int, int] | None, groups: str | None = None) -> Part:
    """Return the images of one table."""
    table = look(path)
    if groups is not None:
        table = with_groups(table, groups)
    labels = texts_of(table, table.column)
    named = None if table.groups is None else texts_of(table, table.groups)
    shape = image_shape(str(path), (len(table.pixels),), size)
    return Part(
        str(path),
        purpose(path.stem),
        labels,
        shape,
        lambda: blocks(table, shape),
        groups=named,
    )


def with_groups(table: Table, name: str) -> Table:
    """Return a table of which a named column holds groups, not pixels.

    Raises
    ------
    ValueError
        If its heading has no such column.
    """
    with lines_of(table.path) as file:
        names = next(csv.reader(file, delimiter=table.delimiter))
    found = [i for i, cell in enumerate(names) if cell.strip().lower() == name.lower()]
    if not table.heading or len(found) != 1 or found[0] == table.column:
        columns = f"the columns {', '.join(names[:3])} … {names[-1]}" if table.heading else "none"
        raise ValueError(
            f"{table.path}: --groups {name}: found {columns} in its first line, expected one "
            "column of that name beside the labels"
        )
    pixels = [i for i in table.pixels if i != found[0]]
    return replace(table, pixels=pixels, groups=found[0])


@contextmanager
def lines_of(path: Path) -> Iterator[TextIO]:
    """Open a table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: found bytes that are no text ({error})") from error


def look(path: Path) -> Table:
    """Find the delimiter and the column of the labels.

    Without a heading that is the first, as tables of MNIST have it; the last if the first is the
    same in all of the first rows.

    Raises
    ------
    ValueError
        If a heading names no labels, or rows have no pixels.
    """
    with lines_of(path) as file:
        first = file.readline()
        delimiter = max(DELIMITERS, key=first.count)
        rows = csv.reader(file, delimiter=delimiter)
        begin = [next(csv.reader([first], delimiter=delimiter), [])]
        begin += islice(rows, ROWS)
    names = [cell.strip().lower() for cell in begin[0]]
    if len(names) < 3:
        raise ValueError(
            f"{path}: found {len(names)} columns, expected a label and the pixels of an image"
        )
    if any(str(cell).lower().endswith(PICTURES) for cell in begin[-1]):
        raise ValueError(
            f"{path}: found names of picture files, expected pixels; lay the pictures into a "
            "folder for each class, and name the folder that those are in"
        )
    heading = not any(map(is_number, names[1:-1]))
    if heading:
        named = [i for i, name in enumerate(names) if name in LABELS]
        if len(named) != 1:
            raise ValueError(
                f"{path}: found the columns {', '.join(names[:3])} … {names[-1]}, expected one "
                f"named {' or '.join(LABELS)}; without labels, images can't be learnt from"
            )
        column = named[0]
    else:
        column = 0 if len({row[0] for row in begin if row}) > 1 else len(names) - 1
    pixels = [i for i, name in enumerate(names) if i != column and name not in {"", "id", "index"}]
    if not heading:
        pixels = [i for i in range(len(names)) if i != column]
    return Table(path, delimiter, heading, column, pixels)


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a number.

    >>> is_number("0.5"), is_number("pixel0")
    (True, False)
    """
    try:
        float(cell)
    except ValueError:
        return False
    return True


def texts_of(table: Table, place: int) -> NDArray[Any]:
    """Return the cell of each row at a place, such as its label, as text."""
    found = []
    columns = max([place, table.column, *table.pixels]) + 1
    with lines_of(table.path) as file:
        for number, row in enumerate(csv.reader(file, delimiter=table.delimiter), start=1):
            if (table.heading and number == 1) or not row:
                continue
            if len(row) < columns:
                raise ValueError(
                    f"{table.path}, line {number}: found {len(row)} cells, expected {columns}"
                )
            cell = row[place].strip()
            found.append(cell.removesuffix(".0") if is_number(cell) else cell)
    return np.array(found)


def blocks(table: Table, shape: tuple[int, ...]) -> Blocks:
    """Yield the images (≤ ROWS, *shape) float64."""
    with lines_of(table.path) as file:
        if table.heading:
            file.readline()
        while True:
            lines = [line for line in islice(file, ROWS) if line.strip()]
            if not lines:
                return
            try:
                values = np.loadtxt(
                    lines,
                    delimiter=table.delimiter,
                    usecols=table.pixels,
                    quotechar='"',
                    comments=None,
                    ndmin=2,
                )
            except ValueError as error:
                raise ValueError(
                    f"{table.path}: found a pixel that is no number ({error}); a column of "
                    "groups, such as writers, is named by --groups"
                ) from error
            yield values.reshape(-1, *shape)
