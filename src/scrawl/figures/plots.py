"""Figures of a dataset and its experiments: samples, learning curves, accuracies, mistakes.

Each function takes arrays and returns a matplotlib figure; `style.save` writes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from scrawl.figures.formatting import percent
from scrawl.figures.pictures import as_pictures
from scrawl.figures.style import accuracy_scale, look, loss_scale, say, shortened, style, wrapped
from scrawl.results.metrics import wilson_interval
from scrawl.results.runs import History, by_epoch

Floats = NDArray[np.float64]

PER_CLASS = 10  # images in a row of `classes`
MOST_ROWS = 32  # rows of `classes` before the next column is begun
MOST_CLASSES = 3 * MOST_ROWS
MISTAKES_A_ROW = 6


def mosaic(rows: Sequence[NDArray[Any]], columns: int, blank: float = 1.0) -> Floats:
    """Lay out pictures on one white sheet: one image draws far faster than hundreds.

    Parameters
    ----------
    rows : sequence of (≤ columns, h, w) or (≤ columns, h, w, 3) float32
        The pictures of each row, all of one size; a short row ends in white.
    columns : int
        How many pictures fit into a row.
    blank : float
        What the sheet is; 1 is white.

    Returns
    -------
    (len(rows) * H, columns * W) or (len(rows) * H, columns * W, 3) float64
        H and W are h and w with a margin on each side.
    """
    height, width, *channels = rows[0].shape[1:]
    margin = max(1, width // 28)
    shape = (len(rows), height + 2 * margin, columns, width + 2 * margin, *channels)
    sheet = np.full(shape, blank)
    for cells, row in zip(sheet, rows, strict=True):
        cells[margin:-margin, : len(row), margin:-margin] = np.moveaxis(row, 0, 1)
    return sheet.reshape(len(rows) * sheet.shape[1], columns * sheet.shape[3], *channels)


def show_picture(axes: Axes, picture: NDArray[Any]) -> None:
    """Draw brightnesses, each pixel as a crisp square, without a frame."""
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xticks=[], yticks=[])


def centres(length: int, count: int) -> Floats:
    """Return the centres of `count` equal cells that share `length` pixels."""
    return np.linspace(0, length, 2 * count + 1)[1::2] - 0.5


def samples(
    images: NDArray[Any],
    labels: NDArray[Any],
    class_names: Sequence[str],
    on_paper: bool = True,
) -> Figure:
    """Draw images in a row, in the order given, under their labels.

    Parameters
    ----------
    images : (n, h, w), (n, h, w, 3) or (n, w)
        A few images, such as the first ten.
    labels : (n,) integers
        Their class indices.
    class_names : sequence of str, (classes,)
        Broken into lines where they are long.
    on_paper : bool
        As for `as_pictures`.
    """
    pictures = as_pictures(images, on_paper)
    n, height, width = pictures.shape[:3]
    with style(class_names) as names:
        figure = Figure(figsize=(n, 0.5 + height / width))
        axes = figure.subplots()
        sheet = mosaic([pictures], n)
        show_picture(axes, sheet)
        axes.xaxis.tick_top()
        # 11 letters are about as wide as a picture.
        axes.set_xticks(centres(sheet.shape[1], n), [fill(names[label], 11) for label in labels])
    return figure


def classes(
    images: NDArray[Any],
    labels: NDArray[Any],
    class_names: Sequence[str],
    on_paper: bool = True,
) -> Figure:
    """Draw the first ten images of every class, a class a row.

    Parameters
    ----------
    images : (n, h, w), (n, h, w, 3) or (n, w)
        At least one image.
    labels : (n,) integers
        Their class indices; a class without an image keeps its empty row.
    class_names : sequence of str, (classes,)
        Beyond 32 classes the rows go on in a further column; 96 classes are shown at most.
    on_paper : bool
        As for `as_pictures`.
    """
    shown = class_names[:MOST_CLASSES]
    first = first_ten_of_each(labels, len(shown))
    # All that is shown is scaled together, so that brightnesses can be compared.
    pictures = as_pictures(images[first], on_paper)
    counts = np.bincount(labels[first], minlength=len(shown))
    rows = np.split(pictures, np.cumsum(counts)[:-1])
    columns = math.ceil(len(rows) / MOST_ROWS)
    tall = math.ceil(len(rows) / columns)
    rows += [pictures[:0]] * (columns * tall - len(rows))
    height, width = pictures.shape[1:3]
    with style([shortened(name, 20) for name in shown]) as names:
        room = 0.9 + 0.12 * max(map(len, names))  # inch, for the names
        figure = Figure(figsize=(columns * (4.2 + room), 0.2 + tall * 0.42 * height / width))
        for column, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
            part = slice(column * tall, (column + 1) * tall)
            sheet = mosaic(rows[part], PER_CLASS)
            show_picture(axes, sheet)
            here = names[part]
            axes.set_yticks(centres(len(sheet), tall)[: len(here)], here)
        if len(shown) < len(class_names):
            figure.suptitle(f"the first {len(shown)} of {len(class_names):,} classes")
    return figure


def first_ten_of_each(labels: NDArray[Any], classes: int) -> NDArray[np.intp]:
    """Return the positions of the first ten images of each class, class by class.

    >>> first_ten_of_each(np.array([1, 0, 1]), 2)
    array([1, 0, 2])
    """
    shown = range(min(classes, MOST_CLASSES))
    members = [np.flatnonzero(labels == label)[:PER_CLASS] for label in shown]
    return np.concatenate(members)


def curves(experiments: Mapping[str, Sequence[History]]) -> Figure:
    """Draw learning curves: training loss and validation accuracy against the epoch.

    Parameters
    ----------
    experiments : mapping of str to sequence of histories
        By name, a history for each random seed: (epochs,) float64 arrays "epoch", "loss" and
        "validation_accuracy" (nan without validation). A line is the mean of the seeds that
        reached the epoch, its band goes from the lowest to the highest of them.
    """
    panels = {
        "loss": "Training loss (each experiment’s own)",
        "validation_accuracy": "Validation accuracy",
    }
    with style(list(experiments)) as names:
        figure = Figure(figsize=(11, max(4.5, 1 + 0.215 * len(names))))
        loss, accuracy = figure.subplots(1, 2)
        for axes, (column, title) in zip((loss, accuracy), panels.items(), strict=True):
            axes.set(title=title, xlabel="epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.grid()
            lines = [
                draw_curve(axes, look(i), *by_epoch(histories, column))
                for i, histories in enumerate(experiments.values())
            ]
        if np.isfinite(loss.dataLim.intervaly).all():
            loss_scale(loss)
        else:
            say(loss, "Nothing was trained.")
        if np.isfinite(accuracy.dataLim.intervaly).all():
            accuracy_scale(accuracy.yaxis)
        else:
            say(accuracy, "Nothing was validated.")
        key = "line: mean of the seeds\nband: lowest to highest"
        figure.legend(lines, names, loc="outside right upper", title=key, alignment="left")
    return figure


def draw_curve(
    axes: Axes, looks: dict[str, Any], epochs: Floats, mean: Floats, low: Floats, high: Floats
) -> Any:
    """Draw one experiment and return its line, which is empty where there are no values."""
    axes.fill_between(epochs, low, high, color=looks["color"], alpha=0.15, linewidth=0)
    return axes.plot(epochs, mean, markevery=max(1, len(epochs) // 8), **looks)[0]


def accuracies(
    experiments: Mapping[str, Sequence[float]], n: int, baseline: tuple[str, float]
) -> Figure:
    """Draw the test accuracy of every experiment, the best on top.

    Dots are the seeds, so their spread is seen. The interval shows what they cannot: how far
    another test set of this size could move the mean. Its n is that of one test set, since seeds
    that answer the same n questions do not make them more.

    Parameters
    ----------
    experiments : mapping of str to sequence of float
        By name, the test accuracy of each random seed. Their order decides their colours.
    n : int
        How many examples the test split holds.
    baseline : (str, float)
        The class commonest in training and the accuracy of always answering it.
    """
    order = sorted(experiments, key=lambda name: (-float(np.mean(experiments[name])), name))
    with style([*order, baseline[0]]) as (*names, baseline_name):
        figure = Figure(figsize=(9, 1.4 + 0.27 * len(order)))
        axes = figure.subplots()
        places = {name: place for place, name in enumerate(experiments)}
        for y, name in enumerate(order):
            draw_accuracy(axes, y, experiments[name], n, look(places[name])["color"])
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        accuracy_scale(axes.xaxis)
        if axes.get_xlim()[0] <= baseline[1] <= axes.get_xlim()[1]:
            axes.axvline(baseline[1], color="0.4", linestyle=":")
        axes.set_xlabel(
            f"test accuracy (always answering “{baseline_name}” scores {percent(baseline[1])})"
        )
        axes.grid(axis="x")
        key = (f"95 % interval of the mean (Wilson, n = {n:,})", "mean", "one seed")
        legend = figure.legend(axes.lines[:3], key, loc="outside upper left", ncols=3)
        for line in legend.get_lines():  # what they mean holds for all colours
            line.set_color("0.3")
    return figure


def draw_accuracy(axes: Axes, y: int, seeds: Sequence[float], n: int, colour: str) -> None:
    """Draw the row of one experiment: interval, mean, seeds, and the mean in figures."""
    mean = float(np.mean(seeds))
    interval = wilson_interval(mean * n, n)
    axes.plot(interval, [y, y], color=colour, alpha=0.35, linewidth=5, solid_capstyle="butt")
    axes.plot(mean, y, "|", color=colour, markersize=13, markeredgewidth=2)
    axes.plot(seeds, [y] * len(seeds), "o", color=colour, markersize=4, markerfacecolor="none")
    words = percent(mean) + f" ({len(seeds)} seeds)" * (len(seeds) > 1)
    axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center")


def mistakes(
    images: NDArray[Any],
    labels: NDArray[Any],
    predicted: NDArray[Any],
    confidences: NDArray[Any],
    class_names: Sequence[str],
    title: str,
    on_paper: bool = True,
) -> Figure:
    """Draw misclassified images, in the order given.

    Parameters
    ----------
    images : (n, h, w), (n, h, w, 3) or (n, w)
        May be empty, as for a perfect network: the figure then says so.
    labels, predicted : (n,) integers
        What each image is and what it was taken for.
    confidences : (n,) float
        The network's output for the class that it predicted.
    class_names : sequence of str, (classes,)
    title : str
        Whose mistakes these are.
    on_paper : bool
        As for `as_pictures`.
    """
    pictures = as_pictures(images, on_paper)
    rows = max(1, math.ceil(len(pictures) / MISTAKES_A_ROW))
    height, width = pictures.shape[1:3]
    with style(class_names, title) as (*names, title):
        short = [shortened(name, 24) for name in names]
        words = [
            fill(f"{short[label]} → {short[answer]}", 16)
            for label, answer in zip(labels, predicted, strict=True)
        ]
        lines = 1 + max((answer.count("\n") for answer in words), default=0)
        tall = 0.24 + 0.16 * lines + 1.4 * height / width
        figure = Figure(figsize=(9, 0.4 + rows * tall))
        figure.suptitle(wrapped(title, 8.5))
        for i, axes in enumerate(figure.subplots(rows, MISTAKES_A_ROW, squeeze=False).flat):
            axes.set_axis_off()
            if i < len(pictures):
                show_picture(axes, pictures[i])
                axes.set_title(f"{words[i]}\n{confidences[i]:.3f}", loc="center", size=10)
        if not len(pictures):
            figure.text(0.5, 0.5, "There are none.", ha="center", color="0.3")
    return figure
