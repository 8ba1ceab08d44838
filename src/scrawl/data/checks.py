"""Checks of a prepared dataset: blank, repeated and contradictory images, and overlap of splits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.nn.examples import LazyRows

VALUES_AT_A_TIME = 1 << 23  # 32 MiB of pixels: bounded, however large an image is
MOST_CHECKED = 100_000  # images of a split: seconds, whatever the size of the dataset


@dataclass(frozen=True)
class Checked:
    """Counts of doubtful images.

    Attributes
    ----------
    checked : dict of str to int
        By split, how many images were looked at: the first ones of a large split.
    blank : dict of str to int
        By split, images whose pixels are all equal.
    repeated : dict of str to int
        By split, images that equal an earlier one of the split.
    shared : dict of str to int
        By other split, its images that training has too.
    contradictory : int
        Images, of any split, that equal an image with another label.
    """

    checked: dict[str, int]
    blank: dict[str, int]
    repeated: dict[str, int]
    shared: dict[str, int]
    contradictory: int


def check(
    images: Mapping[str, NDArray[np.float32] | LazyRows], labels: Mapping[str, NDArray[Any]]
) -> Checked:
    """Count the doubtful images of a dataset.

    Images are compared by a digest of 64 bits: two different ones are taken for equal with a
    probability of 1 in a billion in all.

    Parameters
    ----------
    images : mapping of str to (n, pixels) float32
        By split, `train` among them.
    labels : mapping of str to (n,) integers
    """
    first = {split: rows[:MOST_CHECKED] for split, rows in labels.items()}
    found = {split: fingerprints(images[split], len(first[split])) for split in first}
    digests = {split: numbers for split, (numbers, _) in found.items()}
    return Checked(
        {split: len(numbers) for split, numbers in digests.items()},
        {split: int(np.count_nonzero(blank)) for split, (_, blank) in found.items()},
        {split: len(numbers) - len(np.unique(numbers)) for split, numbers in digests.items()},
        {
            split: int(np.isin(numbers, digests["train"]).sum())
            for split, numbers in digests.items()
            if split != "train"
        },
        contradictions(np.concatenate([*digests.values()]), np.concatenate([*first.values()])),
    )


def fingerprints(
    images: NDArray[np.float32] | LazyRows, n: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return a digest of each of the first n images, (n,), and whether it is blank, (n,)."""
    numbers, blank = np.zeros(n, np.uint64), np.zeros(n, bool)
    step = rows_at_a_time(images.shape[1])
    for start in range(0, n, step):
        rows = np.ascontiguousarray(images[start : min(start + step, n)])
        part = slice(start, start + len(rows))
        digests = b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in rows)
        numbers[part] = np.frombuffer(digests, np.uint64)
        blank[part] = rows.max(axis=1) == rows.min(axis=1)
    return numbers, blank


def rows_at_a_time(pixels: int) -> int:
    """Return how many images of so many pixels are looked at together.

    >>> rows_at_a_time(784), rows_at_a_time(4_000_000)
    (10699, 2)
    """
    return max(1, VALUES_AT_A_TIME // max(1, pixels))


def contradictions(digests: NDArray[np.uint64], labels: NDArray[Any]) -> int:
    """Return how many images equal one with another label.

    >>> contradictions(np.array([7, 7, 7, 8], np.uint64), np.array([1, 2, 1, 1]))
    3
    """
    found: dict[int, set[Any]] = defaultdict(set)
    for digest, label in zip(digests.tolist(), labels.tolist(), strict=True):
        found[digest].add(label)
    return sum(len(found[digest]) > 1 for digest in digests.tolist())
