"""The figure of a sweep: validation accuracy against each setting that was varied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from scrawl.figures.formatting import setting_in_words
from scrawl.figures.style import COLOURS, accuracy_scale, style
from scrawl.results.importance import groups

PANELS_A_ROW = 3
# Of the distance between two values of a list: how wide the points of one are spread.
SPREAD = 0.5
LETTERS_AN_INCH = 12
MANY = 200  # points: smaller ones then leave gaps
MEDIAN = "median of neighbours"


@dataclass(frozen=True)
class Panel:
    """The panel of one setting.

    Attributes
    ----------
    name : str
    values : sequence, (n,)
        At each point, as `places_of` tells them apart.
    explained : float or None
        Its share of the ranks' variance.
    scale : str or None
        `linear` or `log` for a range, None for a list of values.
    """

    name: str
    values: Sequence[Any]
    explained: float | None
    scale: str | None


def settings(panels: Sequence[Panel], accuracies: NDArray[np.float64], title: str) -> Figure:
    """Draw the points of a sweep, once for each setting; the one that matters most comes first.

    Parameters
    ----------
    panels : sequence of Panel
        At least one.
    accuracies : (n,) float64
        The validation accuracy at each point, the best first; nan for those that diverged, which
        not all of them may have.
    title : str
        One or more lines.
    """
    panels = sorted(panels, key=lambda panel: -(panel.explained or 0))
    rows = math.ceil(len(panels) / PANELS_A_ROW)
    columns = math.ceil(len(panels) / rows)
    with style((), title):
        width = max(8.0, 3.8 * columns)
        lines = [fill(line, int(LETTERS_AN_INCH * width)) for line in title.splitlines()]
        figure = Figure(figsize=(width, 1.5 + 3 * rows))
        figure.suptitle("\n".join(lines), x=0.01, ha="left", size=11)
        axes = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for i, panel_axes in enumerate(axes.flat):
            if i < len(panels):
                draw(panel_axes, panels[i], accuracies)
            else:
                panel_axes.set_axis_off()
        for leftmost in axes[:, 0]:
            leftmost.set_ylabel("validation accuracy")
        accuracy_scale(axes[0, 0].yaxis)
        handles, words = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, words, loc="outside lower left", ncols=len(words))
    return figure


def draw(axes: Axes, panel: Panel, accuracies: NDArray[np.float64]) -> None:
    """Draw one setting."""
    x = places_of(panel, axes)
    gone = np.isnan(accuracies)
    size = 4 if len(x) <= MANY else 2
    axes.plot(x[~gone], accuracies[~gone], "o", color=COLOURS[5], markersize=size, label="a point")
    group = groups(panel.values)
    for i in range(int(group.max()) + 1):
        ends = x[group == i].min(), x[group == i].max()
        middle = np.median(np.where(gone, -np.inf, accuracies)[group == i])
        # Where half of them diverged the median has no place on the axis.
        middles = [middle, middle] if np.isfinite(middle) else [np.nan, np.nan]
        axes.plot(ends, middles, color=COLOURS[0], linewidth=2, label=MEDIAN if not i else None)
    axes.plot(x[:1], accuracies[:1], "o", color=COLOURS[1], markersize=9, markerfacecolor="none")
    axes.lines[-1].set(markeredgewidth=2, label="the best")
    if gone.any():
        # Below all that have an accuracy.
        foot = np.full(gone.sum(), 0.02)
        axes.plot(x[gone], foot, "x", color=COLOURS[1], transform=axes.get_xaxis_transform())
        axes.lines[-1].set(markersize=5, label=f"diverged ({gone.sum()})", clip_on=False)
    share = "" if panel.explained is None else f": explains {100 * panel.explained:.0f} %"
    axes.set_title(f"{panel.name}{share}")
    axes.grid(axis="y")


def places_of(panel: Panel, axes: Axes) -> NDArray[np.float64]:
    """Set up the horizontal axis and return the positions of the points on it, (n,)."""
    if panel.scale == "log":
        axes.set_xscale("log")
        low, high = min(panel.values), max(panel.values)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if high < 1000 * low else (1,)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if panel.scale:
        if panel.scale == "linear":
            axes.xaxis.set_major_locator(MaxNLocator(5))
        return np.array(panel.values, float)
    distinct = sorted(set(panel.values), key=lambda value: (str(type(value)), value))
    # As long a line as has room beside the others; words of hyphens are broken there.
    letters = max(8, LETTERS_AN_INCH * 3 // len(distinct))
    words = [fill(setting_in_words(value), letters, break_long_words=False) for value in distinct]
    axes.set_xticks(range(len(distinct)), words)
    axes.set_xlim(-0.6, len(distinct) - 0.4)
    axes.tick_params(axis="x", length=0)
    x = np.empty(len(panel.values))
    for place, value in enumerate(distinct):
        (here,) = np.nonzero([known == value for known in panel.values])
        # Side by side in the order of their names, which is none: the best are not all on the left.
        x[here] = place + SPREAD * (golden_places(len(here)) - 0.5)
    return x


def golden_places(n: int) -> NDArray[np.float64]:
    """Return n numbers between 0 and 1 in an order that leaves no gaps: i·φ modulo 1.

    >>> golden_places(3).round(3)
    array([0.5  , 0.118, 0.736])
    """
    golden = 0.6180339887498949
    return np.array([(0.5 + i * golden) % 1 for i in range(n)])
