"""The figure of a sweep shows every point where it belongs; looked at without a display."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.figures.sweep import Panel, settings

NAN = float("nan")
RATE = Panel("learning_rate", [0.1, 0.01, 1.0, 10.0], 0.9, "log")
WIDTH = Panel("hidden", [(64,), (), (64,), (128, 64)], None, None)


def points(line: Any) -> Any:
    return np.asarray(line.get_xydata()).tolist()


def test_a_panel_shows_points_medians_the_best_and_what_diverged() -> None:
    figure = settings([WIDTH, RATE], np.array([0.98, 0.9, 0.8, NAN]), "title")
    rate, width = figure.axes
    assert rate.get_title(loc="left") == "learning_rate: explains 90 %"
    assert width.get_title(loc="left") == "hidden"
    dots, *medians, best, diverged = rate.lines
    assert points(dots) == [[0.1, 0.98], [0.01, 0.9], [1.0, 0.8]]
    assert [points(one)[0][1] for one in medians[:3]] == [0.98, 0.9, 0.8]
    assert np.isnan(points(medians[3])[0][1])
    assert points(best) == [[0.1, 0.98]]
    assert points(diverged) == [[10.0, 0.02]]
    assert diverged.get_label() == "diverged (1)"
    assert rate.get_xscale() == "log"


def test_a_list_has_a_place_for_each_value_and_its_points_lie_side_by_side() -> None:
    figure = settings([WIDTH], np.array([0.98, 0.9, 0.8, 0.7]), "title")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["none", "64", "128, 64"]
    x = [round(place) for place, _ in points(axes.lines[0])]
    assert x == [1, 0, 1, 2]
    assert len({place for place, _ in points(axes.lines[0])}) == 4


@pytest.mark.parametrize("n", [1, 2, 4, 5, 7])
def test_any_number_of_settings_fits_and_long_titles_are_broken(n: int) -> None:
    figure = settings([RATE] * n, np.array([0.98, 0.9, 0.8, 0.7]), "word " * 100)
    assert sum(axes.get_visible() and axes.axison for axes in figure.axes) == n
    figure.draw_without_rendering()  # pytest makes an error of every warning on the way
    assert figure.get_suptitle().count("\n") >= 3


def test_values_of_several_kinds_are_drawn() -> None:
    mixed = Panel("clip_norm", [None, 1.0, None, 5.0], 0.0, None)
    flags = Panel("bias", [True, False, True, True], 0.0, None)
    figure = settings([mixed, flags], np.array([0.98, 0.9, 0.8, 0.7]), "")
    words = [[label.get_text() for label in axes.get_xticklabels()] for axes in figure.axes]
    assert words == [["none", "1", "5"], ["no", "yes"]]
