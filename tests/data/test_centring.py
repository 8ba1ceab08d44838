"""Drawings are scaled and placed as MNIST's images are, in fields of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scrawl.data.centring import centre


def centre_of_mass(image: NDArray[np.float64]) -> list[float]:
    """Return the centre (row, column) of an image, in pixel numbers from 0."""
    rows, columns = np.indices(image.shape)
    return [float((image * places).sum() / image.sum()) for places in (rows, columns)]


def test_a_square_fills_the_box_and_sits_in_the_middle() -> None:
    drawing = np.zeros((100, 300))
    drawing[30:70, 200:240] = 3.0
    expected = np.zeros((28, 28))
    # Its centre is 9.5 pixels from its first one: 14 - 9.5 rounds to the even 4.
    expected[4:24, 4:24] = 3.0
    np.testing.assert_allclose(centre(drawing), expected, atol=1e-12)


def test_a_single_pixel_becomes_the_box() -> None:
    drawing = np.zeros((9, 9))
    drawing[0, 8] = 1.0
    assert np.isclose(centre(drawing), 1.0).sum() == 400


def test_a_heavy_end_is_drawn_to_the_centre() -> None:
    # A box of 20 by 20 whose rows weigh 20 (the first 4) and 1 (the 16 below, in column 0).
    drawing = np.zeros((20, 20))
    drawing[:4] = 1.0
    drawing[4:, 0] = 1.0
    # Rows: (20 (0 + 1 + 2 + 3) + (4 + … + 19)) / 96 = 3.17; columns: 4 (0 + … + 19) / 96 = 7.92.
    # Down by 14 - 3.17, about 11, would leave the field: by 8 at most. Right by 6.
    image = centre(drawing)
    np.testing.assert_allclose(image[8:, 6:26], drawing, atol=1e-12)
    assert image.sum() == pytest.approx(96)


@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 9),
)
def test_any_drawing_is_centred_within_half_a_pixel_or_stopped_by_the_edge(
    seed: int, h: int, w: int, margin: int
) -> None:
    drawing = np.random.default_rng(seed).uniform(0.1, 1.0, (h, w))
    image = centre(np.pad(drawing, margin))
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert image.max() <= drawing.max() + 1e-12
    for position, lit in zip(centre_of_mass(image), (rows, columns), strict=True):
        assert abs(position - 14) <= 0.5 + 1e-9 or lit[0] == 0 or lit[-1] == 27


def test_ink_is_averaged_not_picked() -> None:
    # 40 pixels into 20: each new pixel is the mean of a black and a white one.
    stripes = np.tile([1.0, 0.0], (40, 20))
    stripes[:, -1] = 1.0
    image = centre(stripes)
    row = image[14][image[14] > 0]
    np.testing.assert_allclose(row, [0.5] * 19 + [1.0])


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (np.zeros((5, 5)), "there is no ink"),
        (np.zeros((0, 5)), "there is no ink"),
        (np.ones(5), r"shape \(5,\): expected \(h, w\)"),
        (np.full((2, 2), np.nan), "finite"),
        (np.full((2, 2), -1.0), "positive ink on zeros"),
    ],
)
def test_what_is_no_drawing_is_refused(drawing: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        centre(drawing)


def test_in_another_field_the_box_keeps_its_share_of_each_side() -> None:
    tall, wide = np.ones((40, 10)), np.ones((10, 40))
    for drawing, expected in ((tall, (20, 5)), (wide, (10, 40))):
        lit = centre(drawing, (28, 56)) > 0
        # The box is 20 by 40: the tall one fills its height, the wide one its width.
        assert (lit.any(axis=1).sum(), lit.any(axis=0).sum()) == expected


def test_the_smallest_field_holds_any_drawing() -> None:
    np.testing.assert_allclose(centre(np.full((3, 9), 0.5), (1, 1)), [[0.5]])
