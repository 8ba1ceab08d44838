"""Safe opening of HDF5 files: a full disk is an error, not a crash; no file leads to others.

An HDF5 file can name other files (external and soft links, external storage, virtual datasets)
and promise shapes that no memory holds. Nothing that scrawl writes does: every dataset lies in one
piece inside its file. So what does is refused, before anything is followed or read.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from h5py import h5a, h5d, h5l, h5o, h5t

from scrawl.artifacts.files import refuse_special

# Datasets start on a cache line's boundary, so that a memory-mapped one is aligned as well.
ALIGNMENT_BYTES = 64

# Of an object: HDF5 takes a millisecond to find each of 10,000. Artifacts have at most some twenty.
MOST_ATTRIBUTES = 1000

LINKS = {h5l.TYPE_SOFT: "a soft link", h5l.TYPE_EXTERNAL: "a link to another file"}
PLAIN = {h5t.INTEGER, h5t.FLOAT, h5t.STRING}
LAYOUTS = {h5d.VIRTUAL: "is a view of other files", h5d.CHUNKED: "is stored in chunks"}

# What h5py raises for a file whose bytes make no sense, depending on where they do not.
DAMAGE = (OSError, RuntimeError, KeyError, TypeError, AttributeError, UnicodeError, OverflowError)


class Unfailing(io.FileIO):
    """A file object that hides write failures from HDF5, and keeps the first one.

    HDF5 writes once more when it closes a file, and again when the process ends: where that
    fails, as on a full disk, it takes the process down with a segmentation fault (2.0 and before).
    """

    failure: BaseException | None = None

    def write(self, data: Any) -> int:
        """Write all of these bytes; after a failure, nothing."""
        rest = memoryview(data).cast("B")
        try:
            while rest and self.failure is None:
                rest = rest[super().write(rest) :]
        except BaseException as error:
            self.failure = error
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file."""
        try:
            return super().truncate(size)
        except BaseException as error:
            self.failure = self.failure or error
            return size or 0

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self.failure is not None:
            raise self.failure


@contextmanager
def created(path: Path) -> Iterator[Any]:
    """Open a new HDF5 file for writing: the same content gives the same bytes.

    Raises
    ------
    OSError
        At the end, if not everything could be written.
    """
    with Unfailing(path, "w+") as sink:
        with h5py.File(
            sink,
            "w",
            libver="earliest",  # newer layouts stamp groups with the time of day
            alignment_threshold=ALIGNMENT_BYTES,
            alignment_interval=ALIGNMENT_BYTES,
        ) as file:
            yield file
        sink.check()


@contextmanager
def opened(path: Path, remedy: str = "name an HDF5 file") -> Iterator[Any]:
    """Open an HDF5 file for reading, if everything that it refers to lies inside it.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        What a person can do about a file that is refused.

    Raises
    ------
    ValueError
        If it is missing, no HDF5 file, damaged, or leads to other files; with the HDF5 path.
    """
    if not path.exists():
        raise ValueError(f"{path}: there is no such file; {remedy}")
    refuse_special(path)
    try:
        file = h5py.File(path, "r", locking="best-effort")
    except BlockingIOError as error:
        raise ValueError(f"{path}: another program has it open for writing; close that") from error
    except PermissionError as error:
        raise ValueError(f"{path}: you may not read it ({error.strerror})") from error
    except OSError as error:
        raise ValueError(f"{path}: not a complete HDF5 file ({error}); {remedy}") from error
    with file:
        try:
            fault = next(faults(file, path.stat().st_size), None)
        except DAMAGE as error:
            raise ValueError(f"{path}: a damaged HDF5 file ({error}); {remedy}") from error
        if fault:
            raise ValueError(f"{path}: {fault}; {remedy}")
        yield file


def faults(file: Any, size: int) -> Iterator[str]:
    """Yield what an open HDF5 file of `size` bytes holds that scrawl never writes."""
    links: list[tuple[bytes, int]] = []
    # Links are listed, not followed; a group that holds itself is entered once.
    file.id.links.visit(lambda name, info: links.append((name, info.type)), info=True)
    yield from _strange_attributes(file.id, "/")
    for name, link in links:
        where = f"/{name.decode(errors='replace')}"
        if not is_utf8(name):
            yield f"{where} has a name that is not UTF-8"
        if link != h5l.TYPE_HARD:
            yield f"{where} is {LINKS.get(link, 'a link')}, expected everything inside the file"
            continue
        kind = h5o.get_info(file.id, name).type
        if kind not in {h5o.TYPE_DATASET, h5o.TYPE_GROUP}:
            yield f"{where} is neither a group nor a dataset"
            continue
        place = h5o.open(file.id, name)
        if kind == h5o.TYPE_DATASET and (fault := _outside(place, size)):
            yield f"{where} {fault}"
        yield from _strange_attributes(place, where)


def _strange_attributes(place: Any, where: str) -> Iterator[str]:
    """Yield faults of attributes: damaged ones of variable length crash HDF5 when read."""
    if (n := h5a.get_num_attrs(place)) > MOST_ATTRIBUTES:
        yield f"{where} has {n} attributes, expected at most {MOST_ATTRIBUTES}"
        return
    for index in range(h5a.get_num_attrs(place)):
        attribute = h5a.open(place, index=index)
        name = attribute.name.decode(errors="replace")
        if not is_utf8(attribute.name):
            yield f"the attribute {name!r} of {where} has a name that is not UTF-8"
        kind = attribute.get_type()
        fixed = kind.get_class() != h5t.STRING or not kind.is_variable_str()
        # HDF5 itself writes the labels of dimensions so. They are no part of an artifact's content.
        if not (name == "DIMENSION_LABELS" or (kind.get_class() in PLAIN and fixed)):
            yield f"the attribute {name!r} of {where} is neither a number nor text of fixed length"


def is_utf8(name: bytes) -> bool:
    """Tell whether a name can be shown; h5py returns any other as bytes."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _outside(dataset: Any, size: int) -> str | None:
    """Return why a dataset does not lie in one piece inside its file of `size` bytes, or None."""
    properties = dataset.get_create_plist()
    if properties.get_external_count():
        return f"is stored in another file, {properties.get_external(0)[0]!r}"
    if (layout := properties.get_layout()) in LAYOUTS:
        return f"{LAYOUTS[layout]}, expected it in one piece"
    promised = math.prod(dataset.shape) * dataset.dtype.itemsize
    if promised and layout == h5d.CONTIGUOUS:
        begin = dataset.get_offset()
        if begin is None or begin + promised > size:
            return f"promises {promised} bytes ({dataset.shape}), more than the file holds"
    return None
