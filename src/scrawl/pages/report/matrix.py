"""Confusion matrices of the report, with the pairs and the classes that they tell about."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.figures.confusion import (
    MOST_CELLS,
    MOST_NUMBERED,
    most_confused,
    reduced,
    shares_of_rows,
)
from scrawl.figures.pictures import signed_sheet
from scrawl.pages.report.images import ImageAnswers
from scrawl.results.metrics import confusion_matrix, precision, recall
from scrawl.results.predictions import Answers

Floats = NDArray[np.float64]

MOST_PAIRS, PAIRS_BESIDE = 40, 10  # of a heat map, and beside a matrix with numbers
MOST_CLASSES = 100  # in the table of precision and recall
MOST_TICKS, FEW_TICKS = 72, 24  # names beside a heat map: all of them, or some


def mean_confusion(answers: Sequence[Answers]) -> Floats:
    """Return the confusion matrix of the runs of an experiment, the mean over them.

    A sum would count each test image once for each seed.
    """
    classes = len(answers[0].class_names)
    matrices = [confusion_matrix(run.labels, run.predicted, classes) for run in answers]
    mean: Floats = np.mean(matrices, axis=0, dtype=np.float64)
    return mean


def confusion(counts: Floats) -> dict[str, Any]:
    """Return a confusion matrix: its cells or, of many classes, a heat map; and confused pairs."""
    classes, totals = len(counts), counts.sum(axis=1).tolist()
    many = classes > MOST_NUMBERED
    pairs = [
        (label, answer, number, totals[label], depth(number / totals[label]))
        for label, answer, number in most_confused(counts, MOST_PAIRS if many else PAIRS_BESIDE)
    ]
    if not many:
        return {"confusion": matrix(counts), "heat": None, "pairs": pairs}
    depths = np.sqrt(reduced(shares_of_rows(counts), MOST_CELLS))
    step = 1 if classes <= MOST_TICKS else math.ceil(classes / FEW_TICKS)
    heat = {
        "sheet": signed_sheet(-depths[None]),
        "ticks": [((place + 0.5) / classes, place) for place in range(0, classes, step)],
    }
    return {"confusion": None, "heat": heat, "pairs": pairs}


def opened(counts: Floats) -> set[tuple[int, int]] | None:
    """Return the cells that can be opened, or None for all of them."""
    if len(counts) <= MOST_NUMBERED:
        return None
    return {(label, answer) for label, answer, _ in most_confused(counts, MOST_PAIRS)}


def matrix(counts: Floats) -> list[list[dict[str, Any]]]:
    """Return a confusion matrix's cells: each count, its share of the row, and the colour's depth.

    >>> matrix(np.array([[3.0, 1.0], [0.0, 0.0]]))[0][1]
    {'count': 1.0, 'share': 0.25, 'depth': 50}
    """
    shares = shares_of_rows(counts)
    return [
        [
            {"count": number, "share": share, "depth": depth(share)}
            for number, share in zip(*row, strict=True)
        ]
        for row in zip(counts.tolist(), shares.tolist(), strict=True)
    ]


def depth(share: float) -> int:
    """Return how deep the colour of a cell is, in per cent: the root brings out the mistakes."""
    return round(100 * math.sqrt(share))


def classes(counts: Floats) -> dict[str, Any]:
    """Return precision, recall and F1 of each class, or of the worst of many.

    F1 = 2·TP / (2·TP + FP + FN) is the harmonic mean of precision and recall; it is None for a
    class that neither occurs nor is answered.
    """
    right, occurs, answered = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)
    together = occurs + answered
    f1 = np.divide(2 * right, together, np.full(len(counts), np.nan), where=together > 0)
    columns = {"precision": precision(counts), "recall": recall(counts), "f1": f1}
    order = np.argsort(np.nan_to_num(f1, nan=2), kind="stable")[:MOST_CLASSES]
    shown = sorted(order.tolist()) if len(counts) <= MOST_CLASSES else order.tolist()
    rows = [
        {
            "place": place,
            "n": float(occurs[place]),
            **{
                name: None if math.isnan(values[place]) else float(values[place])
                for name, values in columns.items()
            },
        }
        for place in shown
    ]
    means = {
        name: float(np.nanmean(values)) if np.isfinite(values).any() else None
        for name, values in columns.items()
    }
    return {"rows": rows, "means": means, "all": len(counts)}


def entries(rows: ImageAnswers, slots: Mapping[int, int]) -> list[list[Any]]:
    """Return each row as the page's script takes it: place, image, label and so on."""
    columns = (rows.image, rows.label, rows.answer, rows.seeds, rows.confidence.round(3))
    values = zip(*(column.tolist() for column in columns), strict=True)
    return [[slots[image], image, *others] for image, *others in values]


def cells(
    all_rows: ImageAnswers,
    rows: ImageAnswers,
    slots: Mapping[int, int],
    some: Container[tuple[int, int]] | None = None,
) -> dict[str, list[Any]]:
    """Return, by "label-answer", how many images a cell has, then those that it opens.

    Of `some` cells only, where these are given.
    """
    counts = Counter(zip(all_rows.label.tolist(), all_rows.answer.tolist(), strict=True))
    found: dict[tuple[int, int], list[Any]] = {
        cell: [n] for cell, n in counts.items() if some is None or cell in some
    }
    for place, image, label, answer, *others in entries(rows, slots):
        if (label, answer) in found:
            found[label, answer].append([place, image, *others])
    return {f"{label}-{answer}": images for (label, answer), images in found.items()}
