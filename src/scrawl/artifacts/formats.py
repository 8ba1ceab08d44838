"""Formats of the HDF5 artifacts: one table of contents, which writer and reader both check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Table:
    """Shape and type that one dataset of an artifact must have.

    Attributes
    ----------
    dimensions : tuple of str
        A label for each dimension, written into the file. `"…"` as the last one stands for any
        number of further dimensions.
    dtype : str or None
        The NumPy dtype, or several as in `float32 or uint8`; None where it is the dataset's own.
    """

    dimensions: tuple[str, ...]
    dtype: str | None

    def fault(self, dataset: Any) -> str | None:
        """Return what is wrong with `dataset`, or None."""
        open_ended = self.dimensions[-1:] == ("…",)
        rank = len(self.dimensions) - open_ended
        if dataset.ndim < rank or (dataset.ndim > rank and not open_ended):
            expected = f"{'at least ' * open_ended}{rank} ({', '.join(self.dimensions)})"
            return f"has {dataset.ndim} dimensions, expected {expected}"
        if dataset.dtype.kind not in "iufS":
            return f"holds {dataset.dtype}, expected numbers or text of fixed length"
        if self.dtype is not None and dataset.dtype not in map(np.dtype, self.dtype.split(" or ")):
            return f"holds {dataset.dtype}, expected {self.dtype}"
        return None


@dataclass(frozen=True)
class Format:
    """One kind of artifact: its version, the stage that makes it, and what it must hold.

    Attributes
    ----------
    version : int
    stage : str
    tables : mapping of str to Table
        By HDF5 path.
    attributes : tuple of str
        Of the root, beside those that every artifact has.
    remedy : str
        What to do about a damaged one; by default, `remedies.made_again`.
    optional : mapping of str to Table
        By HDF5 path, what it may hold: a file without is as it was before there was any.
    """

    version: int
    stage: str
    tables: Mapping[str, Table]
    attributes: tuple[str, ...] = ()
    remedy: str | None = None
    optional: Mapping[str, Table] = field(default_factory=dict)

    def held(self, file: Any) -> dict[str, Table]:
        """Return the tables that an open file must hold, and the optional ones that it does."""
        return {**self.tables, **{k: v for k, v in self.optional.items() if k in file}}


def _split(images: Table, labels: Table, *names: str, **more: Table) -> dict[str, Table]:
    tables = {"images": images, "labels": labels, **more}
    return {f"{name}/{table}": tables[table] for name in names for table in tables}


def _near(space: str, values: str = "distances") -> dict[str, Table]:
    """Return the tables of a few training images for each of the first, commonest mistakes."""
    dimensions = ("explained", "neighbours")
    return {
        f"{space}/places": Table(dimensions, "int64"),
        f"{space}/{values}": Table(dimensions, "float32"),
    }


# Of each image the group that it belongs to, such as its writer, where a dataset names them.
GROUPS = Table(("n",), "int64")
LISTS = ("image_shape", "axes")  # of these attributes; the others are single numbers
CLASS_NAMES = Table(("classes",), None)

# What a network has to know of its images, as numbers; see `prepared.Dataset` and `Appearance`.
DATASET = (
    *("image_shape", "offset", "scale"),
    *("paper", "ink", "on_paper", "axes", "centred", "box", "margin"),
)

FORMATS = {
    "decoded": Format(
        1,
        "decode",
        _split(Table(("n", "…"), None), Table(("n", "…"), None), "train", "test"),
        optional={f"{split}/groups": Table(("n", "…"), None) for split in ("train", "test")},
    ),
    "prepared": Format(
        2,
        "prepare",
        _split(
            Table(("n", "pixels"), "float32 or uint8"),
            Table(("n", "classes"), "float32 or uint8"),
            "train",
            "validation",
            "test",
            # Where each image stands in the file it came from.
            positions=Table(("n",), "int64"),
        )
        | {"class_names": CLASS_NAMES},
        DATASET,
        optional={f"{split}/groups": GROUPS for split in ("train", "validation", "test")},
    ),
    "model": Format(2, "train", {"class_names": CLASS_NAMES}, DATASET),
    # Beside these, a group for each snapshot with the tables that `model.h5` has under `layers`.
    "snapshots": Format(
        1,
        "snapshots",
        {
            "steps": Table(("snapshots",), "int64"),
            "validation_accuracy": Table(("snapshots",), "float64"),
        },
    ),
    "predictions": Format(
        1,
        "evaluate",
        {
            "probabilities": Table(("n", "classes"), "float32"),
            "predicted": Table(("n",), "int64"),
            "labels": Table(("n",), "int64"),
            "class_names": CLASS_NAMES,
        },
        optional={"groups": GROUPS},
    ),
    "mistakes": Format(
        1,
        "mistakes",
        {
            "images": Table(("mistakes",), "int64"),
            "wrong": Table(("mistakes",), "int64"),
            "answers": Table(("mistakes",), "int64"),
            "confidences": Table(("mistakes",), "float32"),
            **_near("pixels"),
        },
        optional=_near("hidden")
        | _near("influence", "values")
        | {
            "mending/ink": Table(("explained",), "float32"),
            "mending/lines": Table(("explained", "line"), "float32"),
        },
    ),
    # Beside these, a group for each part of a training, as the part has named its tables.
    "checkpoint": Format(
        1,
        "train",
        {
            "progress/epoch": Table((), "int64"),
            "progress/steps": Table((), "int64"),
            "progress/loss": Table((), "float64"),
            "progress/correct": Table((), "int64"),
        },
        remedy="remove it",
    ),
}


def check(file: Any, kind: str, path: Path) -> None:
    """Raise a ValueError, with the file and the place inside it, unless a file is of its kind."""
    expected = FORMATS[kind]
    lengths: dict[str, tuple[int, str]] = {}
    for name, table in expected.held(file).items():
        if not hasattr(file.get(name), "shape"):
            raise ValueError(f"{path}: no dataset /{name}, which every {kind} file must hold")
        if fault := table.fault(file[name]) or _unequal(name, table, file[name].shape, lengths):
            raise ValueError(f"{path}: /{name} {fault}")
    for name in expected.attributes:
        if name not in file.attrs:
            raise ValueError(f"{path}: no attribute {name!r}, which every {kind} file must have")
        _check_numbers(name, np.asarray(file.attrs[name]), path)
    if "image_shape" in expected.attributes:
        shape = [int(length) for length in np.atleast_1d(file.attrs["image_shape"])]
        pixels = lengths.get("pixels", (math.prod(shape), ""))[0]
        if min(shape, default=1) < 1 or math.prod(shape) != pixels:
            raise ValueError(f"{path}: 'image_shape' is {shape!s:.40}, expected {pixels} pixels")


def _check_numbers(name: str, value: Any, path: Path) -> None:
    """Refuse an attribute that is not a finite number, or not as many as its name stands for."""
    where = f"{path}: the attribute {name!r} is {value!s:.40}"
    if value.dtype.kind not in "iuf" or value.ndim > 1 or not np.isfinite(value).all():
        raise ValueError(f"{where}, expected numbers")
    if value.ndim != (name in LISTS):
        raise ValueError(f"{where}, expected {'a list' if name in LISTS else 'one number'}")
    if name == "scale" and not value:
        raise ValueError(f"{where}, which pixels are divided by; expected another number")


def _unequal(
    name: str, table: Table, shape: tuple[int, ...], lengths: dict[str, tuple[int, str]]
) -> str | None:
    """Compare the lengths of dimensions that have the same label; `n` is that of one split."""
    for label, length in zip(table.dimensions, shape, strict=False):
        key = f"{name.rpartition('/')[0]}/n" if label == "n" else label
        expected, first = lengths.setdefault(key, (length, name))
        if label != "…" and length != expected:
            return f"has {length} {label}, but /{first} has {expected}"
    return None


def label_dimensions(file: Any, kind: str) -> None:
    """Write the names of the dimensions into a file."""
    for name, table in FORMATS[kind].held(file).items():
        for dimension, label in zip(file[name].dims, table.dimensions, strict=False):
            if label != "…":
                dimension.label = label
