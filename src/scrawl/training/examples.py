"""Training and validation examples of a run, from a prepared dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.lazy_images import FileRows
from scrawl.artifacts.prepared import Dataset, examples
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run


@dataclass(frozen=True)
class TrainingData:
    """Images and labels that a network is trained and validated on.

    Attributes
    ----------
    training, validation : Examples
        To learn from, and to measure after each epoch. Test images are not among them.
    dataset : Dataset
        Facts of the images.
    sha256 : str
        Digest of the file that they are from.
    """

    training: Examples
    validation: Examples
    dataset: Dataset
    sha256: str = ""

    @classmethod
    def read(cls, path: Path, run: Run) -> TrainingData:
        """Read the examples that the settings ask for from `prepared.h5`.

        Raises
        ------
        ValueError
            If the file is prepared with another normalisation, or holds too few images.
        """
        with store.reading(path, "prepared") as file:
            dataset = Dataset.of(file)
            if dataset.normalisation != run.normalisation:
                raise ValueError(
                    f"{path}: prepared with normalisation: {dataset.normalisation}, "
                    f"but the settings ask for {run.normalisation}"
                )
            return cls(*examples_of(file, run), dataset, store.sha256_of_content(file))


def examples_of(file: Any, run: Run) -> tuple[Examples, Examples]:
    """Return training and validation examples of an open `prepared.h5`.

    `train_on` and `first_images` of the run say which.
    """
    training, validation = (examples(file, split) for split in ("train", "validation"))
    if run.train_on == "all":
        training, validation = all_examples(file), validation.first(0)
    if run.first_images is not None:
        training = first_of(training, run.first_images, run.train_on)
    if run.shuffle and isinstance(training.images, FileRows):
        training.images.read_ahead()
    return training, validation


def all_examples(file: Any) -> Examples:
    """Return the training and validation examples together, in the order of their source file."""
    splits = ("train", "validation")
    positions = np.concatenate([file[f"{split}/positions"][...] for split in splits])
    return in_order([examples(file, split) for split in splits], positions)


def first_of(training: Examples, n: int, train_on: str) -> Examples:
    """Return the first n examples; a ValueError if there are fewer."""
    if n > len(training):
        raise ValueError(
            f"first_images: found {n}, but there are only {len(training)} images "
            f"to learn from; expected at most as many (train_on: {train_on})"
        )
    return training.first(n)


def in_order(parts: Sequence[Examples], positions: NDArray[np.int64]) -> Examples:
    """Merge the examples of several parts, in the order of their positions (n,)."""
    ranks = positions.argsort().argsort()
    labels = merged([part.labels for part in parts], ranks)
    tables = [part.images for part in parts]
    rows = [table for table in tables if isinstance(table, FileRows)]
    if rows:
        places = merged([table.places for table in rows], ranks)
        return Examples(rows[0].at(places), labels, parts[0].shape)
    return Examples(merged([np.asarray(t) for t in tables], ranks), labels, parts[0].shape)


def merged(parts: Sequence[NDArray[Any]], ranks: NDArray[np.int64]) -> NDArray[Any]:
    """Merge the rows of several arrays, each in the place of its rank (n,)."""
    together = np.empty((len(ranks), *parts[0].shape[1:]), parts[0].dtype)
    begin = 0
    for part in parts:  # one copy, not two as with np.concatenate: it is the whole dataset
        together[ranks[begin : begin + len(part)]] = part
        begin += len(part)
    return together
