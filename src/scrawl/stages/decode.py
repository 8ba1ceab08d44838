"""Stage decode: turn the IDX files of a dataset into one HDF5 file that any tool can open."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.data import idx

PARTS = ("train-images", "train-labels", "test-images", "test-labels")
GROUPS = ("train-groups", "test-groups")  # of each image, such as its writer; both or none

Rows = tuple[int, int]

# One block is decompressed and written at a time, however large the dataset.
BLOCK_BYTES = 8 << 20


def main(argv: Sequence[str]) -> None:
    """Decode four IDX files, or six, into `decoded.h5`."""
    parser = argparse.ArgumentParser(prog="scrawl decode", description=__doc__)
    for part in (*PARTS, *GROUPS):
        parser.add_argument(
            f"--{part}",
            type=Path,
            required=part in PARTS,
            metavar="FILE",
            help="an IDX file, packed with gzip or xz or not at all",
        )
    parser.add_argument(
        "--rows",
        action="append",
        nargs=3,
        default=[],
        metavar=("PART", "FIRST", "END"),
        help="take only these rows of a file, such as: --rows test-groups 0 10000",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="decoded.h5", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    given = {part: getattr(arguments, part.replace("-", "_")) for part in (*PARTS, *GROUPS)}
    files = {part: path for part, path in given.items() if path}
    decode(files, arguments.output, rows_of(arguments.rows, files))


def rows_of(words: Sequence[Sequence[str]], files: Mapping[str, Path]) -> dict[str, Rows]:
    """Return the rows that are taken of some files, (first, end) by part; refuse others."""
    rows = {}
    for part, first, end in words:
        if part not in files or not (
            first.isdecimal() and end.isdecimal() and int(first) < int(end)
        ):
            raise ValueError(
                f"--rows: found {part} {first} {end}, expected one of {', '.join(files)}, and two "
                "whole numbers of which the first is less"
            )
        rows[part] = int(first), int(end)
    return rows


def decode(files: Mapping[str, Path], output: Path, rows: Mapping[str, Rows] | None = None) -> None:
    """Copy IDX files into one HDF5 file, value for value, in bounded memory.

    Parameters
    ----------
    files : mapping of str to Path
        The file of each part: `train-images`, `train-labels`, `test-images`, `test-labels`; and
        `train-groups` and `test-groups`, if there are groups.
    output : Path
        The HDF5 file: `{train,test}/images` (n, …), `labels` (n, …) and, if there are groups,
        `groups` (n, …), with the dtypes of the files.
    rows : mapping of str to (first, end), optional
        By part, the rows that are taken, counted from 0 and `end` not among them; by default all.

    Raises
    ------
    ValueError
        If a file is no complete IDX file or lacks rows, or if the files do not belong together. The
        message names the file, what was found and what was expected.
    """
    rows = rows or {}
    settings = {"rows": {part: list(chosen) for part, chosen in rows.items()}} if rows else {}
    with ExitStack() as stack:
        readers = {
            part: Selected.of(stack.enter_context(idx.reading(path)), path, rows.get(part))
            for part, path in files.items()
        }
        headers = {part: reader.header for part, reader in readers.items()}
        check_that_they_belong_together(headers, files)
        check_groups(headers, files)
        digests: dict[str, str] = {}
        with store.writing(output, "decoded", settings=settings, made_from=digests) as file:
            for part, reader in readers.items():
                _copy(reader, file, part.replace("-", "/"))
                digests[part] = reader.whole.sha256
                print(f"{part}: {reader.header.shape} {reader.header.dtype}")


@dataclass(frozen=True)
class Selected:
    """An open IDX file of which some rows are taken.

    Attributes
    ----------
    whole : Reader
    header : Header
        That of a file with these rows alone.
    first, end : int
        The rows, `end` not among them.
    """

    whole: idx.Reader
    header: idx.Header
    first: int
    end: int

    @classmethod
    def of(cls, reader: idx.Reader, path: Path, rows: Rows | None) -> Selected:
        """Select rows, or all; a ValueError if there are not so many."""
        header = reader.header
        if rows is None:
            return cls(reader, header, 0, header.shape[0] if header.shape else 0)
        found = header.shape[0] if header.shape else 0
        if rows[1] > found:
            raise ValueError(
                f"{path}: found {found} rows, expected {rows[1]} or more (rows {rows})"
            )
        shape = (rows[1] - rows[0], *header.shape[1:])
        return cls(reader, idx.Header(header.dtype, shape), *rows)

    def blocks(self, rows: int) -> Iterator[NDArray[Any]]:
        """Yield the selected rows, at most so many at a time; the file is read to its end."""
        start = 0
        for block in self.whole.blocks(rows):
            chosen = block[max(self.first - start, 0) : max(self.end - start, 0)]
            if len(chosen):
                yield chosen
            start += len(block)


def check_that_they_belong_together(
    headers: Mapping[str, idx.Header], files: Mapping[str, Path]
) -> None:
    """Raise a ValueError unless the four headers are those of one dataset.

    Images have at least two dimensions and labels at most two; a split has as many images as
    labels; the images of both splits have the same shape.
    """
    for split in ("train", "test"):
        images, labels = (headers[f"{split}-{kind}"] for kind in ("images", "labels"))
        if len(images.shape) < 2 or len(labels.shape) not in {1, 2}:
            swapped = len(labels.shape) > 2 and len(images.shape) in {1, 2}
            raise ValueError(
                f"{files[f'{split}-images']}: expected images (n, height, width), found "
                f"{images.shape}; {files[f'{split}-labels']}: expected labels (n,) or "
                f"(n, columns), found {labels.shape}" + "; the two look swapped" * swapped
            )
        if images.shape[0] != labels.shape[0]:
            raise ValueError(
                f"{files[f'{split}-images']} holds {images.shape[0]} images but "
                f"{files[f'{split}-labels']} {labels.shape[0]} labels; every image needs one"
            )
    train, test = (headers[f"{split}-images"].shape[1:] for split in ("train", "test"))
    if train != test:
        raise ValueError(
            f"{files['test-images']}: its images are {test}, those of "
            f"{files['train-images']} {train}; both splits must have the same shape"
        )


def check_groups(headers: Mapping[str, idx.Header], files: Mapping[str, Path]) -> None:
    """Raise a ValueError unless both splits, or none, have a whole number for each image's group.

    A file of groups may have several columns.
    """
    given = [part for part in GROUPS if part in headers]
    if len(given) == 1:
        raise ValueError(
            f"{files[given[0]]}: names groups of one split only; expected both or none"
        )
    for part in given:
        groups, path = headers[part], files[part]
        n = headers[part.replace("groups", "images")].shape[0]
        if groups.dtype.kind not in "iu" or len(groups.shape) not in {1, 2}:
            raise ValueError(
                f"{path}: found groups {groups.shape} of {groups.dtype}, expected whole numbers, "
                "(n,) or (n, columns)"
            )
        if groups.shape[0] != n:
            raise ValueError(
                f"{path}: names the groups of {groups.shape[0]} images, expected {n}, as many as "
                f"{files[part.replace('groups', 'images')]} holds; name fewer of its `rows`, or "
                "another file"
            )


def _copy(reader: Selected, file: Any, name: str) -> None:
    header = reader.header
    dataset = file.create_dataset(name, header.shape, header.dtype)
    row_bytes = header.body_size // max(header.shape[0], 1)
    start = 0
    for block in reader.blocks(max(BLOCK_BYTES // max(row_bytes, 1), 1)):
        dataset[start : start + len(block)] = block
        start += len(block)
