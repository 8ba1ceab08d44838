"""Line charts as SVG coordinates, which a template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.figures.axes import Scale

Floats = NDArray[np.float64]

# In units of the SVG, which are about the pixels of a phone: letters keep a legible size.
WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 382, 22, 214


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes
    ----------
    name : str
    x, y : (n,) float64
    band : two of (n,) float64, optional
        From where to where values go, around the line.
    look : int, optional
        Decides colour and dashes; by default the line's place among the others. An experiment has
        one look everywhere, as in the figures.
    """

    name: str
    x: Floats
    y: Floats
    band: tuple[Floats, Floats] | None = None
    look: int | None = None


@dataclass(frozen=True)
class Chart:
    """A chart in the units of the SVG.

    Attributes
    ----------
    title, x_name, y_name : str
    x_ticks, y_ticks : list of (float, str)
        Places with words.
    lines : list of dict
        Each with `name`, `look`, `path`, `band` and `dots`.
    readings : list of (float, list of str)
        For each x that a pointer may come near: its place, and what to say there.
    bars : list of (float, float, float)
        Left, width and height of bars that stand on the axis.
    diagonal : str
        A path that shows where x = y, or nothing.
    """

    title: str
    x_name: str
    y_name: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    lines: list[dict[str, Any]]
    readings: list[tuple[float, list[str]]]
    bars: list[tuple[float, float, float]] = field(default_factory=list)
    diagonal: str = ""


def chart(title: str, x_name: str, y_name: str, lines: Sequence[Line], x: Scale, y: Scale) -> Chart:
    """Lay out lines.

    Parameters
    ----------
    title, x_name, y_name : str
    lines : sequence of Line
        Each keeps its place in the order, and so its look, even where it is empty.
    x, y : Scale
    """
    drawn = [
        {
            "name": line.name,
            "look": place if line.look is None else line.look,
            "path": path(across(x, line.x), upward(y, line.y)),
            "band": outline(x, y, line),
            "dots": list(zip(across(x, line.x), upward(y, line.y), strict=True)),
        }
        for place, line in enumerate(lines)
    ]
    return Chart(
        title,
        x_name,
        y_name,
        [(place, x.words(tick)) for place, tick in zip(across(x, x.ticks), x.ticks, strict=True)],
        [(place, y.words(tick)) for place, tick in zip(upward(y, y.ticks), y.ticks, strict=True)],
        drawn,
        readings(x_name, lines, x, y),
    )


def across(scale: Scale, values: Floats | Sequence[float]) -> list[float]:
    """Return the horizontal positions of values."""
    return [round(float(p), 1) for p in LEFT + (RIGHT - LEFT) * scale.at(values)]


def upward(scale: Scale, values: Floats | Sequence[float]) -> list[float]:
    """Return the vertical positions of values; an SVG counts from the top."""
    return [round(float(p), 1) for p in BOTTOM - (BOTTOM - TOP) * scale.at(values)]


def path(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Return the line through some points as an SVG path.

    >>> path([0, 1.5], [2, 3])
    'M0 2L1.5 3'
    """
    points = (f"{x:g} {y:g}" for x, y in zip(xs, ys, strict=True))
    return "M" + "L".join(points) if len(xs) else ""


def outline(x: Scale, y: Scale, line: Line) -> str:
    """Return the outline of the band around a line."""
    if line.band is None or not len(line.x):
        return ""
    places, lows, highs = across(x, line.x), *(upward(y, ends) for ends in line.band)
    return path(places + places[::-1], highs + lows[::-1]) + "Z"


def readings(
    x_name: str, lines: Sequence[Line], x: Scale, y: Scale
) -> list[tuple[float, list[str]]]:
    """Return the values of all lines at each x, in words."""
    values: dict[float, list[str]] = {}
    for line in lines:
        for at, value in zip(line.x.tolist(), line.y.tolist(), strict=True):
            values.setdefault(at, []).append(f"{line.name} {y.words(float(f'{value:.4g}'))}")
    places = sorted(values)
    return [
        (place, [f"{x_name} {x.words(float(f'{at:.4g}'))}", *values[at]])
        for place, at in zip(across(x, places), places, strict=True)
    ]


def bars(lefts: Floats, heights: Floats, scale: Scale) -> list[tuple[float, float, float]]:
    """Return bars of equal width that together fill the axis: left, width and height of each."""
    width = (RIGHT - LEFT) / len(lefts)
    tall = (BOTTOM - TOP) * scale.at(heights)
    return [
        (left, round(width - 1, 1), round(float(height), 1))
        for left, height in zip(across(scale, lefts), tall, strict=True)
    ]
