"""Images become brightnesses, and many of them one PNG inside a page."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scrawl.figures import pictures
from scrawl.figures.pictures import as_pictures, as_signed, bar_codes, coarser

Array = NDArray[Any]


def test_the_lowest_value_becomes_white_paper_and_the_highest_black_ink() -> None:
    raw = np.array([[[0, 51, 255]]], np.uint8)
    np.testing.assert_allclose(pictures.as_pictures(raw), [[[1, 0.8, 0]]])
    standard = (raw - 33.3) / 78.6
    np.testing.assert_allclose(pictures.as_pictures(standard), [[[1, 0.8, 0]]], atol=1e-6)


def test_colours_are_not_inverted() -> None:
    colours = np.array([[[[0, 0.25, 1]]]])
    np.testing.assert_allclose(pictures.as_pictures(colours), colours)


@pytest.mark.parametrize(
    ("shape", "picture"),
    [
        ((2, 5, 3), (2, 5, 3)),  # two images of 5 × 3, not colours
        ((2, 5, 7, 1), (2, 5, 7)),
        ((2, 5, 7, 3), (2, 5, 7, 3)),
        ((2, 9), (2, 3, 9)),
        ((2, 2, 2, 2), (2, 2, 8)),
        ((2,), (2, 1, 1)),
        ((0, 28, 28), (0, 28, 28)),
    ],
)
def test_any_shape_becomes_a_picture(shape: tuple[int, ...], picture: tuple[int, ...]) -> None:
    found = pictures.as_pictures(np.zeros(shape))
    assert found.shape == picture
    assert found.dtype == np.float32


def test_images_of_one_grey_are_drawn_without_a_division_by_zero() -> None:
    assert np.isfinite(pictures.as_pictures(np.full((3, 4, 4), 7.0))).all()


def opened(sheet: pictures.Sheet) -> Image.Image:
    head, _, text = sheet.uri.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(BytesIO(b64decode(text)))


def cell(sheet: pictures.Sheet, image: Array, place: int) -> Array:
    """Cut out a picture, by the rule that the page's style follows."""
    top = place // sheet.columns * (sheet.height + pictures.GAP)
    left = place % sheet.columns * (sheet.width + pictures.GAP)
    return image[top : top + sheet.height, left : left + sheet.width]


@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_every_picture_stands_in_its_place_on_the_sheet(n: int) -> None:
    images: Array = np.random.default_rng(n).integers(0, 16, (n, 4, 3)).astype(np.float32) / 15
    sheet = pictures.sheet(images)
    image = np.asarray(opened(sheet).convert("L"))
    assert image.shape == (sheet.rows * 5, sheet.columns * 4)
    for place in range(n):
        np.testing.assert_array_equal(cell(sheet, image, place), (255 * images[place]).round())
    assert sheet.rows * sheet.columns < n + sheet.columns


def test_a_sheet_of_tall_pictures_is_about_square_too() -> None:
    sheet = pictures.sheet(np.zeros((8, 20, 4), np.float32))
    assert (sheet.columns, sheet.rows) == (6, 2)  # 30 by 42 pixels


def test_a_sheet_of_none_is_a_picture_too() -> None:
    assert opened(pictures.sheet(np.zeros((0, 4, 3), np.float32))).size == (4, 5)


def test_colours_stay_as_they_are() -> None:
    images: Array = np.random.default_rng(1).integers(0, 256, (3, 4, 3, 3)).astype(np.float32) / 255
    sheet = pictures.sheet(images)
    assert not sheet.grey
    np.testing.assert_array_equal(
        cell(sheet, np.asarray(opened(sheet)), 2), (255 * images[2]).round()
    )


