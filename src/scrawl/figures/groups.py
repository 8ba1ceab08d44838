"""The figure of groups of images, such as writers: accuracy against the number of images."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from scrawl.figures.style import COLOURS, style
from scrawl.results.group_table import GroupTable, limits

# Of groups that are no harder than others, such shares lie below each line.
BEYOND = {0.025: "--", 0.001: "-"}
MOST_NAMED = 8


def groups(table: GroupTable, experiment: str) -> Figure:
    """Draw a point for each group, and lines that chance alone seldom leaves: a funnel plot.

    Parameters
    ----------
    table : GroupTable
    experiment : str

    References
    ----------
    D. J. Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in
    Medicine 24 (2005) 1185-1202.
    """
    often = max(BEYOND)
    hard = table.chance < often
    title = (
        f"{experiment}: {hard.sum()} of {len(hard):,} groups are below the line of 1 in "
        f"{1 / often:.0f}; chance alone brings {often * len(hard):.1f} there"
    )
    with style((), title) as (title,):
        figure = Figure(figsize=(8, 5))
        axes = figure.subplots()
        sizes = np.linspace(max(table.images.min(), 1), table.images.max(), 300)
        for share, line in BEYOND.items():
            label = f"below by chance: 1 of {1 / share:,.0f}"
            axes.plot(sizes, limits(sizes, table.mean, share), line, color="0.5", lw=1, label=label)
        axes.axhline(table.mean, color="0.5", lw=0.8, ls=":", label=f"all: {table.mean:.2%}")
        for chosen, colour in ((~hard, COLOURS[0]), (hard, COLOURS[1])):
            place = table.images[chosen], table.accuracy[chosen]
            axes.scatter(*place, s=14, color=colour, alpha=0.7, linewidths=0)
        for i in np.flatnonzero(hard)[:MOST_NAMED]:
            place = table.images[i], table.accuracy[i]
            axes.annotate(f"{table.groups[i]}", place, (4, -4), textcoords="offset points", size=8)
        axes.set(title=title, xlabel="images of the group", ylabel="accuracy")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(axis="y")
        axes.legend(loc="lower right")
    return figure
