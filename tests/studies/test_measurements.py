"""Measurements for the open questions, against closed forms and hand-made cases."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run
from scrawl.studies import measurements

ONLINE = Run(
    hidden=(),
    bias=False,
    output="linear",
    loss="quadratic",
    initialiser="uniform",
    optimiser="gradient-descent",
    schedule="constant",
    learning_rate=0.1,
    batch_size=1,
    epochs=1,
)


def examples(n: int = 60, pixels: int = 5, seed: int = 0) -> Examples:
    """Return images of three classes, each bright at a pixel of its own."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, n)
    images = rng.random((n, pixels), dtype=np.float32) * np.float32(0.1)
    images[range(n), classes] += 1
    return Examples(images, np.eye(3, dtype=np.float32)[classes])


def test_the_ceiling_of_classes_that_a_line_can_tell_apart_is_all_of_them() -> None:
    found = measurements.ceiling(examples(), examples(seed=1))
    assert found == {"training": 1.0, "test": 1.0}


def test_a_rate_that_is_too_high_is_told_and_not_raised() -> None:
    run = replace(ONLINE, batch_size=60, epochs=400)
    found = measurements.try_rate(run, 50.0, examples(), examples(seed=1))
    assert found["diverged"] is True
    assert found["cost"] is found["validation_accuracy"] is None


def test_a_sound_rate_lets_the_cost_fall_all_the_way() -> None:
    run = replace(ONLINE, batch_size=60, epochs=100)
    found = measurements.try_rate(run, 0.3, examples(), examples(seed=1))
    assert (found["diverged"], found["increases"]) == (False, 0)
    assert found["validation_accuracy"] == 1.0


def test_a_trace_begins_before_training_and_ends_after_the_last_image() -> None:
    points = measurements.trace(ONLINE, examples(), examples(seed=1), every=25)
    assert [seen for seen, _ in points] == [0, 25, 50, 60]
    assert points[-1][1] > points[0][1]


def test_the_trace_of_an_average_is_that_of_the_plain_weights_until_it_begins() -> None:
    plain, averaged = (
        measurements.trace(replace(ONLINE, average=average), examples(), examples(seed=1), every=5)
        for average in ("none", "tail")
    )
    assert averaged[:10] == plain[:10]  # the average is one from 45 of 60 images on


def test_a_sweep_goes_from_the_lowest_rate_up_and_ends_where_the_loss_is_infinite() -> None:
    points = measurements.sweep_rates(ONLINE, examples(), 1e-4, 1e4, 400)
    rates = [rate for rate, _ in points]
    assert rates[0] == pytest.approx(1e-4)
    assert rates == sorted(rates)
    assert len(points) < 400
    assert all(math.isfinite(loss) for _, loss in points)


def test_epochs_are_timed_in_turn_and_the_median_is_taken() -> None:
    # Ticks between begin and end, for two runs in three rounds: 1, 5 / 2, 9 / 30, 7
    spans = iter([1, 5, 2, 9, 30, 7])

    def ticks() -> Iterator[float]:
        now = 0.0
        for span in spans:
            yield now
            now += span
            yield now

    clock = ticks()
    taken = measurements.seconds_an_epoch([ONLINE, ONLINE], examples(6), 3, lambda: next(clock))
    assert taken == [2, 7]


def test_the_usual_sigmoid_warns_where_exp_leaves_the_numbers_and_the_safe_one_nowhere() -> None:
    found = measurements.overflows(100)
    # e⁸⁹ > 3.4e38 > e⁸⁸: −89 … −100 are 12 numbers; double precision reaches to e⁷⁰⁹
    assert found["naive_float32"] == 12
    assert found["naive_float64"] == found["safe_float32"] == found["safe_float64"] == 0
    assert found["values"] == 201
    assert found["largest_difference"] < 1.2e-7  # the spacing of float32 below 1


def test_saturation_is_a_matter_of_the_size_of_the_sums() -> None:
    images = np.ones((50, 400), np.float32)
    rng = np.random.default_rng
    # z is N(0, 400·s²). |z| > ln 99 = 4.585 is saturated: for s = 1 a share of 0.8187
    found = measurements.saturation(images, "normal", 1.0, 20_000, rng(0))
    assert found["saturated"] == pytest.approx(0.8187, abs=0.01)
    # z < −88.72 at s = 10 (deviation 200): 0.3287 of them
    found = measurements.saturation(images, "normal", 10.0, 20_000, rng(0))
    assert found["overflowing"] == pytest.approx(0.3287, abs=0.01)
    sound = measurements.saturation(images, "lecun", 1.0, 100, rng(0))
    assert sound == {"saturated": 0.0, "overflowing": 0.0}
