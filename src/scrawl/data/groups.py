"""Groups of images, such as their writers: read from tables, compared, and kept on one side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.settings.dataset import Preparation

# Numbers of classes that are compared to find groups to change places, 100 MB of them. Where there
# are more, groups are many and small, and moving them one by one leaves little to gain.
MOST_SWAPS = 1 << 22


def group_numbers(decoded: Any, settings: Preparation) -> dict[str, NDArray[np.int64]]:
    """Return the group of each image (n,) for `train` and `test`, or nothing if none are known.

    Parameters
    ----------
    decoded : h5py.File
        An open `decoded.h5`: its tables of groups, or else a column of its labels.
    settings : Preparation

    Raises
    ------
    ValueError
        If there is no such column, if there are several and none is named, or if groups are no
        whole numbers.
    """
    if "train/groups" in decoded or "test/groups" in decoded:
        tables = {split: f"{split}/groups" for split in ("train", "test")}
    elif settings.group_column is not None:
        tables = {split: f"{split}/labels" for split in ("train", "test")}
    else:
        return {}
    return {
        split: _numbers(decoded[table], settings.group_column, f"/{table}")
        for split, table in tables.items()
    }


def _numbers(table: Any, column: int | None, where: str) -> NDArray[np.int64]:
    columns = table.shape[1] if len(table.shape) > 1 else 1
    if table.dtype.kind not in "iu":
        raise ValueError(f"{where}: found groups of {table.dtype}, expected whole numbers")
    if column is None and columns > 1:
        raise ValueError(
            f"{where}: found {columns} columns, expected one; name the one that holds the group, "
            f"0 to {columns - 1}: `group_column` of the dataset"
        )
    if (column or 0) >= columns:
        has = "one column" if columns == 1 else f"{columns} columns"
        raise ValueError(f"group_column: found {column}, but {where} has {has}, counted from 0")
    values = table[...].reshape(len(table), columns)[:, column or 0]
    return np.asarray(values, np.int64)


def chosen_for_test(
    groups: Mapping[str, NDArray[np.int64]], n: int, settings: Preparation, groups_of: Path | None
) -> tuple[NDArray[np.bool_], dict[str, str]]:
    """Return which of n test images are taken, and the digest of the file that decides it, if any.

    With `met_in` and `unmet_in` these are the images whose group another dataset has, or has not.
    """
    if (settings.compared_with is None) != (groups_of is None):
        raise ValueError("--groups-of: expected it with met_in or unmet_in, and only with these")
    if groups_of is None:
        return np.ones(n, dtype=bool), {}
    if "test" not in groups:
        raise ValueError(
            f"found no groups of the images to compare with those of {settings.compared_with}; "
            "name their column (group_column)"
        )
    with store.reading(groups_of, "prepared") as file:
        theirs = [store.groups_of(file, split) for split in ("train", "validation", "test")]
        digest = store.sha256_of_content(file)
    known = [some for some in theirs if some is not None]
    if not known:
        raise ValueError(f"{groups_of}: found no groups of its images, expected some to compare")
    met = np.isin(groups["test"], np.concatenate(known))
    chosen = met if settings.met_in else ~met
    if not chosen.any():
        has = "none of" if settings.met_in else "all of"
        raise ValueError(
            f"found no test image to take: {settings.compared_with} has {has} their "
            f"{len(np.unique(groups['test'])):,} groups"
        )
    return chosen, {"groups_of": digest}


def split_by_group(
    classes: NDArray[np.int64], groups: NDArray[np.int64], wanted: int, seed: int
) -> NDArray[np.bool_]:
    """Choose whole groups to keep back, so that classes have shares as in all images.

    In a random order, each group goes to the other side if that brings the numbers v of validation
    images by class nearer to the wanted ones t, by Σ (v − t)² / t; then the two groups change
    places that bring them nearest; until nothing does. No move takes the last image of a class from
    a side. A class that is then missing in validation gets the group that disturbs others least.

    Parameters
    ----------
    classes, groups : (n,) int64
        The class and the group of each training image.
    wanted : int
        How many images are to be kept back, about.
    seed : int
        Decides the order.

    Returns
    -------
    (n,) bool
        True for the images kept back: all images of a group, or none. Each class that several
        groups have occurs on both sides.

    Raises
    ------
    ValueError
        If there is one group only.

    Examples
    --------
    >>> classes, writers = np.array([0, 1, 0, 1, 0, 1, 0, 1]), np.array([5, 5, 5, 5, 8, 8, 9, 9])
    >>> kept_back = split_by_group(classes, writers, wanted=2, seed=0)
    >>> int(kept_back.sum()), len(set(writers[kept_back]))
    (2, 1)
    """
    if not wanted:
        return np.zeros(len(classes), bool)
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"split: found group, but all {len(groups)} training images are of one group; expected "
            "several, or split: random"
        )
    shown, kinds = np.unique(classes, return_inverse=True)
    counts = np.bincount(members * len(shown) + kinds, minlength=len(names) * len(shown))
    counts = counts.reshape(len(names), len(shown))
    balance = _Balance(counts, wanted)
    order = np.random.default_rng(seed).permutation(len(names))
    while sum(balance.toggle_if_better(group) for group in order) or balance.swap_if_better():
        pass
    balance.complete()
    return balance.inside[members]


class _Balance:
    """The groups on the validation side, and how far its classes are from those wanted.

    Parameters
    ----------
    counts : (groups, classes) int64
        The images of each class by group.
    wanted : int
    """

    def __init__(self, counts: NDArray[np.int64], wanted: int) -> None:
        self.counts, self.total = counts, counts.sum(axis=0)
        self.target = wanted * self.total / self.total.sum()
        self.inside = np.zeros(len(counts), bool)
        self.found = np.zeros_like(self.total)

    def distance(self, found: NDArray[np.int64]) -> Any:
        """Return Σ (v − t)² / t for numbers by class, (…, classes)."""
        return ((found - self.target) ** 2 / self.target).sum(axis=-1)

    def allowed(self, found: NDArray[np.int64]) -> Any:
        """Tell for numbers by class, (…, classes), whether no side loses its last of a class."""
        left = found < self.total
        kept = (found > 0) | (self.found == 0)
        return (left & kept).all(axis=-1)

    def toggle_if_better(self, group: int) -> bool:
        """Move a group to the other side if that brings the classes nearer; tell whether."""
        change = -self.counts[group] if self.inside[group] else self.counts[group]
        after = self.found + change
        better = self.distance(after) < self.distance(self.found) and self.allowed(after)
        if better:
            self._move(group, after)
        return bool(better)

    def swap_if_better(self) -> bool:
        """Let the two groups change places that bring the classes nearest; tell whether any did."""
        inside, outside = np.flatnonzero(self.inside), np.flatnonzero(~self.inside)
        if len(inside) * len(outside) * len(self.total) > MOST_SWAPS:
            return False
        after = self.found - self.counts[inside, None] + self.counts[outside]
        costs = np.where(self.allowed(after), self.distance(after), np.inf)
        if not costs.size or costs.min() >= self.distance(self.found):
            return False
        out, into = np.unravel_index(costs.argmin(), costs.shape)
        self._move(int(inside[out]), after[out, into])
        self._move(int(outside[into]), after[out, into])
        return True

    def complete(self) -> None:
        """Add a group for each class that validation lacks, if training can spare one."""
        for kind in np.flatnonzero(self.found == 0):
            if self.found[kind]:
                continue  # another's group brought it
            after = self.found + self.counts
            possible = ~self.inside & (self.counts[:, kind] > 0) & self.allowed(after)
            if possible.any():
                costs = np.where(possible, self.distance(after), np.inf)
                best = int(costs.argmin())
                self._move(best, after[best])

    def _move(self, group: int, after: NDArray[np.int64]) -> None:
        self.inside[group], self.found = not self.inside[group], after


def split_warnings(
    classes: NDArray[np.int64],
    kept_back: NDArray[np.bool_],
    names: Sequence[str],
    settings: Preparation,
) -> Iterator[str]:
    """Yield a line where whole groups did not allow what was wanted of a validation split."""
    if settings.split != "group" or not settings.validation:
        return
    n, found = len(classes), int(kept_back.sum())
    wanted = settings.validation if settings.validation >= 1 else settings.validation * n
    if abs(found - wanted) > wanted / 10:
        yield (
            f"validation: found no whole groups with about {wanted:,.0f} training images together; "
            f"kept {found:,} back"
        )
    missing = np.setdiff1d(classes, classes[kept_back])
    if len(missing):
        yield (
            "not in the validation images, as each is of one group only or of all: "
            + ", ".join(names[i] for i in missing)
        )
