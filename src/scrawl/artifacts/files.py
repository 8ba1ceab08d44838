"""Atomic file writes, text and JSON read with care, CSV, SHA-256 digests."""

from __future__ import annotations

import csv
import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from scrawl.pipeline.recovery import is_orphan
from scrawl.settings.errors import Mistake, SettingsError
from scrawl.settings.json_text import parsed_json, readable_json
from scrawl.settings.parsing import converted

AGAIN = "make it again"
"""The remedy for a damaged file, where its reader knows no command."""


@contextmanager
def written_whole(path: Path, by_orphans: bool = False) -> Iterator[Path]:
    """Write a file beside its place, and move it there once it is complete.

    A process that is killed, or a disk that is full, leaves the former file (or none) under the
    final name: a pipeline that looks at names must never take half a file for a result.

    Parameters
    ----------
    path : Path
        The final name. Its folder is made where it is missing.
    by_orphans : bool
        Whether a job whose run of the pipeline is dead may still write it.

    Yields
    ------
    Path
        Where to write: beside it, under a name that no other process writes to. What abandoned
        tries left there is removed first.

    Raises
    ------
    ValueError
        If the run of the pipeline that this process works for is dead, or if another process
        began to write the same file: that one's is to be the result.
    OSError
        If it can't be written, as on a full disk; it names the file.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with written_whole(folder / "answer.txt") as part:
    ...     _ = part.write_text("42")
    ...     (folder / "answer.txt").exists()
    False
    >>> [path.name for path in folder.iterdir()]
    ['answer.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not by_orphans:
        refuse_orphans(path)
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
    # Snakemake never makes one file twice at a time: any other part is abandoned, or is a job's
    # whose run was killed. Under one fixed name the two would mix their bytes.
    for other in abandoned(path):
        other.unlink(missing_ok=True)
    try:
        yield part
        flush_to_disk(part)
        if not by_orphans:
            refuse_orphans(path)
        part.replace(path)
        flush_to_disk(path.parent)
    except FileNotFoundError as error:
        if error.filename != str(part):
            raise
        raise ValueError(
            f"{path}: another process began to write the same file and takes this one's place"
        ) from error
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk has no name of its own
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any, sort_keys: bool = False) -> None:
    """Write JSON for people to read; a ValueError if a number in it is not finite."""
    write_text(path, readable_json(value, sort_keys))


def read_text(path: Path, remedy: str = AGAIN) -> str:
    """Return a file's text; a ValueError says that there is none, or that it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file; correct the path, or {remedy}") from None
    except UnicodeDecodeError as error:
        found = f"found bytes that are no UTF-8 text ({error.reason})"
        raise ValueError(f"{path}: {found}; {remedy}") from error


def read_json(path: Path, remedy: str = AGAIN) -> Any:
    """Return what a JSON file holds; a ValueError names the file, with line and column."""
    text = read_text(path, remedy)
    try:
        return parsed_json(text, str(path))
    except ValueError as error:
        raise ValueError(f"{error}; {remedy}") from error


def read_object(
    path: Path,
    required: Mapping[str, Any],
    optional: Mapping[str, Any] | None = None,
    remedy: str = AGAIN,
) -> dict[str, Any]:
    """Read a JSON object, and check the values that its reader relies on.

    Parameters
    ----------
    path : Path
    required : mapping
        By key the type of its value, as those of settings: `int`, `dict[str, str]`, `Annotated[…]`.
        A mapping of types stands for an object inside, a list of one type for a list.
    optional : mapping, optional
        The same for keys that may be missing or null.
    remedy : str
        What a person can do about a damaged file.

    Raises
    ------
    ValueError
        Naming the file, the place in it, what was found and what was expected.
    """
    found = read_json(path, remedy)
    try:
        check_kind(found, {})
        present = {k: kind for k, kind in (optional or {}).items() if found.get(k) is not None}
        check_kind(found, {**required, **present})
    except SettingsError as error:
        raise ValueError(f"{path}: {error}; {remedy}") from error
    return dict(found)


def check_kind(value: Any, kind: Any) -> None:
    """Raise SettingsError, unless a value of JSON is of a kind as `read_object` takes it.

    >>> check_kind({"seeds": [1, "x"]}, {"seeds": [int]})
    Traceback (most recent call last):
        ...
    scrawl.settings.errors.SettingsError: seeds.1: found 'x', expected a whole number
    """
    parts: list[tuple[str | int, Any, Any]] = []
    if isinstance(kind, Mapping):
        check_kind(value, dict[str, Any])
        if missing := [key for key in kind if key not in value]:
            found = ", ".join(value) or "nothing"
            raise SettingsError([Mistake(f"lacks {', '.join(missing)}; found {found:.200}")])
        parts = [(key, value[key], inner) for key, inner in kind.items()]
    elif isinstance(kind, list):
        check_kind(value, tuple[Any, ...])
        parts = [(i, item, kind[0]) for i, item in enumerate(value)]
    else:
        converted(value, kind)
    for key, item, inner in parts:
        try:
            check_kind(item, inner)
        except SettingsError as error:
            raise SettingsError(mistake.inside(key) for mistake in error.mistakes) from error


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    r"""Write a table as CSV; a cell of None is empty.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "runs.csv"
    >>> write_table(path, ["run", "loss"], [["a, b", 0.5], ["c", None]])
    >>> path.read_text()
    'run,loss\n"a, b",0.5\nc,\n'
    """
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    write_text(path, text.getvalue())


def read_table(
    path: Path, columns: Iterable[str], remedy: str = AGAIN
) -> tuple[list[str], list[list[str]]]:
    """Read a CSV file.

    Parameters
    ----------
    path : Path
    columns : iterable of str
        Those that it must have.
    remedy : str
        What a person can do about a damaged file.

    Returns
    -------
    tuple of list of str and list of list of str
        The names of its columns, and the cells of each further line, as many.

    Raises
    ------
    ValueError
        Naming the file and the line, if it is not CSV, or lacks a column or a cell.
    """
    lines = csv.reader(read_text(path, remedy).splitlines())
    try:
        header, *rows = [*lines] or [[]]
    except csv.Error as error:
        raise ValueError(f"{path}, line {lines.line_num}: not CSV: {error}; {remedy}") from error
    if missing := [name for name in columns if name not in header]:
        found = ", ".join(header) or "nothing"
        raise ValueError(f"{path}: lacks {', '.join(missing)}; found {found:.200}; {remedy}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            found = f"found {len(row)} cells, expected {len(header)}"
            raise ValueError(f"{path}, line {number}: {found}; {remedy}")
    return header, rows


def abandoned(path: Path) -> Iterator[Path]:
    """Yield the files that abandoned attempts to write a file left beside it."""
    yield from path.parent.glob(f"{glob.escape(path.name)}.????????.part")


def refuse_orphans(path: Path) -> None:
    """Refuse to write in a job whose run has ended: a later run may have other settings."""
    if is_orphan():
        raise ValueError(
            f"{path}: not written, because the run of snakemake that asked for it has ended; "
            "run it again"
        )


def refuse_special(path: Path) -> None:
    """Refuse a pipe, a device or a folder: to read a pipe is to wait until somebody writes."""
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "a pipe or device"
        copy = "" if path.is_dir() else "; write what comes through it into one, and name that"
        raise ValueError(f"{path}: found {kind}, expected a file{copy}")


def flush_to_disk(path: Path) -> None:
    """Wait until the bytes of a file (or the names in a folder) are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
