"""Comparisons name the first number that differs, and the pattern of the differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.exercises.judging import Wrong, agree, same_number

EXPECTED = np.array([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]])


def verdict(got: Any, expected: Any = EXPECTED, dtype: Any = np.float64) -> Wrong:
    with pytest.raises(Wrong) as caught:
        agree("outputs", got, expected, dtype, "look")
    return caught.value


def changed(*places: tuple[int, int]) -> Any:
    got = EXPECTED.copy()
    for place in places:
        got[place] += 0.25
    return got


def test_equal_arrays_agree_and_differences_of_rounding_do_not_count() -> None:
    agree("outputs", EXPECTED.copy(), EXPECTED, np.float64, "")
    agree("outputs", EXPECTED + 1e-13, EXPECTED, np.float64, "")
    agree("outputs", np.float32(EXPECTED) + np.float32(2e-6), EXPECTED, np.float32, "")


def test_the_first_difference_is_the_first_row_by_row() -> None:
    wrong = verdict(changed((1, 1), (2, 0)))
    assert wrong.message == (
        "outputs, image 1, unit 1: expected 5, got 5.25; 2 of 6 numbers differ, this is the first"
    )
    assert wrong.where == {"what": "outputs", "image": 1, "unit": 1}
    assert (wrong.expected, wrong.got, wrong.hint) == (5.0, 5.25, "look")


def test_numbers_are_shown_with_the_digits_that_tell_them_apart() -> None:
    assert "expected 1, got 1.0000001;" in verdict(EXPECTED + np.array([[1e-7, 0]])).message


def test_a_number_that_is_not_finite_differs_from_every_number() -> None:
    for number in (np.nan, np.inf, -np.inf):
        got = EXPECTED.copy()
        got[2, 1] = number
        assert f"image 2, unit 1: expected 11, got {number}" in verdict(got).message


@pytest.mark.parametrize(
    ("got", "clue"),
    [
        (-EXPECTED, "every number is the expected one with the opposite sign"),
        (EXPECTED / 4, "every number is 0.25 times the expected one"),
        (EXPECTED + np.array([0.5, -1.0]), "the difference is the same for every image"),
        (changed((2, 0)), "only the last image is wrong"),
        (EXPECTED[::-1], "the right numbers, in the wrong places"),
        (changed((0, 1), (1, 0)), ""),
    ],
)
def test_the_pattern_of_the_differences_is_a_clue(got: Any, clue: str) -> None:
    assert verdict(got).clue == clue


def test_exchanged_axes_are_seen() -> None:
    square = EXPECTED[:2]
    assert verdict(square.T.copy(), square).clue == "image and unit are exchanged"
    wrong = verdict(EXPECTED.T.copy())
    assert wrong.message == "outputs: expected the shape (3, 2) (image, unit), got (2, 3)"
    assert wrong.clue == "the axes are in the opposite order"


def test_images_that_are_missing_are_named() -> None:
    assert verdict(EXPECTED[:2]).clue == "there is nothing for image 2"


def test_the_type_of_the_numbers_counts() -> None:
    wrong = verdict(EXPECTED, dtype=np.float32)
    assert wrong.message == "outputs: expected (3, 2) float32, got (3, 2) float64"


def test_a_single_number_may_be_of_python_or_of_numpy() -> None:
    for number in (0.5, np.array(0.5), np.array(0.5, np.float32)):
        same_number("loss", number, 0.5, 1e-9, "")
    with pytest.raises(Wrong, match=r"^loss: expected 0\.5, got 2$") as caught:
        same_number("loss", 2.0, 0.5, 1e-9, "")
    assert caught.value.clue == "it is 4 times the expected one"
