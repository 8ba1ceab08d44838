"""Reader of IDX files: parses the header, then reads one block of values at a time.

Memory is claimed for what has arrived, never for what the header promises: of a damaged or hostile
file no more is kept than one byte past the promise, and no more is read than four times as much.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import math
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.files import refuse_special
from scrawl.data.idx.header import TYPE_NAMES, TYPES, Header

GZIP = b"\x1f\x8b"
XZ = b"\xfd7zXZ\x00"
LOOKALIKES = {
    b"<": "an HTML or XML page",
    b"PK": "a zip archive",
    GZIP: "gzip packed twice",
    b"version https://git-lfs": "a pointer of Git LFS; `git lfs pull` fetches the file itself",
}
LOOK = 512  # bytes that are looked at to say what a file is that is no IDX file
MOST_TIMES = 4  # a body so many times as long as its header says may have as many channels

NUMPY_RANK = 64  # dimensions of a NumPy array; an IDX header has room for 255
PIECE = 1 << 18  # bytes read at once; every size from 64 KiB to 1 MiB is as fast


class Reader:
    """An open IDX file: its header at once, its values in blocks, each read once.

    Parameters
    ----------
    path : Path
        The file's name, for messages.
    file : BufferedReader
        The file, open at its first byte.

    Attributes
    ----------
    header : Header
    """

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self.path = path
        self._stream, self._packing = unpacked(file)
        self._digest = hashlib.sha256()
        self._found = 0  # unpacked bytes so far
        self._complete = False
        self.header = self._read_header()
        if self._packing is None:
            self._check_size(os.fstat(file.fileno()).st_size)

    @property
    def sha256(self) -> str:
        """SHA-256 of the unpacked bytes, header included, as 64 hexadecimal digits.

        Raises ValueError before the file has been read to its end.
        """
        if not self._complete:
            raise ValueError(f"{self.path}: its SHA-256 is known only once every block was read")
        return self._digest.hexdigest()

    def blocks(self, rows: int) -> Iterator[NDArray[Any]]:
        """Read the values, some rows at a time, then check that the file ends there.

        Parameters
        ----------
        rows : int
            Rows of a block, at least 1; the last block may have fewer. A single value (rank 0)
            comes as one row.

        Yields
        ------
        (≤ rows, *shape[1:]) ndarray
            A new array in this machine's byte order, free to be changed and kept.

        Raises
        ------
        ValueError
            If the file is damaged, or holds less or more than its header promises.
        """
        n, *row_shape = self.header.shape or (1,)
        if not self.header.body_size:
            rows = max(n, 1)  # a header of 12 bytes can promise billions of empty rows
        for start in range(0, n, rows):
            yield self._read_array((min(rows, n - start), *row_shape))
        self._check_end()

    def all(self) -> NDArray[Any]:
        """Read every value at once: an array of the header's shape. Raises as `blocks` does."""
        array = self._read_array(self.header.shape)
        self._check_end()
        return array

    def verify(self) -> str:
        """Read every value and keep none; return the SHA-256. Raises as `blocks` does."""
        for _ in self._pieces(self.header.body_size):
            pass
        self._check_end()
        return self.sha256

    def _read_array(self, shape: tuple[int, ...]) -> NDArray[Any]:
        dtype = self.header.dtype
        data = bytearray()  # grows with what arrives: the size is only a promise
        for piece in self._pieces(math.prod(shape) * dtype.itemsize):
            data += piece
        array = np.frombuffer(data, dtype)
        if sys.byteorder == "little":
            array.byteswap(inplace=True)
        return array.reshape(shape)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._read(min(size, PIECE))
            if not piece:
                raise self._wrong_size(self._found)
            size -= len(piece)
            yield piece

    def _read_header(self) -> Header:
        magic = self._read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0":
            start = magic + self._read(LOOK) if len(magic) == 4 else magic
            raise ValueError(f"{self.path}: not an IDX file: {described(start)}")
        code, rank = magic[2:]
        if code not in TYPES:
            raise ValueError(f"{self.path}: found type 0x{code:02X}, expected one of {TYPE_NAMES}")
        lengths = self._read(4 * rank)
        if len(lengths) < 4 * rank:
            raise ValueError(
                f"{self.path}: found {4 + len(lengths)} bytes, expected a header of {4 + 4 * rank} "
                f"({rank} dimensions): the file is cut short; fetch or copy it again"
            )
        shape = tuple(np.frombuffer(lengths, ">u4").tolist())
        self._check_shape(shape, TYPES[code].itemsize)
        return Header(TYPES[code], shape)

    def _check_shape(self, shape: tuple[int, ...], itemsize: int) -> None:
        """Refuse what NumPy has no array for; a length of zero elsewhere does not help it."""
        if len(shape) > NUMPY_RANK:
            raise ValueError(
                f"{self.path}: found {len(shape)} dimensions, expected at most {NUMPY_RANK}: "
                "a NumPy array cannot have more"
            )
        if math.prod(max(length, 1) for length in shape) * itemsize > sys.maxsize:
            raise ValueError(
                f"{self.path}: found dimensions {shape}, expected at most {sys.maxsize} bytes: "
                "a NumPy array cannot have more"
            )

    def _read(self, size: int) -> bytes:
        """Read `size` bytes or what is left; damage of the packing is made a ValueError here."""
        try:
            piece = self._stream.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            raise ValueError(
                f"{self.path}: damaged or cut short: after {self._found} unpacked bytes, expected "
                f"more of a whole {self._packing} file, found: {error}; fetch or copy it again"
            ) from error
        self._digest.update(piece)
        self._found += len(piece)
        return piece

    def _check_end(self) -> None:
        self._read(1)  # this one byte more also makes gzip and xz compare their check sums
        found, bound = self._found, "at least "
        if found > self.header.size + self.header.body_size and self._ends_after_a_multiple():
            found, bound = self._found, ""
        self._check_size(found, bound)
        self._complete = True

    def _ends_after_a_multiple(self) -> bool:
        """Read on, and tell whether the body is 2 to `MOST_TIMES` times as long as promised."""
        size, body = self.header.size, self.header.body_size
        while self._found <= size + MOST_TIMES * body and self._read(PIECE):
            pass
        return self._times(self._found - size) > 1

    def _times(self, body: int) -> int:
        """Return how many times the promised values a body of so many bytes is, or 0."""
        times, rest = divmod(body, self.header.body_size or body + 1)
        return 0 if rest or times > MOST_TIMES else times

    def _check_size(self, found: int, bound: str = "") -> None:
        if found != self.header.size + self.header.body_size:
            raise self._wrong_size(found, bound)

    def _wrong_size(self, found: int, bound: str = "") -> ValueError:
        header = self.header
        expected = header.size + header.body_size
        surplus = f"{expected - found} too few" if found < expected else f"{found - expected} extra"
        return ValueError(
            f"{self.path}: found {bound}{found} bytes ({bound}{surplus}), expected {expected}, as "
            f"its header says ({header.dtype}, dimensions {header.shape}); "
            f"{self._remedy(found - header.size)}"
        )

    def _remedy(self, body: int) -> str:
        """Say what to do about a body of so many bytes."""
        times = self._times(body)
        if times < 2:
            return "fetch or copy it again"
        return (
            f"it holds {times} values for each that is promised, as images of {times} channels "
            f"do: their header must say so, {(*self.header.shape, times)}; write the file again"
        )


