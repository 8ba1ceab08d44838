"""The report's section on the dataset: its classes, and what is doubtful about it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.data.checks import MOST_CHECKED, Checked, check, rows_at_a_time
from scrawl.figures.pictures import as_pictures, sheet
from scrawl.pages.report.data import Data

MOST_CLASSES = 120  # whose mean images are shown
MOST_NAMES = 5  # of classes in a sentence
BALANCED = 1.5  # times as many images as another class: a chance draw of 30 a class differs so


def dataset(first: Data, data: Sequence[Data]) -> dict[str, Any]:
    """Return the facts of the dataset: its classes with their counts and mean images."""
    names = first.dataset.class_names
    shown = names[:MOST_CLASSES]
    counts = {
        split: np.bincount(labels, minlength=len(names)).tolist()
        for split, labels in first.labels.items()
    }
    means = as_pictures(first.shaped(mean_images(first)[: len(shown)]), first.dataset.on_paper)
    sizes = {split: len(labels) for split, labels in first.labels.items()}
    return {
        "classes": [
            {"name": name, **{split: counts[split][i] for split in counts}}
            for i, name in enumerate(shown)
        ],
        "n_classes": len(names),
        "names": named(names),
        "most": max(counts["train"], default=0),
        "sizes": sizes,
        "total": sum(sizes.values()),
        "shape": " × ".join(map(str, first.dataset.image_shape)),
        "appearance": first.dataset.appearance.words(),
        "warnings": list(dict.fromkeys(words for each in data for words in each.warnings)),
        "checks": [
            *balance(counts["train"], names),
            *absent(counts, names),
            *doubts(check(first.images, first.labels)),
        ],
        "means": sheet(means),
        "made_from": first.made_from,
        "prepared": [
            {
                "normalisation": prepared.dataset.normalisation,
                "offset": prepared.dataset.offset,
                "scale": prepared.dataset.scale,
                "sha256": prepared.sha256,
            }
            for prepared in data
        ],
    }


def named(names: Sequence[str]) -> str:
    """Return some names in a sentence: the first and the last of many.

    >>> named(["ki", "su"]), named([str(i) for i in range(10)])
    ('“ki” and “su”', '“0” to “9”')
    """
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > MOST_NAMES:
        return f"{quoted[0]} to {quoted[-1]}"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def balance(counts: Sequence[int], names: Sequence[str]) -> list[tuple[bool, str]]:
    """Return whether the classes have about as many training images, and in words.

    >>> balance([99, 1, 0], ["a", "b", "c"])[0]
    (False, 'Classes are unbalanced: in training “a” has 99 images, “b” only 1.')
    >>> balance([50, 40], ["a", "b"])[0]
    (True, 'Classes are balanced: 40 to 50 training images each.')
    """
    there = [number for number in counts if number]
    if not there:
        return [(False, "There are no training images.")]
    low, high = min(there), max(there)
    if high <= BALANCED * low:
        each = f"{low:,} to {high:,}" if low < high else f"{low:,}"
        return [(True, f"Classes are balanced: {each} training images each.")]
    most, least = names[counts.index(high)], names[counts.index(low)]
    words = f"in training “{most}” has {high:,} images, “{least}” only {low:,}"
    return [(False, f"Classes are unbalanced: {words}.")]


def absent(counts: Mapping[str, Sequence[int]], names: Sequence[str]) -> list[tuple[bool, str]]:
    """Return a sentence for each split that lacks classes, unless it is empty.

    >>> absent({"train": [5, 0], "test": [0, 0]}, ["a", "b"])
    [(False, 'No training image shows 1 of the 2 classes: “b”.')]
    """
    found = []
    for split, words in {"train": "training", "test": "test"}.items():
        lacking = [name for name, number in zip(names, counts[split], strict=True) if not number]
        if lacking and any(counts[split]):
            some = ", ".join(f"“{name}”" for name in lacking[:MOST_NAMES])
            more = " and others" * (len(lacking) > MOST_NAMES)
            found.append(
                f"No {words} image shows {len(lacking):,} of the {len(names):,} classes: "
                f"{some}{more}."
            )
    return [(False, words) for words in found]


def doubts(found: Checked) -> list[tuple[bool, str]]:
    """Return what the checks of the images found, each with whether it is well."""
    splits = {"train": "training", "validation": "validation", "test": "test"}
    few = " (of the first " + f"{MOST_CHECKED:,} of each split)"
    limited = few if MOST_CHECKED in found.checked.values() else ""
    return [
        sentence("Blank images", listed(found.blank, splits), limited),
        sentence("Images repeated within a split", listed(found.repeated, splits), limited),
        *(
            sentence(
                f"{splits[split].capitalize()} images that are training images, too",
                f"{number:,} of {found.checked[split]:,}" if number else "",
                limited,
            )
            for split, number in found.shared.items()
            if found.checked[split]
        ),
        sentence(
            "Equal images with different labels",
            f"{found.contradictory:,}" if found.contradictory else "",
            limited,
        ),
    ]


def sentence(what: str, found: str, limited: str) -> tuple[bool, str]:
    """Return whether nothing was found, and a sentence.

    >>> sentence("Blank images", "", "")
    (True, 'Blank images: none.')
    """
    return not found, f"{what}{limited}: {found or 'none'}."


def listed(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """Return the counts that are not 0, with the names of their splits."""
    return ", ".join(f"{number:,} in {words[split]}" for split, number in counts.items() if number)


def mean_images(data: Data) -> NDArray[np.float32]:
    """Return the mean training image of each class, (classes, pixels); 0 for an empty class."""
    images, labels = data.images["train"], data.labels["train"]
    classes = len(data.dataset.class_names)
    sums = np.zeros((classes, data.dataset.pixels))
    rows = rows_at_a_time(data.dataset.pixels)
    for start in range(0, len(images), rows):
        members = (labels[start : start + rows] == np.arange(classes)[:, None]).astype(np.float32)
        sums += members @ images[start : start + rows]
    counts = np.bincount(labels, minlength=classes)[:, None]
    return (sums / np.maximum(counts, 1)).astype(np.float32)