def test_signed_values_are_blue_below_0_vermilion_above_and_clear_at_0() -> None:
    values = np.array([[[-1, 0, 1]], [[-0.5, 0.5, 0]]], float)
    sheet = pictures.signed_sheet(values)
    image = np.asarray(opened(sheet).convert("RGBA"))
    first, second = cell(sheet, image, 0)[0], cell(sheet, image, 1)[0]
    assert first.tolist()[0] == [*pictures.AGAINST, 255]
    assert first.tolist()[2] == [*pictures.FOR, 255]
    assert first[1, 3] == second[2, 3] == 0
    assert second[0, 3] == second[1, 3] == round(255 * 16 / 31)  # half, of 31 steps


def test_one_outlier_does_not_make_the_rest_pale() -> None:
    values = np.full((1, 50, 50), 0.5)
    values[0, 0, 0] = 100
    sheet = pictures.signed_sheet(values)
    assert (cell(sheet, np.asarray(opened(sheet).convert("RGBA")), 0)[..., 3] == 255).all()


def test_signed_pictures_may_be_scaled_each_by_itself() -> None:
    values = np.array([[[4.0, -4]], [[0.2, -0.2]], [[0, 0]]])
    together, alone = pictures.signed_sheet(values), pictures.signed_sheet(values, each=True)
    strength = [
        [cell(one, np.asarray(opened(one).convert("RGBA")), i)[..., 3].max() for i in range(3)]
        for one in (together, alone)
    ]
    assert strength[0][0] == strength[1][0] == strength[1][1] == 255
    assert strength[0][1] < 20
    assert strength[1][2] == 0


def test_the_same_pictures_give_the_same_bytes() -> None:
    values = np.random.default_rng(0).standard_normal((5, 6, 6))
    assert pictures.signed_sheet(values).png == pictures.signed_sheet(values.copy()).png


def test_pictures_with_channels_first_and_with_transparency_are_pictures() -> None:
    rng = np.random.default_rng(0)
    colour = rng.random((5, 8, 9, 3))
    colour[0, 0, 0], colour[0, 0, 1] = 0, 1  # so that scaling changes nothing
    expected = as_pictures(colour)
    np.testing.assert_allclose(as_pictures(np.moveaxis(colour, -1, 1)), expected)
    opaque = np.concatenate([colour, np.ones((5, 8, 9, 1))], axis=3)
    np.testing.assert_allclose(as_pictures(opaque), expected)
    clear = np.concatenate([colour, np.zeros((5, 8, 9, 1))], axis=3)
    assert (as_pictures(clear) == 1).all()
    grey = rng.random((5, 1, 8, 9))
    np.testing.assert_allclose(as_pictures(grey), as_pictures(grey[:, 0]))


def test_a_photograph_is_as_light_as_its_values_are_high() -> None:
    image = np.array([[[0.0, 0.25, 1.0]]])
    assert as_pictures(image, on_paper=False).tolist() == image.tolist()
    assert as_pictures(image).tolist() == (1 - image).tolist()


def test_values_that_make_no_picture_take_bounded_memory() -> None:
    pictures = as_pictures(np.ones((100, 5, 20, 30, 7), np.uint8))
    assert pictures.shape == (100, 64, 256)
    values = np.arange(512.0)[None]
    means = bar_codes(values)[0, 0]
    np.testing.assert_allclose(means, values.reshape(256, 2).mean(axis=1))


@pytest.mark.parametrize("shape", [(2, 560, 300), (2, 560, 300, 3)])
def test_large_images_become_means_of_square_blocks(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).random(shape)
    small = coarser(images)
    assert small.shape == (2, 187, 100, *shape[3:])  # 560 / 3 and 300 / 3, rounded up
    np.testing.assert_allclose(small[1, 5, 7], images[1, 15:18, 21:24].mean((0, 1)), rtol=1e-6)
    # The last block has two rows only.
    np.testing.assert_allclose(small[0, -1, 0], images[0, 558:, :3].mean((0, 1)), rtol=1e-6)
    assert as_pictures(images).shape == small.shape
    assert as_signed(images).shape == small.shape[:3]


def test_images_of_the_usual_size_stay_as_they_are() -> None:
    images = np.random.default_rng(0).random((2, 224, 28))
    assert coarser(images) is images
