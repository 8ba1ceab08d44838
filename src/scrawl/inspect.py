"""Look into an HDF5 artifact: its tree, its attributes, and a few of its images as characters."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl import artifacts, hdf5

# From black to white. A character is about twice as high as wide, so it stands for two rows.
SHADES = np.array(list(" .:-=+*#%@"))
ROWS_A_CHARACTER = 2
GAP = "  "


def main(argv: Sequence[str]) -> None:
    """Print what an HDF5 file holds."""
    parser = argparse.ArgumentParser(prog="scrawl inspect", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.h5")
    arguments = parser.parse_args(argv)
    with hdf5.opened(arguments.file) as file:
        print(arguments.file)
        for line in (*tree(file), *images(file, shutil.get_terminal_size().columns)):
            print(line)


def tree(file: Any) -> Iterator[str]:
    """Yield a line for each attribute, group and dataset of an open HDF5 file, in their order."""
    names: list[str] = []
    file.visit(names.append)
    width = max((len(name) + 1 for name in names), default=0)
    yield from _attributes(file, "")
    for name in names:
        place = file[name]
        yield f"/{name:<{width}} {_described(place)}".rstrip()
        yield from _attributes(place, "    ")


def _described(place: Any) -> str:
    """Return shape and dtype of a dataset, with its dimensions' labels; nothing for a group."""
    if not hasattr(place, "shape"):
        return ""
    labels = [dimension.label for dimension in place.dims]
    named = f"  ({', '.join(label or '…' for label in labels)})" if any(labels) else ""
    return f"{place.shape} {place.dtype}{named}"


def _attributes(place: Any, indent: str) -> Iterator[str]:
    for key in place.attrs:
        if key != "DIMENSION_LABELS":  # said beside the shape
            value = place.attrs[key]
            yield f"{indent}@{key} = {artifacts.text(value)}"


def images(file: Any, columns: int) -> Iterator[str]:
    """Yield the first images of each split, side by side, as wide as the terminal allows.

    Parameters
    ----------
    file : h5py.File
        Of any kind: one without images yields nothing.
    columns : int
        Width of the terminal, in characters.
    """
    for split in ("train", "validation", "test"):
        dataset = file.get(f"{split}/images")
        shape = _image_shape(file, dataset)
        if shape is None or len(dataset) == 0:
            continue
        count = max((columns + len(GAP)) // (shape[1] + len(GAP)), 1)
        pictures = np.asarray(dataset[:count], dtype=np.float64).reshape(-1, *shape[:2], 1)
        names = _class_names(file, split, len(pictures))
        yield ""
        yield f"{split}:  " + "  ".join(names)
        yield from _side_by_side(pictures[..., 0])


def _image_shape(file: Any, dataset: Any) -> tuple[int, ...] | None:
    """Return (height, width) of the images of a split, or None where there are no pictures."""
    if dataset is None:
        return None
    shape = tuple(int(n) for n in file.attrs.get("image_shape", dataset.shape[1:]))
    return shape if len(shape) == 2 else None


def _class_names(file: Any, split: str, count: int) -> list[str]:
    labels = file[f"{split}/labels"][:count]
    if "class_names" not in file:  # decoded: the numbers of the file
        return [str(label) for label in labels.reshape(count, -1)[:, 0]]
    names = artifacts.read_texts(file["class_names"])
    return [names[i] for i in labels.argmax(axis=1)]


def _side_by_side(pictures: NDArray[np.float64]) -> Iterator[str]:
    """Yield the lines of pictures (n, height, width), all on one scale from black to white."""
    low, high = pictures.min(), pictures.max()
    levels = (pictures - low) / ((high - low) or 1) * (len(SHADES) - 1)
    for row in range(0, levels.shape[1], ROWS_A_CHARACTER):
        # The mean of the rows that share a character.
        shades = levels[:, row : row + ROWS_A_CHARACTER].mean(axis=1).round().astype(int)
        yield GAP.join("".join(SHADES[line]) for line in shades).rstrip()
