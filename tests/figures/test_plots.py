"""The figures show what they were given: data, order, names; looked at without a display."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl.figures import plots
from scrawl.results.metrics import wilson_interval

Array = NDArray[Any]

RNG_SEED = 5
EMNIST = [chr(c) for c in (*range(48, 58), *range(65, 91), *range(97, 123))]


def ink(n: int, *shape: int) -> Array:
    """Make images that span 0 … 1 exactly."""
    images = np.random.default_rng(RNG_SEED).random((n, *shape))
    images.flat[:2] = 0, 1
    return images


def shown(axes: Axes) -> Array:
    """Return the array that an axes shows."""
    (image,) = axes.images
    return np.asarray(image.get_array())


def cell(axes: Axes, rows: int, columns: int, row: int, column: int) -> Array:
    """Cut one picture out of a mosaic."""
    sheet = shown(axes)
    height, width = len(sheet) // rows, sheet.shape[1] // columns
    return sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]


def points(line: Any) -> Array:
    """Return the points of a line, (n, 2)."""
    return np.asarray(line.get_xydata())


def texts(labels: list[Any]) -> list[str]:
    return [label.get_text() for label in labels]


def draws(figure: Figure) -> None:
    """Draw for good: pytest makes an error of every warning on the way."""
    with BytesIO() as file:
        figure.savefig(file, format="png", dpi=50)
        assert file.tell() > 500


# --- Samples and classes


def test_samples_are_shown_in_order_under_their_labels() -> None:
    images, labels = ink(4, 6, 5), np.array([2, 0, 1, 2])
    figure = plots.samples(images, labels, ["ham", "spam", "jam"])
    (axes,) = figure.axes
    assert texts(axes.get_xticklabels()) == ["jam", "ham", "spam", "jam"]
    for i in range(4):
        # A margin of one pixel on each side.
        np.testing.assert_allclose(
            cell(axes, 1, 4, 0, i)[1:-1, 1:-1], 1 - images[i], rtol=1e-6, atol=1e-6
        )
        # The label stands in the middle of its picture: 7 pixels wide, counted from -0.5.
        assert axes.get_xticks()[i] == pytest.approx(7 * i + 3)
    draws(figure)


@pytest.mark.parametrize("shape", [(12, 30), (30, 12), (8, 8, 3), (1, 1), (9,)])
def test_images_of_any_shape_are_drawn(shape: tuple[int, ...]) -> None:
    images, labels = ink(3, *shape), np.array([0, 1, 0])
    draws(plots.samples(images, labels, ["a", "b"]))
    draws(plots.classes(images, labels, ["a", "b"]))


def test_a_row_of_classes_holds_the_first_images_of_that_class() -> None:
    images, labels = ink(30, 4, 4), np.arange(30) % 2
    figure = plots.classes(images, labels, ["even", "odd"])
    (axes,) = figure.axes
    assert texts(axes.get_yticklabels()) == ["even", "odd"]
    for row in range(2):
        for column in range(10):
            np.testing.assert_allclose(
                cell(axes, 2, 10, row, column)[1:-1, 1:-1],
                1 - images[2 * column + row],
                rtol=1e-6,
                atol=1e-6,
            )
    draws(figure)


def test_a_class_without_images_keeps_an_empty_row() -> None:
    figure = plots.classes(ink(3, 4, 4), np.array([0, 2, 2]), ["a", "b", "c"])
    (axes,) = figure.axes
    assert texts(axes.get_yticklabels()) == ["a", "b", "c"]
    sheet = shown(axes)
    assert (sheet[6:12] == 1).all()
    assert (sheet[12:18] < 1).any()
    draws(figure)


def test_62_classes_take_two_columns_and_none_is_left_out() -> None:
    figure = plots.classes(ink(124, 4, 4), np.arange(124) % 62, EMNIST)
    left, right = figure.axes
    assert texts(left.get_yticklabels()) + texts(right.get_yticklabels()) == EMNIST
    draws(figure)


def test_an_odd_number_of_classes_ends_in_white() -> None:
    figure = plots.classes(ink(47, 4, 4), np.arange(47), EMNIST[:47])
    left, right = figure.axes
    assert len(left.get_yticklabels()) == 24
    assert len(right.get_yticklabels()) == 23
    assert shown(left).shape == shown(right).shape
    assert (shown(right)[-6:] == 1).all()
    draws(figure)


# --- Curves


def history(losses: list[float], accuracies: list[float]) -> dict[str, Array]:
    epochs = np.arange(1.0, len(losses) + 1)
    return {
        "epoch": epochs,
        "loss": np.array(losses),
        "validation_accuracy": np.array(accuracies),
    }


def test_a_line_is_the_mean_of_the_seeds_and_its_band_their_range() -> None:
    figure = plots.curves(
        {"one": [history([3, 2], [0.5, 0.7]), history([1, 1], [0.7, 0.8]), history([2], [0.6])]}
    )
    loss, accuracy = figure.axes
    np.testing.assert_allclose(points(loss.lines[0]), [[1.0, 2.0], [2.0, 1.5]])
    np.testing.assert_allclose(points(accuracy.lines[0]), [[1.0, 0.6], [2.0, 0.75]])
    (band,) = loss.collections
    corners = {(float(x), float(y)) for x, y in np.asarray(band.get_paths()[0].vertices)}
    assert {(1, 1), (1, 3), (2, 1), (2, 2)} <= corners
    draws(figure)


def test_each_experiment_has_its_own_look_and_its_name_in_the_order_given() -> None:
    names = ["_hidden", "$cost$", "a-name-that-is-thirty-letters-"]
    figure = plots.curves({name: [history([2, 1], [0.5, 0.6])] for name in names})
    (legend,) = figure.legends
    assert texts(legend.get_texts()) == names
    assert "mean of the seeds" in legend.get_title().get_text()
    assert "lowest to highest" in legend.get_title().get_text()
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == 3
    draws(figure)


def test_without_validation_the_panel_says_so() -> None:
    figure = plots.curves({"one": [history([2, 1], [np.nan, np.nan])]})
    loss, accuracy = figure.axes
    assert len(points(loss.lines[0])) == 2
    assert texts(list(accuracy.texts)) == ["Nothing was validated."]
    draws(figure)


def test_untrained_networks_have_no_curves_and_the_panels_say_so() -> None:
    figure = plots.curves({"untrained": [history([], [])]})
    assert [texts(list(axes.texts)) for axes in figure.axes] == [
        ["Nothing was trained."],
        ["Nothing was validated."],
    ]
    draws(figure)


def test_an_untrained_network_leaves_the_others_their_lines() -> None:
    figure = plots.curves({"untrained": [history([], [])], "one": [history([2, 1], [0.5, 0.6])]})
    assert [len(points(line)) for line in figure.axes[0].lines] == [0, 2]
    draws(figure)


def test_one_experiment_without_validation_leaves_the_others_their_lines() -> None:
    figure = plots.curves(
        {"without": [history([2, 1], [np.nan, np.nan])], "with": [history([2, 1], [0.5, 0.6])]}
    )
    accuracy = figure.axes[1]
    assert [len(points(line)) for line in accuracy.lines] == [0, 2]
    assert not accuracy.texts
    draws(figure)


def test_one_epoch_of_one_run_is_a_point() -> None:
    figure = plots.curves({"one": [history([0.5], [0.9])]})
    assert figure.axes[0].lines[0].get_marker() == "o"
    draws(figure)
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]


def test_a_perfect_and_a_useless_network_share_the_axes() -> None:
    draws(
        plots.curves({"perfect": [history([0, 0], [1, 1])], "useless": [history([9, 8], [0, 0])]}),
    )


# --- Accuracies


def test_the_best_experiment_is_on_top_and_its_mean_in_figures() -> None:
    figure = plots.accuracies({"b": [0.91, 0.93], "a": [0.98], "c": [0.8]}, 1000, ("7", 0.12))
    (axes,) = figure.axes
    assert texts(axes.get_yticklabels()) == ["a", "b", "c"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is the upper one
    assert texts(list(axes.texts)) == ["98.00 %", "92.00 % (2 seeds)", "80.00 %"]
    draws(figure)


def test_a_row_shows_interval_mean_and_every_seed() -> None:
    figure = plots.accuracies({"a": [0.91, 0.93]}, 1000, ("7", 0.12))
    interval, mean, seeds = figure.axes[0].lines
    np.testing.assert_allclose(points(interval)[:, 0], np.array(wilson_interval(920, 1000)))
    np.testing.assert_allclose(points(mean)[:, 0], [0.92])
    np.testing.assert_allclose(points(seeds)[:, 0], [0.91, 0.93])
    key = texts(figure.legends[0].get_texts())
    assert key == ["95 % interval of the mean (Wilson, n = 1,000)", "mean", "one seed"]


def test_an_experiment_has_the_same_colour_in_both_figures() -> None:
    names = ("b", "a", "c")
    curves = plots.curves({name: [history([1.0], [0.5])] for name in names})
    scores = {"b": [0.91], "a": [0.98], "c": [0.8]}
    rows = plots.accuracies(scores, 1000, ("7", 0.12)).axes[0]
    lines = dict(zip(names, curves.axes[0].lines, strict=True))
    for row, name in enumerate(("a", "b", "c")):
        drawn = {line.get_color() for line in rows.lines[3 * row : 3 * row + 3]}
        assert drawn == {lines[name].get_color()}


def test_the_baseline_is_told_and_drawn_only_where_the_axis_reaches_it() -> None:
    far = plots.accuracies({"a": [0.98]}, 1000, ("7", 0.12)).axes[0]
    near = plots.accuracies({"a": [0.98], "b": [0.1]}, 1000, ("7", 0.12)).axes[0]
    for axes in (far, near):
        assert axes.get_xlabel() == "test accuracy (always answering “7” scores 12.00 %)"
    assert len(far.lines) == 3
    assert points(near.lines[-1])[:, 0].tolist() == [0.12, 0.12]
    assert far.get_xlim()[0] > 0.9


def test_equal_experiments_are_sorted_by_name() -> None:
    figure = plots.accuracies({"b": [0.9], "a": [0.9]}, 10, ("7", 0.12))
    assert texts(figure.axes[0].get_yticklabels()) == ["a", "b"]


def test_forty_long_names_all_find_their_place() -> None:
    names = [f"experiment-{i:02d}-with-a-long-name" for i in range(40)]
    scores = {name: [0.5 + i / 100, 0.51 + i / 100] for i, name in enumerate(names)}
    figure = plots.accuracies(scores, 10_000, ("1", 0.1135))
    draws(figure)
    labels = figure.axes[0].get_yticklabels()
    assert texts(labels) == names[::-1]
    boxes = [label.get_window_extent() for label in labels]
    assert all(above.y0 >= below.y1 for above, below in pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0


def test_a_perfect_score_is_drawn() -> None:
    draws(plots.accuracies({"a": [1.0]}, 3, ("1", 1.0)))


# --- Mistakes


def test_a_mistake_says_what_it_is_and_what_it_was_taken_for() -> None:
    images = ink(2, 5, 5)
    figure = plots.mistakes(
        images,
        np.array([0, 2]),
        np.array([1, 0]),
        np.array([0.9994, 0.5]),
        ["a", "b", "a class with a long name"],
        "seed 1",
    )
    first, second, *others = figure.axes
    assert first.get_title() == "a → b\n0.999"
    assert second.get_title().replace("\n", " ") == "a class with a long name → a 0.500"
    np.testing.assert_allclose(shown(first), 1 - images[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(shown(second), 1 - images[1], rtol=1e-6, atol=1e-6)
    assert not any(axes.images for axes in others)
    assert figure.get_suptitle() == "seed 1"
    draws(figure)


def test_a_perfect_network_has_a_figure_that_says_so() -> None:
    none = np.zeros(0, int)
    figure = plots.mistakes(np.zeros((0, 5, 5)), none, none, np.zeros(0), ["a", "b"], "seed 1")
    assert texts(list(figure.texts)) == ["seed 1", "There are none."]
    assert not any(axes.images for axes in figure.axes)
    draws(figure)


def test_more_mistakes_than_a_row_go_on_in_the_next() -> None:
    classes = np.zeros(7, int)
    figure = plots.mistakes(ink(7, 5, 5), classes, classes + 1, np.ones(7), ["a", "b"], "")
    assert sum(bool(axes.images) for axes in figure.axes) == 7
    assert len(figure.axes) == 12


def test_mistakes_of_long_names_stay_beside_each_other_below_a_title_that_fits() -> None:
    names = [f"handwritten character, a long class name, number {i}" for i in range(2)]
    labels = np.zeros(12, int)
    title = "x" * 64 + ", seed 1: the 24 most confident of 100 mistakes in 1,000 test images"
    figure = plots.mistakes(
        np.random.default_rng(0).random((12, 28, 28)), labels, 1 - labels, np.ones(12), names, title
    )
    draws(figure)
    boxes = [axes.title.get_window_extent() for axes in figure.axes[:6]]
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
    (whole,) = figure.texts
    assert whole.get_window_extent().x0 >= 0
