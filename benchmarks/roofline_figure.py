"""The roofline of this machine with the networks' training steps, and where their time goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from benchmarks.roofline import PARTS
from scrawl.figures.style import COLOURS, MARKERS, style

Tables = Mapping[str, Mapping[str, Any]]


def draw(tables: Tables) -> Figure:
    """Draw `roofline-roofs`, `roofline-work` and `roofline`, as read from their files."""
    with style([]):
        figure = Figure(figsize=(9, 8))
        above, below = figure.subplots(2, 1, height_ratios=(3, 2))
        draw_roofs(above, tables)
        draw_times(below, tables)
    return figure


def cells(tables: Tables, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table, each by its columns."""
    table = tables[name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def draw_roofs(axes: Axes, tables: Tables) -> None:
    """Draw what processor and memory allow, and each step: as counted, and as it is computed."""
    _, peak, memory, cache = (row["portable"] for row in cells(tables, "roofline-roofs"))
    x = np.geomspace(0.3, 2000, 200)
    axes.plot(x, np.minimum(peak, memory * x), color="0.2", label="bytes from memory")
    axes.plot(x, np.minimum(peak, cache * x), "--", color="0.5", label="bytes from the cache")
    speeds = [row for row in cells(tables, "roofline") if row["arithmetic"] == "portable"]
    for i, (work, speed) in enumerate(zip(cells(tables, "roofline-work"), speeds, strict=True)):
        least, moved = work["operations a byte at least moved"], work["a byte moved"]
        look: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i]}
        axes.plot([moved, least], [speed["GFLOP/s"]] * 2, ":", color=COLOURS[i])
        axes.plot(moved, speed["GFLOP/s"], **look, markerfacecolor="white")
        axes.plot(least, speed["GFLOP/s"], **look, linestyle="", label=work["network, batch"])
    axes.set(xscale="log", yscale="log", xlim=(0.3, 2000))
    axes.set_title("Training steps below their roofs, one thread")
    axes.set_xlabel("operations a byte (filled: least to move; hollow: moved)")
    axes.set_ylabel("GFLOP/s of matrix products")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.legend(loc="lower right", fontsize=8)


def draw_times(axes: Axes, tables: Tables) -> None:
    """Draw what takes the time of a step, portable arithmetic above the processor's own."""
    rows = sorted(cells(tables, "roofline"), key=lambda row: row["arithmetic"], reverse=True)
    cases = [row["network, batch"] for row in cells(tables, "roofline-work")]
    rows.sort(key=lambda row: cases.index(row["network, batch"]))
    left = np.zeros(len(rows))
    for part, colour in zip(PARTS, COLOURS, strict=False):
        widths = np.array([max(0.0, row[part]) for row in rows])
        axes.barh(range(len(rows)), widths, left=left, color=colour, label=part.removesuffix(", %"))
        left += widths
    axes.set_yticks(range(len(rows)), [f"{r['network, batch']}, {r['arithmetic']}" for r in rows])
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="% of the time of a step")
    axes.set_title("Where the time goes")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
