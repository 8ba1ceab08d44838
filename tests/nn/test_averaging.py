"""Averaged weights against their closed forms, and in training."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.averaging import Average, ExponentialAverage, TailAverage


def walk(steps: int = 12, size: int = 4) -> Array:
    return np.random.default_rng(0).standard_normal((steps, size), dtype=np.float32)


def averaged(average: Average, points: Array) -> Array:
    for number, point in enumerate(points, start=1):
        average.update(point, number / len(points))
    return average.values


@pytest.mark.parametrize(("share", "last"), [(1.0, 12), (0.5, 6), (0.25, 3)])
def test_tail_average_is_the_mean_of_the_last_share_of_steps(share: float, last: int) -> None:
    expected = walk()[-last:].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(averaged(TailAverage(4, share), walk()), expected, rtol=1e-5)


def test_tail_average_before_the_tail_is_the_newest_point() -> None:
    average = TailAverage(4, share=0.25)
    for number, point in enumerate(walk()[:9], start=1):
        average.update(point, number / 12)
        assert np.array_equal(average.values, point)


def test_exponential_average_begins_as_the_plain_mean() -> None:
    average = averaged(ExponentialAverage(4, decay=0.99), walk())
    np.testing.assert_allclose(average, walk().astype(np.float64).mean(axis=0), rtol=1e-5)


def test_exponential_average_goes_on_as_a_sum_with_falling_powers() -> None:
    expected = walk()[:2].astype(np.float64).mean(axis=0)
    for point in walk()[2:]:
        expected = 0.5 * expected + 0.5 * point
    average = averaged(ExponentialAverage(4, decay=0.5), walk())
    np.testing.assert_allclose(average, expected, rtol=1e-5)


@pytest.mark.parametrize("make", [ExponentialAverage, TailAverage])
def test_average_of_a_point_that_stands_still_is_that_point(make: type[Average]) -> None:
    still = np.tile(walk(1), (12, 1))
    assert np.array_equal(averaged(make(4), still), still[0])


def test_exchanging_twice_changes_nothing() -> None:
    average, parameters = TailAverage(4, 1.0), walk(1)[0]
    mean = averaged(average, walk()).copy()
    average.exchange(parameters)
    assert np.array_equal(parameters, mean)
    assert np.array_equal(average.values, walk(1)[0])
    average.exchange(parameters)
    assert np.array_equal(parameters, walk(1)[0])
    assert np.array_equal(average.values, mean)


@pytest.mark.parametrize("make", [ExponentialAverage, TailAverage])
def test_restored_average_continues_to_the_same_bits(make: type[Average]) -> None:
    first, second = make(4), make(4)
    averaged(first, walk()[:5])
    second.restore({name: array.copy() for name, array in first.state().items()})
    assert np.array_equal(averaged(first, walk()), averaged(second, walk()))


def test_a_state_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="TailAverage needs"):
        TailAverage(4).restore(TailAverage(5).state())


@pytest.mark.parametrize(
    ("make", "value"), [(ExponentialAverage, 1.0), (TailAverage, 0.0), (TailAverage, 1.5)]
)
def test_settings_out_of_range_are_refused(make: type[Average], value: float) -> None:
    with pytest.raises(ValueError, match="give 0"):
        make(4, value)  # type: ignore[call-arg]
