"""Charts: points stand where the axes say, in the units of the SVG."""

from __future__ import annotations

import re

import numpy as np

from scrawl.figures.axes import epochs, plain
from scrawl.pages.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Line, bars, chart


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_the_ends_of_the_axes_are_the_corners_of_the_plot() -> None:
    x, y = np.array([1.0, 2, 3]), np.array([0.0, 5, 10])
    drawn = chart("t", "epoch", "loss", [Line("a", x, y)], epochs(x), plain(y))
    assert points(drawn.lines[0]["path"]) == [
        (LEFT, BOTTOM),
        ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2),
        (RIGHT, TOP),
    ]
    assert drawn.x_ticks == [(LEFT, "1"), ((LEFT + RIGHT) / 2, "2"), (RIGHT, "3")]
    assert 0 < LEFT < RIGHT < WIDTH
    assert 0 < TOP < BOTTOM < HEIGHT


def test_a_band_goes_there_above_and_back_below() -> None:
    x, low, high = np.array([0.0, 1]), np.array([0.0, 0]), np.array([1.0, 0.5])
    drawn = chart("t", "x", "y", [Line("a", x, low, (low, high))], plain(x), plain([0, 1]))
    middle = (TOP + BOTTOM) / 2
    assert points(drawn.lines[0]["band"]) == [
        (LEFT, TOP),
        (RIGHT, middle),
        (RIGHT, BOTTOM),
        (LEFT, BOTTOM),
    ]


def test_readings_tell_every_line_that_has_a_value_there() -> None:
    lines = [
        Line("a", np.array([1.0, 2]), np.array([0.5, 0.25])),
        Line("b", np.array([2.0]), np.array([0.75])),
        Line("c", np.zeros(0), np.zeros(0)),
    ]
    drawn = chart("t", "epoch", "loss", lines, epochs([1, 2]), plain([0, 1]))
    assert drawn.readings == [
        (LEFT, ["epoch 1", "a 0.5"]),
        (RIGHT, ["epoch 2", "a 0.25", "b 0.75"]),
    ]
    assert drawn.lines[2]["path"] == ""


def test_bars_fill_the_axis() -> None:
    found = bars(np.array([0.0, 0.5]), np.array([0.25, 1.0]), plain([0, 1]))
    width = (RIGHT - LEFT) / 2
    assert found == [
        (LEFT, width - 1, (BOTTOM - TOP) / 4 + 0.0),
        (LEFT + width, width - 1, BOTTOM - TOP),
    ]
