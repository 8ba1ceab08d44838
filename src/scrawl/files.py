"""Files that are whole or not there, and texts and digests that are the same for the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Let a file be written beside its place, and move it there once it is complete.

    A process that is killed, or a disk that is full, leaves the former file (or none) under the
    final name: a pipeline that looks at names must never take half a file for a result.

    Parameters
    ----------
    path : Path
        The final name. Its folder is made where it is missing.

    Yields
    ------
    Path
        Where to write: the same name with `.part` added. The name is fixed, so that an abandoned
        one is overwritten by the next try and never piles up.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with written_whole(folder / "answer.txt") as part:
    ...     _ = part.write_text("42")
    ...     sorted(p.name for p in folder.iterdir())
    ['answer.txt.part']
    >>> sorted(p.name for p in folder.iterdir())
    ['answer.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        flush_to_disk(part)
        part.replace(path)
        flush_to_disk(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


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


def canonical_json(value: Mapping[str, Any]) -> str:
    """Return JSON that is the same text for the same value: keys sorted, no needless spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
