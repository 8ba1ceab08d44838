"""Schedules: values at both ends and at the joints, shape, and integral."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from scrawl.nn.schedules import (
    SCHEDULES,
    Schedule,
    constant,
    cosine,
    learning_rate_range,
    linear,
    one_cycle,
    step_decay,
    warm_up,
)

STEPS = 1200

# factor at the first step, after the last one, and the mean over all (from the formulas' integrals)
SHAPES = {
    "constant": (1.0, 1.0, 1.0),
    "linear": (1.0, 0.0, 0.5),
    "step-decay": (1.0, 0.01, 0.5 + 0.1 / 4 + 0.01 / 4),
    "cosine": (1.0, 0.0, 0.5),
    "one-cycle": (0.04, 0.0, 0.25 * (0.04 + 1) / 2 + 0.75 / 2),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_ends_and_integral_are_as_promised(name: str) -> None:
    schedule = SCHEDULES[name]
    first, last, mean = SHAPES[name]
    assert schedule(0, STEPS) == first
    assert schedule(STEPS, STEPS) == pytest.approx(last, abs=1e-15)
    found = sum(schedule(step, STEPS) for step in range(STEPS)) / STEPS
    assert found == pytest.approx(mean, abs=1 / STEPS)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 1000])
def test_factors_are_python_floats_from_0_to_1(name: str, steps: int) -> None:
    factors = [SCHEDULES[name](step, steps) for step in range(steps)]
    assert all(type(factor) is float for factor in factors)
    assert all(0 < factor <= 1 for factor in factors)


def test_the_rate_of_a_single_step_is_not_lost_to_warming_up() -> None:
    assert one_cycle(0, 1) == 1.0
    assert warm_up(linear, share=0.9)(0, 1) == 1.0


def test_linear_falls_by_the_same_amount_every_step() -> None:
    assert [linear(step, 5) for step in range(6)] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2, 0])


def test_step_decay_falls_at_half_and_at_three_quarters() -> None:
    assert [step_decay(step, 100) for step in (0, 49, 50, 74, 75, 99)] == [
        1,
        1,
        0.1,
        0.1,
        0.01,
        0.01,
    ]


def test_cosine_is_half_way_in_the_middle_and_symmetric() -> None:
    assert cosine(50, 100) == pytest.approx(0.5)
    for step in range(51):
        assert cosine(step, 100) + cosine(100 - step, 100) == pytest.approx(1)
    assert cosine(25, 100) == pytest.approx((1 + math.sqrt(0.5)) / 2)


def test_one_cycle_peaks_after_a_quarter_between_two_straight_lines() -> None:
    factors = [one_cycle(step, 100) for step in range(101)]
    assert factors[25] == max(factors) == 1.0
    rises = [b - a for a, b in pairwise(factors[:26])]
    falls = [a - b for a, b in pairwise(factors[25:])]
    assert rises == pytest.approx([0.96 / 25] * 25)
    assert falls == pytest.approx([1 / 75] * 75)


@pytest.mark.parametrize("schedule", [constant, linear, cosine])
def test_warm_up_joins_the_schedule_at_1_and_squeezes_it_into_the_rest(schedule: Schedule) -> None:
    warmed = warm_up(schedule, share=0.2, start=0.1)
    assert warmed(0, 50) == 0.1
    assert warmed(5, 50) == pytest.approx(0.55)
    assert [warmed(step, 50) for step in range(10, 51)] == [schedule(k, 40) for k in range(41)]


def test_warm_up_of_no_share_is_the_schedule_itself() -> None:
    assert [warm_up(cosine, 0.0)(step, 9) for step in range(9)] == [cosine(s, 9) for s in range(9)]


def test_a_range_of_rates_grows_by_the_same_factor_each_step() -> None:
    sweep = learning_rate_range(1e-4, 10.0)
    rates = [sweep(step, 51) for step in range(51)]
    assert rates[0] == 1e-4
    assert rates[-1] == pytest.approx(10.0)
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([10**0.1] * 50)


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (1.0, 0.1), (-1.0, 1.0)])
def test_a_range_that_cannot_be_swept_is_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="give 0 < low < high"):
        learning_rate_range(*bounds)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_warm_up_of_all_steps_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        warm_up(linear, share)
