"""Drawings are inked again as training images are, whatever pen, size and slant they were drawn in.

Images are drawn by `glyphs.ink`, which presses a pen at every point; the page fills capsules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from browser import Browser, browser
from scrawl.data import glyphs
from scrawl.data.centring import centre
from scrawl.pages.draw.page import FOLDER
from scrawl.pages.draw.pen import Pen, slants, widths
from scrawl.pages.template import PACKAGE

Floats = NDArray[Any]
Strokes = Sequence[Sequence[Sequence[float]]]

# A four in two strokes, each a polyline.
FOUR: Strokes = [[[20, 0], [0, 60], [70, 58]], [[50, 20], [48, 100]]]


def image_of(strokes: Strokes, scale: float, radius: float) -> Floats:
    """Draw strokes on a sheet of their own, `scale` pixels for one of theirs."""
    path = np.concatenate(
        [glyphs.evenly_spaced(np.array(stroke, float) * scale, 0.2) for stroke in strokes]
    )
    return glyphs.ink(path, np.full(len(path), radius))


@pytest.mark.parametrize("diameter", [2.0, 3.0, 5.0])
def test_the_width_measured_is_twice_the_area_over_the_perimeter(diameter: float) -> None:
    turned = [[[x * c - y * s, x * s + y * c] for x, y in [[0, 0], [0, 60]]] for c, s in TURNS]
    for one in turned:
        image = image_of([one], 1, diameter / 2)[None]
        assert widths(image)[0] == pytest.approx(of_a_bar(60, diameter), rel=0.04)


def of_a_bar(length: float, diameter: float) -> float:
    """Return twice the area over the perimeter of a bar with round ends."""
    area, perimeter = (
        length * diameter + np.pi * diameter**2 / 4,
        2 * length + np.pi * diameter,
    )
    return float(2 * area / perimeter)


TURNS = [(np.cos(turn), np.sin(turn)) for turn in (0, 0.3, 0.9)]


def test_the_slant_measured_is_that_of_the_stroke() -> None:
    leaning = image_of([[[30, 0], [0, 60]]], 1, 1.5)[None]
    assert slants(leaning)[0] == pytest.approx(0.5, rel=0.01)
    assert slants(leaning[:, :, ::-1])[0] == pytest.approx(-0.5, rel=0.01)


def test_the_pen_is_the_usual_image_s_and_the_usual_slants_are_most() -> None:
    images = np.zeros((12, 80, 80))
    for number in range(11):
        shift = 2 * (number - 5)
        drawn = image_of([[[10 + shift, 0], [10, 50]]], 1, 2.0)
        images[number, : drawn.shape[0], : drawn.shape[1]] = drawn
    pen = Pen.of([images[:5], images[5:]])  # the last is blank
    assert pen is not None
    assert pen.width == pytest.approx(of_a_bar(50, 4), rel=0.04)
    np.testing.assert_allclose(pen.slants, (-8 / 50, 8 / 50), atol=0.01)
    assert Pen.of([images[11:]]) is None


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open a page that holds the sheet alone."""
    scripts = [
        (PACKAGE / FOLDER / name).read_text("utf-8") for name in ("network.js", "picture.js")
    ]
    path = tmp_path_factory.mktemp("pen") / "sheet.html"
    show = "window.Sheet = Sheet;"
    path.write_text(f"<!doctype html><title>Sheet</title><script>{''.join(scripts)}{show}</script>")
    with browser() as opened:
        opened.open(path)
        yield opened


DRAW = """const [strokes, radius, pen] = arguments, sheet = new Sheet(28, 28, 1);
    for (const stroke of strokes) stroke.forEach(
        (to, i) => sheet.line(stroke[Math.max(i - 1, 0)], to, radius));"""


def seen(window: Browser, strokes: Strokes, radius: float, pen: Pen | None) -> Floats:
    asked = pen and {"width": pen.width, "slants": pen.slants}
    found = window.run(
        f"{DRAW} return Array.from(sheet.seen(true, pen)[0])", strokes, radius, asked
    )
    return np.reshape(found, (28, 28))


def scaled(strokes: Strokes, by: float, to: float) -> Strokes:
    return [[[x * by + to, y * by + to] for x, y in stroke] for stroke in strokes]


def test_a_drawing_is_inked_as_wide_as_the_training_images(window: Browser) -> None:
    for width in (1.5, 2.5, 4.0):
        expected = centre(image_of(FOUR, (20 - width) / 10, 5 * width))
        found = seen(window, scaled(FOUR, 1.0, 60), 11.76, Pen(width, (-9, 9)))
        assert np.abs(found - expected).max() < 0.06
        assert widths(found[None])[0] == pytest.approx(widths(expected[None])[0], rel=0.02)


@pytest.mark.parametrize(("size", "place", "radius"), [(0.6, 5, 20.0), (2.5, 15, 3.0)])
def test_size_place_and_pen_of_the_hand_change_nothing(
    window: Browser, size: float, place: float, radius: float
) -> None:
    pen = Pen(2.5, (-0.2, 0.4))
    usual = seen(window, scaled(FOUR, 1.0, 60), 11.76, pen)
    np.testing.assert_allclose(
        seen(window, scaled(FOUR, size, place), radius, pen), usual, atol=1e-6
    )


@pytest.mark.parametrize(("lean", "becomes"), [(-0.6, -0.2), (0.1, 0.1), (0.9, 0.4)])
def test_what_leans_more_than_training_images_is_straightened_to_their_usual_slants(
    window: Browser, lean: float, becomes: float
) -> None:
    stroke = [[[80 + 100 * lean, 60.0], [80, 160.0]]]
    found = seen(window, stroke, 11.76, Pen(2.5, (-0.2, 0.4)))
    assert slants(found[None])[0] == pytest.approx(becomes, abs=0.02)


def test_without_ink_in_the_training_images_a_drawing_is_scaled_and_placed_alone(
    window: Browser,
) -> None:
    found = seen(window, scaled(FOUR, 1.0, 60), 11.76, None)
    np.testing.assert_allclose(found, centre(image_of(FOUR, 1, 11.76)), atol=0.06)


def test_the_rubber_cuts_a_stroke_in_two(window: Browser) -> None:
    script = f"""{DRAW} sheet.line([60, 100], [140, 100], 10, true);
        return [sheet.strokes, sheet.isEmpty()];"""
    strokes, empty = window.run(script, [[[100, 40], [100, 160]]], 5)
    assert not empty
    ends = [[stroke[0], stroke[-1]] for stroke in strokes]
    np.testing.assert_allclose(ends, [[[100, 40], [100, 90]], [[100, 110], [100, 160]]], atol=1)
    script = f"{DRAW} sheet.line([100, 40], [100, 160], 10, true); return sheet.strokes;"
    assert window.run(script, [[[100, 40], [100, 160]]], 5) == []


def test_a_dot_is_a_stroke(window: Browser) -> None:
    found = seen(window, [[[100, 100]]], 11.76, Pen(2.5, (-0.2, 0.4)))
    assert found.max() == pytest.approx(1)
