"""Reader and writer of IDX files: plain, or compressed with gzip or xz.

A file is four bytes `0 0 TYPE RANK`, then RANK dimensions as big-endian uint32, then the values,
row by row, big-endian (http://yann.lecun.com/exdb/mnist/, at the foot of the page).
"""

from __future__ import annotations

from scrawl.data.idx.header import TYPES, Header
from scrawl.data.idx.reader import GZIP, XZ, Reader, read, reading
from scrawl.data.idx.writer import write, writing

__all__ = ["GZIP", "TYPES", "XZ", "Header", "Reader", "read", "reading", "write", "writing"]