def unpacked(file: BufferedReader) -> tuple[BufferedIOBase, str | None]:
    """Return a stream of the unpacked bytes, and how they are packed, told by the first bytes."""
    start = file.peek(len(XZ))
    if start.startswith(GZIP):
        return gzip.GzipFile(fileobj=file), "gzip"
    if start.startswith(XZ):
        return lzma.LZMAFile(file), "xz"
    return file, None


def described(start: bytes) -> str:
    """Say what was found at the beginning of a file in place of an IDX header.

    >>> described(b"<!DOCTYPE html>")
    "found b'<!DO' (it looks like an HTML or XML page), expected two zero bytes, type and rank"
    """
    looks = [look for begin, look in LOOKALIKES.items() if start.lstrip().startswith(begin)]
    if not looks and len(start) > 4 and start.isascii() and start.strip().decode().isprintable():
        looks = [f"the text {start.strip().decode()!r:.80}"]
    guess = f" (it looks like {looks[0]})" if looks else ""
    return f"found {start[:4]!r}{guess}, expected two zero bytes, type and rank"


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    r"""Open an IDX file: plain, gzip'd or xz'd, as its first bytes tell, whatever its name.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    Reader
        With the header already read.

    Raises
    ------
    ValueError
        If it is not an IDX file, or a plain one whose size is not what its header promises.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.idx.gz"
    >>> _ = path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x05\x05\0\x04\x01\x09"))
    >>> with reading(path) as reader:
    ...     print(reader.header.shape, [block.tolist() for block in reader.blocks(2)])
    (5,) [[5, 0], [4, 1], [9]]
    """
    refuse_special(path)
    with path.open("rb") as file:
        yield Reader(path, file)


def read(path: Path) -> NDArray[Any]:
    """Read a whole IDX file, packed or plain, as an array in this machine's byte order.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    ValueError
        If it is not an IDX file, is damaged, or holds less or more than its header promises.
    """
    with reading(path) as reader:
        return reader.all()
