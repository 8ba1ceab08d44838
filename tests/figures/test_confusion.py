"""Confusion matrices of few classes and of many."""

from __future__ import annotations

import numpy as np
import pytest

from figures.test_plots import draws, shown, texts
from scrawl.figures.confusion import MOST_NUMBERED, confusion, most_confused, reduced


def test_counts_are_written_and_shares_of_their_row_are_coloured() -> None:
    counts = np.array([[30, 10, 0], [0, 5, 5], [0, 0, 0]])
    figure = confusion(counts, ["a", "b", "never"], "What was counted")
    (axes,) = figure.axes
    np.testing.assert_allclose(shown(axes), [[0.75, 0.25, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 0.0]])
    written = {(*map(int, text.get_position()),): text.get_text() for text in axes.texts}
    # (column, row), since x comes before y
    assert written == {(0, 0): "30", (1, 0): "10", (1, 1): "5", (2, 1): "5"}
    assert texts(axes.get_xticklabels()) == ["a", "b", "never"]
    assert texts(axes.get_yticklabels()) == ["a", "b", "never"]
    assert axes.get_title(loc="left") == "What was counted"
    assert axes.get_xlabel().startswith("predicted class")
    assert axes.get_ylabel() == "true class"
    draws(figure)


def test_numbers_fit_their_cells_with_as_many_classes_as_have_numbers() -> None:
    counts = np.zeros((MOST_NUMBERED, MOST_NUMBERED), int)
    np.fill_diagonal(counts, 10_000)
    figure = confusion(counts, [chr(65 + i) for i in range(MOST_NUMBERED)], "many classes")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    cell_width = axes.get_window_extent().width / MOST_NUMBERED
    assert len(axes.texts) == MOST_NUMBERED
    assert max(text.get_window_extent().width for text in axes.texts) <= cell_width


@pytest.mark.parametrize("classes", [MOST_NUMBERED + 1, 62, 1623])
def test_a_figure_of_many_classes_has_the_same_size_and_names_the_most_confused_pairs(
    classes: int,
) -> None:
    counts = np.diag(np.full(classes, 20))
    counts[3, 17], counts[17, 3], counts[5, classes - 1] = 9, 4, 2
    names = [f"class {i}" for i in range(classes)]
    figure = confusion(counts, names, "x")
    matrix, pairs = figure.axes
    assert tuple(figure.get_size_inches()) == (14, 7.5)
    assert max(shown(matrix).shape) <= 400
    # Every class has its name, as long as there is room for them.
    assert len(matrix.get_xticks()) == (classes if classes <= 62 else 24)
    assert texts(pairs.get_yticklabels()) == [
        "class 3 → class 17",
        "class 17 → class 3",
        f"class 5 → class {classes - 1}",
    ]
    assert [text.get_text().strip() for text in pairs.texts] == ["9 of 29", "4 of 24", "2 of 22"]
    draws(figure)


def test_a_perfect_network_of_many_classes_is_said_to_be_one() -> None:
    figure = confusion(np.diag(np.full(50, 3)), list(map(str, range(50))), "x")
    assert [text.get_text() for text in figure.axes[1].texts] == ["There are no mistakes."]
    draws(figure)


def test_one_mistake_among_many_classes_is_seen() -> None:
    values = np.zeros((1623, 1623))
    values[1000, 700] = 0.05
    small = reduced(values, 400)
    assert len(small) <= 400
    assert np.count_nonzero(small) == 1
    assert small.max() == 0.05


def test_the_most_confused_pairs_are_those_with_most_mistakes() -> None:
    counts = np.random.default_rng(0).integers(0, 50, (7, 7))
    every = sorted(
        (-counts[a, b], a * 7 + b) for a in range(7) for b in range(7) if a != b and counts[a, b]
    )
    expected = [(place // 7, place % 7, -n) for n, place in every[:10]]
    assert most_confused(counts, 10) == expected
    assert most_confused(np.zeros((3, 3), int), 5) == []
