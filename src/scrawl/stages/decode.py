"""Stage decode: turn the four IDX files of a dataset into one HDF5 file that any tool can open."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scrawl.artifacts import store
from scrawl.data import idx

PARTS = ("train-images", "train-labels", "test-images", "test-labels")

# One block is decompressed and written at a time, however large the dataset.
BLOCK_BYTES = 8 << 20


def main(argv: Sequence[str]) -> None:
    """Decode four IDX files into `decoded.h5`."""
    parser = argparse.ArgumentParser(prog="scrawl decode", description=__doc__)
    for part in PARTS:
        parser.add_argument(
            f"--{part}",
            type=Path,
            required=True,
            metavar="FILE",
            help="an IDX file, packed with gzip or xz or not at all",
        )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="decoded.h5", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    decode({part: getattr(arguments, part.replace("-", "_")) for part in PARTS}, arguments.output)


def decode(files: Mapping[str, Path], output: Path) -> None:
    """Copy four IDX files into one HDF5 file, value for value, in bounded memory.

    Parameters
    ----------
    files : mapping of str to Path
        The file of each part: `train-images`, `train-labels`, `test-images`, `test-labels`.
    output : Path
        The HDF5 file: `{train,test}/images` (n, …) and `{train,test}/labels` (n, …), with the
        dtypes of the files.

    Raises
    ------
    ValueError
        If a file is no complete IDX file, or if the four do not belong together. The message
        names the file, what was found and what was expected.
    """
    with ExitStack() as stack:
        readers = {part: stack.enter_context(idx.reading(path)) for part, path in files.items()}
        check_that_they_belong_together(
            {part: reader.header for part, reader in readers.items()}, files
        )
        digests: dict[str, str] = {}
        with store.writing(output, "decoded", settings={}, made_from=digests) as file:
            for part, reader in readers.items():
                _copy(reader, file, part.replace("-", "/"))
                digests[part] = reader.sha256
                print(f"{part}: {reader.header.shape} {reader.header.dtype}")


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


def _copy(reader: idx.Reader, file: Any, name: str) -> None:
    header = reader.header
    dataset = file.create_dataset(name, header.shape, header.dtype)
    row_bytes = header.body_size // max(header.shape[0], 1)
    start = 0
    for block in reader.blocks(max(BLOCK_BYTES // max(row_bytes, 1), 1)):
        dataset[start : start + len(block)] = block
        start += len(block)
