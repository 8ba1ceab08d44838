"""Writer of IDX files, whole or in blocks: the same values give the same bytes."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase, BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.files import written_whole
from scrawl.data.idx.header import LONGEST, TYPE_NAMES, TYPES, Header

CODES = {dtype: code for code, dtype in TYPES.items()}


def write(path: Path, array: NDArray[Any]) -> None:
    """Write an array as an IDX file, gzip'd for a name in `.gz`, xz'd for `.xz`, else plain.

    Parameters
    ----------
    path : Path
        The file; the same array gives the same bytes, whatever the name and the time.
    array : ndarray
        Of one of the six types that the format has, in either byte order; a slice will do.

    Raises
    ------
    ValueError
        If the format has no such type, or no room for so long a dimension.
    """
    with writing(path, Header(array.dtype.newbyteorder("="), array.shape)) as add:
        add(array)


@contextmanager
def writing(path: Path, header: Header) -> Iterator[Callable[[NDArray[Any]], None]]:
    r"""Write an IDX file in blocks, packed as its name says: see `write`.

    Parameters
    ----------
    path : Path
        The file, which is there once the block has ended without an error.
    header : Header
        What it will hold.

    Yields
    ------
    function
        Adds the next values, row by row: an array of the header's type, in either byte order.

    Raises
    ------
    ValueError
        As `write` does; and at the end, if there were more or fewer values than promised.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.idx"
    >>> with writing(path, Header(np.dtype(np.uint8), (3,))) as add:
    ...     add(np.array([5, 0], np.uint8))
    ...     add(np.array([4], np.uint8))
    >>> path.read_bytes()
    b'\x00\x00\x08\x01\x00\x00\x00\x03\x05\x00\x04'
    """
    start = encoded(header, path)
    written = 0
    with written_whole(path) as part, part.open("wb") as file, packed(file, path.suffix) as stream:

        def add(values: NDArray[Any]) -> None:
            nonlocal written
            # Row by row, whatever the strides are; a view of a table's column has them.
            body = np.ascontiguousarray(values, header.dtype.newbyteorder(">")).reshape(-1)
            stream.write(body.view(np.uint8).data)
            written += body.nbytes

        stream.write(start)
        yield add
        if written != header.body_size:
            raise ValueError(
                f"{path}: found {written} bytes of values, expected {header.body_size}, as its "
                f"header says ({header.dtype}, dimensions {header.shape})"
            )


def encoded(header: Header, path: Path) -> bytes:
    """Return the bytes of a header, or say of the file `path` what the format has no room for."""
    if header.dtype not in CODES:
        raise ValueError(
            f"{path}: found an array of {header.dtype}, expected a type that IDX has: "
            f"{TYPE_NAMES}; convert it with array.astype(…)"
        )
    if max(header.shape, default=0) > LONGEST:
        raise ValueError(
            f"{path}: found dimensions {header.shape}, expected at most {LONGEST} in each"
        )
    dimensions = np.array(header.shape, ">u4").tobytes()
    return bytes([0, 0, CODES[header.dtype], len(header.shape)]) + dimensions


def packed(file: BufferedWriter, suffix: str) -> BufferedIOBase:
    """Return a stream that packs into `file` as a name's suffix says; plain for all others."""
    if suffix == ".gz":
        # Without time stamp and name, which gzip's header would otherwise carry.
        return gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    if suffix == ".xz":
        return lzma.LZMAFile(file, "wb")
    return file
