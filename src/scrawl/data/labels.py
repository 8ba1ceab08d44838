"""The classes of a dataset, from its tables of labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.settings.dataset import Preparation

# A GiB as float32. 8.1 million digits take a third of it, the 1,623 classes of Omniglot a fifth.
MOST_ONE_HOT = 2**28


def class_indices(
    decoded: Any, settings: Preparation
) -> tuple[Classes, dict[str, NDArray[np.int64]]]:
    """Return the classes of an open `decoded.h5`, and for `train` and `test` those of images (n,).

    Raises
    ------
    ValueError
        If there are labels that are no class, or no labels where the settings look for them.
    """
    labels = {
        split: label_numbers(decoded[f"{split}/labels"][...], settings.label_column, split)
        for split in ("train", "test")
    }
    classes = Classes.of(labels["train"], labels["test"], settings)
    n, n_classes = max(map(len, labels.values())), len(classes.names)
    if n * n_classes > MOST_ONE_HOT:
        raise ValueError(
            f"/train/labels: found {n_classes:,} classes in {n:,} images, whose one-hot labels "
            f"have {n * n_classes:,} values, expected at most {MOST_ONE_HOT:,}; are these "
            "the numbers of classes?"
        )
    return classes, {split: classes.indices(labels.pop(split), split) for split in list(labels)}


def label_numbers(labels: NDArray[Any], column: int | None, split: str) -> NDArray[np.int64]:
    """Return the class number of each image from labels (n,) or (n, columns).

    Parameters
    ----------
    labels : (n,) or (n, columns)
    column : int, optional
        The one that holds the classes; without it there must be only one.
    split : str
        For messages.

    Raises
    ------
    ValueError
        If there is no such column, if none is named and there are several, or if labels are no
        whole numbers.
    """
    if labels.ndim == 2:
        labels = labels[:, chosen_column(labels, column, split)]
    numbers = labels.astype(np.int64)
    if not np.array_equal(numbers, labels):
        raise ValueError(f"/{split}/labels: found {labels.dtype} values that are no whole numbers")
    return numbers


def chosen_column(labels: NDArray[Any], column: int | None, split: str) -> int:
    """Return the column of labels (n, columns) that holds the classes; raise as its caller does."""
    columns = labels.shape[1]
    if column is None and columns > 1:
        if (
            len(labels)
            and ((labels == 1).sum(axis=1) == 1).all()
            and (labels != 0).sum() == len(labels)
        ):
            raise ValueError(
                f"/{split}/labels: found one-hot rows of {columns} columns, expected one class "
                "number an image; write labels.argmax(axis=1) into the file of labels"
            )
        raise ValueError(
            f"/{split}/labels: found {columns} columns, expected one; name the one that holds the "
            f"class, 0 to {columns - 1}: `label_column` of the dataset"
        )
    if (column or 0) >= columns:
        raise ValueError(
            f"label_column: found {column or 0}, but /{split}/labels has {columns} columns, "
            "counted from 0"
        )
    return column or 0


@dataclass(frozen=True)
class Classes:
    """The classes of a dataset, in the order of the network's outputs.

    Attributes
    ----------
    numbers : (classes,) int64
        The label that stands for each class in the files, rising.
    names : tuple of str
    """

    numbers: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, train: NDArray[np.int64], test: NDArray[np.int64], settings: Preparation
    ) -> Classes:
        """Take the classes that the settings name, or else the numbers that occur."""
        if settings.class_names is None:
            numbers = np.union1d(train, test)
            return cls(numbers, tuple(map(str, numbers)))
        first = settings.first_label
        return cls(np.arange(first, first + len(settings.class_names)), settings.class_names)

    def indices(self, labels: NDArray[np.int64], split: str) -> NDArray[np.int64]:
        """Return each label's place among the classes, (n,) int64.

        Raises
        ------
        ValueError
            If a label belongs to no class; the message counts them.
        """
        strange, counts = np.unique(labels[~np.isin(labels, self.numbers)], return_counts=True)
        if len(strange):
            found = ", ".join(f"{a} ({n}×)" for a, n in zip(strange[:5], counts, strict=False))
            more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
            raise ValueError(
                f"/{split}/labels: found labels outside the {len(self.names)} classes: {found}"
                f"{more}; expected {self.numbers[0]}..{self.numbers[-1]}; "
                "see class_names and first_label of the dataset in config.yaml"
            )
        return np.searchsorted(self.numbers, labels)

    def warnings(self, train: NDArray[np.int64], test: NDArray[np.int64]) -> Iterator[str]:
        """Yield a line about classes that a network can't learn or that are named amiss."""
        unseen = np.setdiff1d(np.arange(len(self.names)), train)
        for tested, where in ((True, "but in the test images"), (False, "nor in the test images")):
            missing = [i for i in unseen if (i in test) == tested]
            if missing:
                names = ", ".join(self.names[i] for i in missing)
                yield f"not in the training images {where}: {names}"
        nowhere = np.setdiff1d(unseen, test)
        if nowhere.tolist() in ([0], [len(self.names) - 1]) and len(self.names) > 2:
            low, high = (self.numbers[i] for i in (0, -1))
            yield (
                f"the labels are {low + (nowhere[0] == 0)} to {high - (nowhere[0] > 0)}, but "
                f"class_names has names for {low} to {high}: if every class has its neighbour's "
                "name, correct class_names or first_label"
            )
