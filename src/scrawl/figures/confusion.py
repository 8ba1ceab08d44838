"""Confusion matrices: with a number in each cell, or of many classes as a heat map with pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl.figures.formatting import count
from scrawl.figures.style import say, shortened, style, wrapped

Floats = NDArray[np.float64]
Counts = NDArray[np.int64] | Floats  # of one run, or means of several
Pair = tuple[int, int, float]

MOST_NUMBERED = 30  # classes: cells of 0.45 inch then make a figure of 15 inches
MOST_PAIRS = 20
MOST_CELLS = 400  # a side of a heat map: about as many as it has pixels
MOST_TICKS = 72  # names of 6 points, one to each row of the figure
FEW_TICKS = 24  # of more classes
MOST_LETTERS = 14  # of a name beside a heat map

# The square root brings out the mistakes, a few per mille of a row in a good network.
DEPTH = PowerNorm(0.5, 0, 1)


def confusion(counts: Counts, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix: the depth of blue is the share of the row.

    Up to 30 classes each cell holds its count. Beyond, a heat map of a fixed size stands beside the
    most confused pairs of classes.

    Parameters
    ----------
    counts : (classes, classes)
        Of one run, or the mean of several. Rows are the true classes, columns the predicted ones.
    class_names : sequence of str, (classes,)
    title : str
        What was counted.
    """
    draw = numbered if len(counts) <= MOST_NUMBERED else with_pairs
    return draw(counts, class_names, title)


def numbered(counts: Counts, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix with the count in each cell."""
    shares = shares_of_rows(counts)
    size = max(5, 1.5 + 0.45 * len(counts))  # a cell holds five digits
    with style([shortened(name, 20) for name in class_names], title) as (*names, title):
        figure = Figure(figsize=(size, size))
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", norm=DEPTH)
        for row, column in np.argwhere(counts):
            colour = "white" if shares[row, column] > 0.4 else "black"
            words = axes.text(column, row, in_a_cell(counts[row, column]), color=colour)
            # Inside the axes anyway: measuring thousands of them would only cost time.
            words.set(ha="center", va="center", in_layout=False)
        label(axes, names, range(len(names)), wrapped(title, 0.75 * size))
    return figure


def in_a_cell(number: float) -> str:
    """Return a count, or a mean of counts, in five letters, for which a cell has room.

    >>> in_a_cell(10_000), in_a_cell(52 / 3), in_a_cell(1234.5)
    ('10000', '17.3', '1234')
    """
    return count(number if number < 1000 else round(number)).replace(",", "")


def with_pairs(counts: Counts, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix as a heat map, and the most confused pairs as bars beside it."""
    classes, pairs = len(counts), most_confused(counts, MOST_PAIRS)
    shown = {name for pair in pairs for name in pair[:2]}
    every = range(0, classes, 1 if classes <= MOST_TICKS else math.ceil(classes / FEW_TICKS))
    used = sorted(shown.union(every))  # of 1,623 names only some need a font
    with style([shortened(class_names[i], MOST_LETTERS) for i in used], title) as (*names, title):
        named = dict(zip(used, names, strict=True))
        figure = Figure(figsize=(14, 7.5))
        matrix, bars = figure.subplots(1, 2, width_ratios=(5, 4))
        extent = (-0.5, classes - 0.5, classes - 0.5, -0.5)
        matrix.imshow(
            reduced(shares_of_rows(counts), MOST_CELLS),
            cmap="Blues",
            norm=DEPTH,
            extent=extent,
            interpolation="nearest",
        )
        label(matrix, [named[i] for i in every], every, wrapped(title, 6))
        matrix.tick_params(labelsize=8 if len(every) <= 40 else 6)
        draw_pairs(bars, [(named[a], named[b], n) for a, b, n in pairs], counts, pairs)
    return figure


def label(axes: Axes, names: Sequence[str], places: Sequence[int], title: str) -> None:
    """Label both axes of a matrix: class names, and true or predicted class."""
    most = 3 if len(names) <= MOST_NUMBERED else 1  # letters that fit above a column
    axes.set_xticks(places, names, rotation=90 if max(map(len, names)) > most else 0)
    axes.set_yticks(places, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(title=title, xlabel="predicted class (the darker, the larger its share of the row)")
    axes.set_ylabel("true class")


def draw_pairs(
    axes: Axes,
    words: Sequence[tuple[str, str, float]],
    counts: Counts,
    pairs: Sequence[Pair],
) -> None:
    """Draw a bar for each pair: how many images of the first class were taken for the second."""
    axes.set_title("Most confused pairs")
    if not pairs:
        say(axes, "There are no mistakes.")
        return
    numbers = [n for *_, n in pairs]
    axes.barh(range(len(pairs)), numbers, color="#56B4E9")
    for y, (label_, _, n) in enumerate(pairs):
        axes.text(n, y, f" {count(n)} of {count(counts[label_].sum())}", va="center", size=8)
    axes.set_yticks(range(len(pairs)), [f"{a} → {b}" for a, b, _ in words], size=8)
    axes.set(ylim=(len(pairs) - 0.4, -0.6), xlim=(0, 1.25 * max(numbers)), xlabel="test images")
    axes.tick_params(length=0)


def shares_of_rows(counts: Counts) -> Floats:
    """Return each count as its share of the row; the row of a class that does not occur is 0."""
    shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def most_confused(counts: Counts, most: int) -> list[Pair]:
    """Return true class, predicted class and count of the pairs with most mistakes, largest first.

    >>> most_confused(np.array([[5, 1, 0], [3, 2, 0], [0, 1, 9]]), 2)
    [(1, 0, 3), (0, 1, 1)]
    """
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    largest = np.argsort(-wrong, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(largest, counts.shape)
    found = zip(rows.tolist(), columns.tolist(), wrong.ravel()[largest].tolist(), strict=True)
    return [(row, column, number) for row, column, number in found if number]


def reduced(values: NDArray[Any], most: int) -> NDArray[Any]:
    """Return a square matrix of at most `most` rows: the largest value of each block of cells.

    A mean would let a single mistake among 1,600 classes vanish.

    >>> reduced(np.arange(16).reshape(4, 4), 2)
    array([[ 5,  7],
           [13, 15]])
    """
    block = math.ceil(len(values) / most)
    starts = np.arange(0, len(values), block)
    rows = np.maximum.reduceat(values, starts, axis=0)
    return np.asarray(np.maximum.reduceat(rows, starts, axis=1))
