"""Groups of images, such as writers: numbered, and set aside for the test as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scrawl.data.labelled.parts import Part, natural

LARGEST = int(np.iinfo(np.int32).max)


@dataclass(frozen=True)
class Groups:
    """The groups of all images of a collection.

    Attributes
    ----------
    numbers : (n,) int32
        Of each image, in the order of the parts.
    names : tuple of str
        Of the numbers from 0 on; empty where groups are whole numbers already.
    """

    numbers: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Groups | None:
        """Return the groups of all parts, numbered together; None if none were asked for.

        Raises
        ------
        ValueError
            If an image has none.
        """
        if any(part.groups is None for part in parts):
            return None
        texts = np.concatenate([np.asarray(part.groups).astype(str) for part in parts])
        if len(without := np.flatnonzero((texts == "") | (texts == "None"))):
            raise ValueError(
                f"{parts[0].name}: found no group of {len(without):,} images, the first of them "
                f"image {without[0]}, expected one of each"
            )
        found, places = np.unique(texts, return_inverse=True)
        if all(name.isdecimal() and int(name) <= LARGEST for name in found):
            return cls(found.astype(np.int64).astype(np.int32)[places], ())
        order = sorted(range(len(found)), key=lambda place: natural(str(found[place])))
        rank = np.empty(len(found), np.int32)
        rank[order] = np.arange(len(found))
        return cls(rank[places], tuple(str(found[place]) for place in order))

    def held_out(
        self, indices: NDArray[np.int64], share: float, seed: int, where: str
    ) -> NDArray[np.bool_]:
        """Choose test images (n,): whole groups, with about the same share of each class (n,).

        Raises
        ------
        ValueError
            If there is one group only.
        """
        if len(np.unique(self.numbers)) < 2:
            raise ValueError(
                f"{where}: found one group only, expected two or more: to learn from and to test; "
                "leave --groups out, or bring test images"
            )
        from scrawl.data.groups import (
            split_by_group,
        )  # here: few imports hold groups out, with HDF5

        wanted = max(round(share * len(indices)), 1)
        chosen = split_by_group(indices, self.numbers.astype(np.int64), wanted, seed)
        if not chosen.any():  # no group is near enough to what was wanted: the smallest one
            names, sizes = np.unique(self.numbers, return_counts=True)
            chosen = self.numbers == names[sizes.argmin()]
        return chosen
