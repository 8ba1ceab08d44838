"""The images of a prepared dataset that a run learns from, and those that it validates with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.lazy_images import FileRows
from scrawl.artifacts.prepared import examples
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run


def examples_of(file: Any, run: Run) -> tuple[Examples, Examples]:
    """Return the examples to learn from and those to validate with.

    Parameters
    ----------
    file : h5py.File
        An open `prepared.h5`. The test images are in it as well; nothing here looks at them.
    run : Run
        `train_on` and `first_images` say which examples.
    """
    training, validation = (examples(file, split) for split in ("train", "validation"))
    if run.train_on == "all":
        tables = [file[f"{split}/positions"][...] for split in ("train", "validation")]
        training = in_order([training, validation], np.concatenate(tables))
        validation = validation.first(0)
    if run.first_images is not None:
        training = first_of(training, run.first_images, run.train_on)
    if run.shuffle and isinstance(training.images, FileRows):
        training.images.read_ahead()
    return training, validation


def first_of(training: Examples, n: int, train_on: str) -> Examples:
    """Return the first n examples; a ValueError if there are fewer."""
    if n > len(training):
        raise ValueError(
            f"first_images: found {n}, but there are only {len(training)} images "
            f"to learn from; expected at most as many (train_on: {train_on})"
        )
    return training.first(n)


def in_order(parts: Sequence[Examples], positions: NDArray[np.int64]) -> Examples:
    """Return the examples of several parts together, in the order of their positions (n,)."""
    ranks = positions.argsort().argsort()
    labels = merged([part.labels for part in parts], ranks)
    tables = [part.images for part in parts]
    rows = [table for table in tables if isinstance(table, FileRows)]
    if rows:
        places = merged([table.places for table in rows], ranks)
        return Examples(rows[0].at(places), labels, parts[0].shape)
    return Examples(merged([np.asarray(t) for t in tables], ranks), labels, parts[0].shape)


def merged(parts: Sequence[NDArray[Any]], ranks: NDArray[np.int64]) -> NDArray[Any]:
    """Return the rows of several arrays in one, each in the place of its rank (n,)."""
    together = np.empty((len(ranks), *parts[0].shape[1:]), parts[0].dtype)
    begin = 0
    for part in parts:  # one copy, not two as with np.concatenate: it is the whole dataset
        together[ranks[begin : begin + len(part)]] = part
        begin += len(part)
    return together
