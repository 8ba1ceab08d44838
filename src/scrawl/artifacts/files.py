"""Files that are whole or not there, and texts and digests that are the same for the same."""

from __future__ import annotations

import csv
import glob
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from scrawl.pipeline.recovery import is_orphan


@contextmanager
def written_whole(path: Path, by_orphans: bool = False) -> Iterator[Path]:
    """Let a file be written beside its place, and move it there once it is complete.

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
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
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


def write_json(path: Path, value: Any) -> None:
    """Write JSON for people to read; a ValueError if a number in it is not finite."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


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


def abandoned(path: Path) -> Iterator[Path]:
    """Yield what tries to write a file left beside it."""
    yield from path.parent.glob(f"{glob.escape(path.name)}.????????.part")


def refuse_orphans(path: Path) -> None:
    """Raise a ValueError in a job whose run is dead: a later run may have other settings."""
    if is_orphan():
        raise ValueError(
            f"{path}: not written, because the run of snakemake that asked for it has ended; "
            "run it again"
        )


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
