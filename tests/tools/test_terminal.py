"""Bars, columns and pictures of characters."""

from __future__ import annotations

import numpy as np

from scrawl.tools.terminal import bar, columns, fitting, side_by_side


def test_a_bar_grows_by_eighths_of_a_character() -> None:
    assert [bar(eighths / 16, 2) for eighths in (0, 1, 7, 8, 9, 16)] == [
        "",
        "▏",
        "▉",
        "█",
        "█▏",
        "██",
    ]


def test_a_bar_stays_in_its_place_whatever_the_share() -> None:
    assert (bar(-3.0, 4), bar(7.5, 4)) == ("", "████")


def test_one_of_many_still_has_a_column_and_none_has_none() -> None:
    assert columns(np.array([0, 1, 10_000])) == " ▁█"
    assert columns(np.array([0, 0])) == "  "


def test_pictures_stand_side_by_side_two_rows_a_line() -> None:
    pictures = np.zeros((2, 4, 3))
    pictures[0, :2] = 1
    pictures[1, 2:, 2] = 1
    assert list(side_by_side(pictures)) == ["@@@", "       @"]


def test_a_terminal_that_is_too_narrow_still_gets_one_picture() -> None:
    assert (fitting(28, 20), fitting(28, 57), fitting(28, 58)) == (1, 1, 2)
