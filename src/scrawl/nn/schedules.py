"""Learning-rate schedules: functions of the step that return a factor on the peak rate.

`step` counts the updates already made: 0 at the first, `steps` - 1 at the last. Factors are Python
floats, because a NumPy scalar would turn float32 arithmetic into float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int, int], float]


def constant(step: int, steps: int) -> float:  # noqa: ARG001
    """Return 1 at every step."""
    return 1.0


def linear(step: int, steps: int) -> float:
    """Fall linearly from 1 to 0 after the last step: 1 − step/steps.

    Examples
    --------
    >>> [linear(step, 4) for step in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return 1.0 - step / steps


def step_decay(step: int, steps: int) -> float:
    """Divide by 10 at half, and again at three quarters of the steps (He et al., 2016, for ResNet).

    Examples
    --------
    >>> [step_decay(step, 8) for step in range(8)]
    [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """
    if 2 * step < steps:
        return 1.0
    return 0.1 if 4 * step < 3 * steps else 0.01


def cosine(step: int, steps: int) -> float:
    """Fall along half a cosine from 1 to 0: (1 + cos(π·step/steps))/2.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation
    5, without the restarts.

    Examples
    --------
    >>> [round(cosine(step, 4), 4) for step in range(5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """
    return (1.0 + math.cos(math.pi * step / steps)) / 2.0


def warm_up(schedule: Schedule, share: float, start: float = 0.04) -> Schedule:
    """Return a schedule preceded by a linear rise from `start` to 1.

    Parameters
    ----------
    schedule : function
        It follows, in the steps that are left.
    share : float
        The part of all steps that the rise takes, 0 ≤ share < 1 (rounded to whole steps).
    start : float
        The factor at the first step.

    Returns
    -------
    function

    Examples
    --------
    >>> [round(warm_up(constant, 0.5, start=0.2)(step, 8), 4) for step in range(8)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0]
    """
    if not 0.0 <= share < 1.0:
        raise ValueError(f"warm-up takes a share of {share} of all steps; give 0 ≤ share < 1")

    def warmed_up(step: int, steps: int) -> float:
        rise = min(round(share * steps), steps - 1)
        if step < rise:
            return start + (1.0 - start) * step / rise
        return schedule(step - rise, steps - rise)

    return warmed_up


def one_cycle(step: int, steps: int) -> float:
    """Rise linearly from 1/25 to 1 in the first quarter of the steps, then fall linearly to 0.

    Smith and Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018, with one straight fall to 0 in place of their two.

    Examples
    --------
    >>> [round(one_cycle(step, 8), 4) for step in range(9)]
    [0.04, 0.52, 1.0, 0.8333, 0.6667, 0.5, 0.3333, 0.1667, 0.0]
    """
    return warm_up(linear, share=0.25)(step, steps)


def learning_rate_range(low: float, high: float) -> Schedule:
    """Sweep the rate exponentially: `low` at the first step, `high` at the last.

    The factors are the rates themselves: use them with a peak rate of 1. The range test of Smith,
    "Cyclical learning rates for training neural networks", 2017.

    Examples
    --------
    >>> [round(learning_rate_range(1e-3, 10.0)(step, 5), 6) for step in range(5)]
    [0.001, 0.01, 0.1, 1.0, 10.0]
    """
    if not 0.0 < low < high:
        raise ValueError(f"a range of rates from {low} to {high}: give 0 < low < high")

    def swept(step: int, steps: int) -> float:
        return float(low * (high / low) ** (step / max(steps - 1, 1)))

    return swept


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "step-decay": step_decay,
    "cosine": cosine,
    "one-cycle": one_cycle,
}
