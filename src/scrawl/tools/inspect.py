"""Show the contents of an HDF5 artifact: tree, attributes, distributions of numbers, images."""

from __future__ import annotations

import argparse
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scrawl.artifacts import hdf5, store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.formats import DATASET, LISTS
from scrawl.settings.json_text import parsed_json, readable_json
from scrawl.settings.untrusted_text import printable
from scrawl.tools.paths import model_of
from scrawl.tools.terminal import bar, columns, fitting, side_by_side

BINS = 24  # of a histogram: a line of 80 columns holds it and its numbers
MOST_VALUES = 1 << 20  # of a table that are looked at, from its beginning: a tenth of a second
BAR_WIDTH = 40
JSON_ATTRIBUTES = {"settings", "made_from", "findings", "warnings"}  # these hold JSON as text


def main(argv: Sequence[str]) -> None:
    """Print what an HDF5 file holds."""
    parser = argparse.ArgumentParser(prog="scrawl inspect", description=__doc__)
    parser.add_argument(
        "file", type=Path, metavar="FILE.h5", help="an artifact, or a run's folder for its model"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, without the images")
    arguments = parser.parse_args(argv)
    path = model_of(arguments.file)
    with hdf5.opened(path) as file:
        if arguments.json:
            print(readable_json(described(path, file)), end="")
            return
        print(printable(path))
        for line in (
            *tree(file),
            *appearance(file),
            *classes(file),
            *images(file, shutil.get_terminal_size().columns),
        ):
            print(printable(line))


def described(path: Path, file: Any) -> dict[str, Any]:
    """Return everything but the values themselves of an open HDF5 file, as JSON knows it."""
    tables = {}
    for name in names_in(file):
        place = file[name]
        table: dict[str, Any] = {"attributes": attributes(place)}
        if hasattr(place, "shape"):
            table |= {"shape": list(place.shape), "dtype": str(place.dtype)}
            table |= {"dimensions": [dimension.label for dimension in place.dims]}
            table |= {"values": spread(place)}
        tables[f"/{name}"] = table
    counts = {split: dict(found) for split, found in class_counts(file)}
    return {"file": str(path), "attributes": attributes(file), "tables": tables, "classes": counts}


def names_in(file: Any) -> list[str]:
    """Return the path of each group and dataset."""
    names: list[str] = []
    file.visit(names.append)
    return names


def attributes(place: Any) -> dict[str, Any]:
    """Return the attributes of a place as JSON knows them."""
    found: dict[str, Any] = {}
    for key in place.attrs:
        if key == "DIMENSION_LABELS":  # said beside the shape
            continue
        value = place.attrs[key]
        if hasattr(value, "tolist") and value.dtype.kind in "iufb":
            found[key] = finite_or_none(value.tolist())
        else:
            words = store.text(value)
            found[key] = parsed(words) if key in JSON_ATTRIBUTES else words
    return found


def finite_or_none(value: Any) -> Any:
    """Return a number, or a list of them, with None for what JSON has no word for.

    >>> finite_or_none([1, float("nan"), [float("inf")]])
    [1, None, [None]]
    """
    if isinstance(value, list):
        return [finite_or_none(one) for one in value]
    return value if math.isfinite(value) else None


def parsed(words: str) -> Any:
    """Return the value of JSON text, or the text if it is none."""
    try:
        return parsed_json(words, "attribute")
    except ValueError:
        return words


def spread(dataset: Any) -> dict[str, Any] | None:
    """Return how the numbers of a dataset spread.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of a large one, only the first rows are looked at, `MOST_VALUES` values or so.

    Returns
    -------
    dict, optional
        How many numbers were looked at and how many of them are not finite; of the others
        `minimum`, `mean`, `deviation`, `maximum`, and a histogram: `counts` (BINS,) between the
        two ends. None for text, and where there is no finite number.
    """
    if dataset.dtype.kind not in "iuf" or not dataset.size:
        return None
    rows = max(MOST_VALUES * len(dataset) // dataset.size, 1) if dataset.ndim else ()
    values = np.ravel(dataset[:rows] if dataset.ndim else dataset[()]).astype(np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    return {
        "looked_at": len(values),
        "not_finite": len(values) - len(finite),
        "minimum": low,
        "mean": float(finite.mean()),
        "deviation": float(finite.std()),
        "maximum": high,
        "counts": np.histogram(finite, BINS, (low, high))[0].tolist(),
    }


def tree(file: Any) -> Iterator[str]:
    """Yield lines for each attribute, group and dataset of an open HDF5 file, in their order."""
    names = names_in(file)
    width = max((len(name) + 1 for name in names), default=0)
    yield from _attribute_lines(file, "")
    for name in names:
        place = file[name]
        yield f"/{name:<{width}} {_shape_and_dtype(place)}".rstrip()
        yield from _attribute_lines(place, "    ")
        if hasattr(place, "shape") and not name.endswith("labels"):  # these are counted below
            yield from _spread_line(place)


def _shape_and_dtype(place: Any) -> str:
    """Return shape and dtype of a dataset, with its dimensions' labels; nothing for a group."""
    if not hasattr(place, "shape"):
        return ""
    labels = [dimension.label for dimension in place.dims]
    named = f"  ({', '.join(label or '…' for label in labels)})" if any(labels) else ""
    return f"{place.shape} {place.dtype}{named}"


def _attribute_lines(place: Any, indent: str) -> Iterator[str]:
    for key in place.attrs:
        if key != "DIMENSION_LABELS":
            yield f"{indent}@{key} = {store.text(place.attrs[key])}"


def _spread_line(dataset: Any) -> Iterator[str]:
    """Yield a histogram of the numbers of a dataset, between their ends, if they differ at all."""
    found = spread(dataset)
    if found is None or found["minimum"] == found["maximum"]:
        return
    line = (
        f"    {short(found['minimum'])} {columns(np.array(found['counts']))} "
        f"{short(found['maximum'])}  mean {found['mean']:.4g}, deviation {found['deviation']:.4g}"
    )
    if found["not_finite"]:
        line += f"; {found['not_finite']:,} not finite"
    if found["looked_at"] < dataset.size:
        line += f" (the first {found['looked_at']:,})"
    yield line


def short(value: float) -> str:
    """Return a number in few characters; a whole one as it is.

    >>> short(11999.0), short(-0.123456), short(3e9)
    ('11,999', '-0.1235', '3e+09')
    """
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e6 else f"{value:.4g}"


def class_counts(file: Any) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Yield, for each table of labels, how many there are of each class."""
    for name in names_in(file):
        split, _, last = name.rpartition("/")
        labels = file[name]
        if last != "labels" or not getattr(labels, "size", 0) or labels.dtype.kind not in "iuf":
            continue
        if labels.ndim == 2 and "class_names" in file:  # one-hot
            counts = np.asarray(labels).sum(axis=0).astype(int).tolist()
            numbers: list[Any] = list(range(len(counts)))
        else:
            first = np.asarray(labels).reshape(len(labels), -1)[:, 0]
            numbers, counts = (found.tolist() for found in np.unique(first, return_counts=True))
        yield split, [(_class_name(file, i), n) for i, n in zip(numbers, counts, strict=True)]


def _class_name(file: Any, number: Any) -> str:
    """Return a class's name; a decoded file has only the numbers of its labels."""
    names = store.read_texts(file["class_names"]) if "class_names" in file else []
    return names[number] if number in range(len(names)) else str(number)


def appearance(file: Any) -> Iterator[str]:
    """Yield a line about how the images of a prepared dataset, or of a model's, look."""
    if set(DATASET) <= set(file.attrs) and all(
        np.ndim(file.attrs[name]) == (name in LISTS) for name in DATASET
    ):
        yield ""
        yield f"images: {Appearance.of(file).words()}"


def classes(file: Any) -> Iterator[str]:
    """Yield a bar for each class of each split: how many images it has."""
    for split, counts in class_counts(file):
        most, width = max(n for _, n in counts), max(len(name) for name, _ in counts)
        digits = len(f"{most:,}")
        yield ""
        yield f"{split or 'labels'}: {sum(n for _, n in counts):,} in {len(counts)} classes"
        for name, n in counts:
            yield f"{name:>{width}} {n:>{digits},} {bar(n / most, BAR_WIDTH)}".rstrip()


def images(file: Any, terminal: int) -> Iterator[str]:
    """Yield the first images of each split, side by side, as wide as the terminal allows.

    Parameters
    ----------
    file : h5py.File
        Of any kind: one without images yields nothing.
    terminal : int
        Its width, in characters.
    """
    for split in ("train", "validation", "test"):
        dataset = file.get(f"{split}/images")
        shape = _image_shape(file, dataset)
        if shape is None or len(dataset) == 0:
            continue
        count = fitting(shape[1], terminal)
        pictures = np.asarray(dataset[:count], dtype=np.float64).reshape(-1, *shape)
        names = _first_labels(file, split, len(pictures))
        yield ""
        yield f"{split}:  " + "  ".join(names)
        yield from side_by_side(pictures)


def _image_shape(file: Any, dataset: Any) -> tuple[int, int] | None:
    """Return (height, width) of the images of a split, or None where there are no pictures."""
    if dataset is None:
        return None
    shape = tuple(int(n) for n in file.attrs.get("image_shape", dataset.shape[1:]))
    return (shape[0], shape[1]) if len(shape) == 2 and min(shape) > 0 else None


def _first_labels(file: Any, split: str, count: int) -> list[str]:
    if f"{split}/labels" not in file:
        return []
    labels = file[f"{split}/labels"][:count]
    numbers = labels.argmax(axis=1) if "class_names" in file else labels.reshape(count, -1)[:, 0]
    return [_class_name(file, int(number)) for number in numbers]
