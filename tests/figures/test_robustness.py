"""Figures of corruptions: the numbers that they were given, and pictures in their places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from scrawl.figures import robustness
from scrawl.results.robustness import COVERAGE, MEASURES, Robustness

NAMES = ("blur", "noise", "jpeg", "shift", "rotation", "shear", "scale")


def made(seed: int, agreement: bool = False) -> Robustness:
    rng = np.random.default_rng(seed)
    scores = {measure: rng.random((len(NAMES), 6)) for measure in MEASURES}
    ways = ["confidence", "agreement"][: 1 + agreement]
    return Robustness(NAMES, scores, {by: rng.random((6, len(COVERAGE))) for by in ways})


def points(line: Any) -> NDArray[Any]:
    """Return the points of a line, (n, 2)."""
    return np.asarray(line.get_xydata())


def test_every_experiment_has_its_line_in_every_panel() -> None:
    given = {"plain": made(1), "others": made(2, agreement=True)}
    figure = robustness.robustness(given)
    by_title = {axes.get_title("left"): axes for axes in figure.axes}
    for place, each in enumerate(given.values()):
        overall = points(by_title["Accuracy"].lines[place])
        assert_allclose(overall[:, 1], each.scores["accuracy"].mean(axis=0))
        for number, name in enumerate(NAMES):
            drawn = points(by_title[name].lines[place])
            assert_allclose(drawn[:, 0], np.arange(6))
            assert_allclose(drawn[:, 1], each.scores["accuracy"][number])
    risks = [points(line)[:, 1] for line in by_title["Error of the surest"].lines]
    assert_allclose(risks[0], given["plain"].risk["confidence"][3])
    assert_allclose(risks[1], given["others"].risk["confidence"][3])
    assert_allclose(risks[2], given["others"].risk["agreement"][3])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(given)


def test_bars_are_the_errors_relative_to_the_first_experiment() -> None:
    given = {"plain": made(1), "others": made(2)}
    figure = robustness.robustness(given)
    (axes,) = [one for one in figure.axes if one.get_title("left").startswith("Errors relative")]
    errors = [(1 - each.scores["accuracy"])[:, 1:].sum(axis=1) for each in given.values()]
    widths = np.array(
        [bar.get_extents().transformed(axes.transData.inverted()).width for bar in axes.patches]
    )
    assert_allclose(widths, np.array([1.0, float(np.mean(errors[1] / errors[0]))]))


def test_images_stand_in_rows_by_corruption_and_columns_by_severity() -> None:
    images = np.random.default_rng(0).random((3, 6, 2, 8, 5))
    images.flat[:2] = 0, 1
    figure = robustness.sheet(images, ["blur", "noise", "jpeg"])
    (axes,) = figure.axes
    (picture,) = axes.images
    sheet = np.asarray(picture.get_array())
    height, width = sheet.shape[0] // 3, sheet.shape[1] // 12
    for row, severity, n in ((0, 0, 0), (1, 3, 1), (2, 5, 0)):
        column = 2 * severity + n
        cell = sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
        assert_allclose(cell[1:-1, 1:-1], 1 - images[row, severity, n], atol=1e-6)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["blur", "noise", "jpeg"]
