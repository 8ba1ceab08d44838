"""Axes: where values stand, and round numbers beside them."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.figures import axes


def test_the_accuracy_axis_is_the_logarithm_of_the_error_and_ends_at_100_percent() -> None:
    # 1 + 0.001 - accuracy, by hand: 1.001, 0.101, 0.011, 0.001.
    places = axes.accuracy_place(np.array([0, 0.9, 0.99, 1]))
    np.testing.assert_allclose(places, [-0.000434, 0.995679, 1.958607, 3], atol=1e-6)
    accuracies = np.linspace(0, 1, 101)
    back = axes.accuracy_at(axes.accuracy_place(accuracies))
    np.testing.assert_allclose(back, accuracies, atol=1e-12)


def test_ends_are_at_0_and_1_and_larger_values_further_on() -> None:
    for scale in (
        axes.plain([3, 7]),
        axes.losses([0.01, 2]),
        axes.accuracies([0.5, 0.9, 0.99]),
    ):
        np.testing.assert_allclose(scale.at([scale.low, scale.high]), [0, 1], atol=1e-12)
        assert (np.diff(scale.at(np.linspace(scale.low, scale.high, 9))) > 0).all()
        assert all(scale.low <= tick <= scale.high for tick in scale.ticks)
        assert 2 <= len(scale.ticks) <= 10


def test_losses_that_are_far_apart_or_only_positive_decide_the_scale() -> None:
    assert axes.losses([0.02, 2]).ticks == [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
    assert float(axes.losses([0.02, 2]).at(0.2)) == 0.5
    assert axes.losses([1, 2]).ticks == [1, 1.5, 2]
    assert axes.losses([0, 2]).ticks == [0, 0.5, 1, 1.5, 2]


def test_equal_values_have_an_axis_too() -> None:
    for scale in (axes.plain([1, 1]), axes.losses([2, 2]), axes.accuracies([1, 1])):
        assert np.isfinite(scale.at([scale.low, scale.high])).all()
        assert scale.ticks
    assert axes.epochs([1]).ticks == [1]


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0], [0.9999, 1.0]])
def test_perfect_accuracies_have_short_ticks_none_of_them_beyond_100_percent(
    values: list[float],
) -> None:
    scale = axes.accuracies(values)
    assert scale.low < min(values)
    assert scale.ticks[-1] == 1
    assert all(len(scale.words(tick)) <= len("99.98 %") for tick in scale.ticks)
