"""Line width of pictures: whatever the pen and the size, strokes end as wide as MNIST's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.data.line_width import redrawn
from scrawl.data.preprocessing import seen

USUAL = 2.35  # pixels of a digit 20 pixels high


def seven(side: int, pen: int) -> NDArray[np.float64]:
    """Draw a bar and a stem with square ends: the middle line `side` high and 0.7 of it wide."""
    sheet = Image.new("L", (300, 300), 0)
    draw = ImageDraw.Draw(sheet)
    left, top, right = 60, 50, 60 + round(0.7 * side)
    half = pen // 2
    draw.rectangle((left - half, top - half, right + half, top + half), fill=255)
    draw.rectangle((right - half, top - half, right + half, top + side + half), fill=255)
    return np.asarray(sheet) / 255


def across(ink: NDArray[np.float64]) -> float:
    """Return the width of the stem: the ink of a row at two thirds of the height."""
    rows = np.flatnonzero(ink.sum(axis=1) > 0.5)
    return float(ink[rows[0] + 2 * len(rows) // 3].sum())


def height(ink: NDArray[np.float64]) -> int:
    return int((ink.sum(axis=1) > 0.5).sum())


@pytest.mark.parametrize(
    ("side", "pen"),
    [(160, 3), (160, 9), (160, 21), (160, 47), (60, 5), (60, 21), (220, 3), (220, 21)],
)
def test_strokes_of_any_pen_and_size_end_as_wide_as_usual(side: int, pen: int) -> None:
    before = seven(side, pen)
    assert across(before) == pen
    after = redrawn(before)
    assert across(after) == pytest.approx(USUAL / 20 * height(after), abs=1)


@pytest.mark.parametrize(("side", "pen"), [(160, 3), (160, 21), (160, 47), (60, 21), (220, 21)])
@pytest.mark.parametrize("dark", [True, False])
def test_a_picture_of_any_pen_becomes_an_image_with_the_usual_pen(
    tmp_path: Path, side: int, pen: int, dark: bool
) -> None:
    ink = seven(side, pen)
    Image.fromarray((255 * (1 - ink if dark else ink)).astype(np.uint8)).save(tmp_path / "a.png")
    of = Dataset(("a", "b"), (28, 28), "unit", 0.0, 255.0, Appearance())
    ((found,),) = seen(tmp_path / "a.png", of)
    assert found.pixels is not None
    assert across(found.pixels / 255) == pytest.approx(USUAL, abs=0.5)


def test_lines_of_a_dataset_that_is_not_centred_keep_their_width(tmp_path: Path) -> None:
    ink = seven(160, 47)
    Image.fromarray((255 * ink).astype(np.uint8)).save(tmp_path / "a.png")
    of = Dataset(("a", "b"), (28, 28), "unit", 0.0, 255.0, Appearance(centred=False))
    ((found,),) = seen(tmp_path / "a.png", of)
    assert found.pixels is not None
    assert across(found.pixels / 255) == pytest.approx(20 * 47 / 207, abs=0.5)


def test_the_middle_line_stays_where_it_is() -> None:
    for pen in (3, 47):
        after = redrawn(seven(160, pen))
        assert height(after) - across(after) == pytest.approx(160, abs=2)


@pytest.mark.parametrize("shape", [(40, 40), (40, 60), (40, 90)])
def test_a_block_that_is_no_stroke_stays_as_it_is(shape: tuple[int, int]) -> None:
    block = np.zeros((120, 120))
    block[10 : 10 + shape[0], 10 : 10 + shape[1]] = 1
    np.testing.assert_array_equal(redrawn(block), block)


def test_a_disc_stays_as_it_is() -> None:
    y, x = np.mgrid[:80, :80] - 40
    disc = (x**2 + y**2 < 30**2).astype(float)
    np.testing.assert_array_equal(redrawn(disc), disc)


def test_faint_ink_stays_as_it_is() -> None:
    faint = 0.4 * seven(160, 9)
    np.testing.assert_array_equal(redrawn(faint), faint)
