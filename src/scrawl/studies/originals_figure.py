"""Figure of the originals: printed numbers beside measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from scrawl.figures.style import COLOURS, style


@dataclass(frozen=True)
class Row:
    """A line of the figure.

    Attributes
    ----------
    label : str
    printed : float
        By the author.
    values : sequence of float
        Measured, one a seed.
    interval : (float, float)
        Where one further run is expected.
    verdict : str
    """

    label: str
    printed: float
    values: Sequence[float]
    interval: tuple[float, float]
    verdict: str


def comparison(accuracies: Sequence[Row], losses: Sequence[Row]) -> Figure:
    """Draw accuracies above and costs below, a line for each number: printed and measured.

    Parameters
    ----------
    accuracies, losses : sequence of Row
        From top to bottom; one of them may be empty.
    """
    panels = [panel for panel in (accuracies, losses) if panel]
    n = sum(map(len, panels))
    with style([row.label for panel in panels for row in panel]):
        figure = Figure(figsize=(10, 1.6 + 0.26 * n))
        heights = [len(panel) + 1.5 for panel in panels]
        axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel_axes, panel in zip(axes, panels, strict=True):
            draw_rows(panel_axes, panel)
            (accuracy_axis if panel is accuracies else loss_axis)(panel_axes, panel)
        key = ("expected of one further run (95 %)", "printed by the author", "measured, one seed")
        figure.legend(axes[0].lines[:3], key, loc="outside upper left", ncols=3)
    return figure


def draw_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the rows of one kind, the first on top."""
    for y, row in enumerate(rows):
        axes.plot(row.interval, [y, y], color=COLOURS[5], linewidth=6, solid_capstyle="butt")
        axes.plot(row.printed, y, "D", color=COLOURS[1], markersize=6)
        seeds = [y] * len(row.values)
        axes.plot(row.values, seeds, "o", color=COLOURS[6], markersize=4, markerfacecolor="none")
        axes.text(1.01, y, row.verdict, transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x")


def accuracy_axis(axes: Axes, rows: Sequence[Row]) -> None:  # noqa: ARG001
    """Set the axis to the range of all accuracies."""
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.set_xlabel("accuracy")


def loss_axis(axes: Axes, rows: Sequence[Row]) -> None:
    """Make the axis logarithmic: the costs fall from 1 to some hundredths."""
    every = [value for row in rows for value in (*row.values, row.printed)]
    axes.set_xscale("log")
    axes.set_xlim(min(every) / 1.3, max(every) * 1.3)
    ticks = [tick for tick in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if min(every) / 1.3 <= tick]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("cost")
