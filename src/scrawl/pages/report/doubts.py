"""The section on doubtful images: those that look mislabelled, and those in both sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scrawl.pages.report.data import Data
from scrawl.results.doubts_table import Doubt

MOST_PAIRS = 20  # images in both training and test set


def check(path: Path, doubts: Sequence[Doubt], data: Data) -> None:
    """Refuse a table of other images.

    Raises
    ------
    ValueError
        Naming the first image whose label is another one.
    """
    names = data.dataset.class_names
    for doubt in doubts:
        labels = data.labels.get(doubt.split, ())
        there = 0 <= doubt.image < len(labels)
        found = names[int(labels[doubt.image])] if there else "no such image"
        if found != doubt.label:
            raise ValueError(
                f"{path}: has {doubt.split} image {doubt.image} with the label {doubt.label}, but "
                f"{data.path} has {found}; make it again of this file with `scrawl doubts`"
            )


def section(doubts: Sequence[Doubt], data: Data, most: int) -> dict[str, Any]:
    """Return what the section shows.

    Parameters
    ----------
    doubts : sequence of Doubt
    data : Data
    most : int
        Images that look mislabelled to show.

    Returns
    -------
    dict
        `mislabelled`, rows of the training set, and their `total`; `pairs`, rows of the test set
        with a twin, and how many are `shared`; `n`, the number of training images.
    """
    mislabelled = [doubt for doubt in doubts if doubt.split == "train" and doubt.suggested]
    pairs = [doubt for doubt in doubts if doubt.split == "test" and doubt.twin is not None]
    return {
        "mislabelled": mislabelled[:most],
        "total": len(mislabelled),
        "pairs": pairs[:MOST_PAIRS],
        "shared": len(pairs),
        "n": len(data.labels["train"]),
    }


def shown(found: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield split and number of each image in the section."""
    for doubt in (*found["mislabelled"], *found["pairs"]):
        yield doubt.split, doubt.image
