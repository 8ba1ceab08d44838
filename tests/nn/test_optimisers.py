"""Optimisers: closed forms on a parabola, the textbook in float64, Rosenbrock's valley."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from scrawl.nn import Array, optimisers
from scrawl.nn.clipping import Clipped
from scrawl.nn.optimisers import (
    FLUSH_EVERY,
    TINY,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Optimiser,
    RMSProp,
)
from scrawl.nn.registries import OPTIMISERS

Floats = npt.NDArray[np.float64]
CURVATURE = np.array([1.0, 0.3, 4.0])  # of the parabola Σ c·p²/2, whose gradient is c·p
START = np.array([1.0, -2.0, 0.5])
DESCENDING = [name for name in OPTIMISERS if name != "gradient-ascent"]


def f32(values: npt.ArrayLike) -> Array:
    return np.array(values, np.float32)


def descend(optimiser: Optimiser, rate: float, steps: int) -> Array:
    """Walk down the parabola."""
    parameters = f32(START)
    for _ in range(steps):
        optimiser.step(parameters, f32(CURVATURE) * parameters, rate)
    return parameters


def follow(optimiser: Optimiser, gradients: Array, rate: float) -> Array:
    """Follow given gradients (steps, size) from the origin."""
    parameters = np.zeros(gradients.shape[1], np.float32)
    for gradient in gradients:
        optimiser.step(parameters, gradient.copy(), rate)
    return parameters


def some_gradients(steps: int = 30, size: int = 5) -> Array:
    return np.random.default_rng(3).standard_normal((steps, size), dtype=np.float32)


def test_gradient_descent_shrinks_a_parabola_by_a_power() -> None:
    expected = START * (1 - 0.1 * CURVATURE) ** 20
    np.testing.assert_allclose(descend(GradientDescent(3, 3), 0.1, 20), expected, rtol=1e-5)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_on_a_parabola_is_a_matrix_power(nesterov: bool) -> None:
    rate, mu = 0.1, 0.9
    found = descend(Momentum(3, 3, momentum=mu, nesterov=nesterov), rate, 25)
    for p, c, p0 in zip(found, CURVATURE, START, strict=True):
        velocity = np.array([c, mu])  # v ← c·p + μ·v
        pull = np.array([c, 0]) + mu * velocity if nesterov else velocity
        step = np.array([np.array([1, 0]) - rate * pull, velocity])
        expected = (np.linalg.matrix_power(step, 25) @ [p0, 0])[0]
        assert p == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("steps", [1, 10])
def test_adam_under_a_constant_gradient_moves_by_the_rate_each_step(steps: int) -> None:
    gradients = np.tile(f32([3.0, -0.001]), (steps, 1))
    expected = [-0.01 * steps, 0.01 * steps]
    np.testing.assert_allclose(follow(Adam(2, 2), gradients, 0.01), expected, rtol=2e-5)


def test_rmsprop_under_a_constant_gradient_slows_down_from_its_first_leap() -> None:
    gradients = np.tile(f32([3.0, -0.5]), (10, 1))
    path = 0.01 * sum(1 / math.sqrt(1 - 0.9**k) for k in range(1, 11))
    np.testing.assert_allclose(
        follow(RMSProp(2, 2, rho=0.9), gradients, 0.01), [-path, path], rtol=1e-5
    )


def test_adam_is_the_textbook_in_float64() -> None:
    gradients = some_gradients()
    m = v = p = np.zeros(5)
    for t, g in enumerate(gradients.astype(np.float64), start=1):
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        p = p - 0.03 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-3)
    adam = Adam(5, 5, beta1=0.8, beta2=0.95, epsilon=1e-3)
    np.testing.assert_allclose(follow(adam, gradients, 0.03), p, rtol=1e-4, atol=1e-6)


def test_rmsprop_is_the_textbook_in_float64() -> None:
    gradients = some_gradients()
    s = p = np.zeros(5)
    for g in gradients.astype(np.float64):
        s = 0.9 * s + 0.1 * g**2
        p = p - 0.03 * g / (np.sqrt(s) + 1e-3)
    rmsprop = RMSProp(5, 5, rho=0.9, epsilon=1e-3)
    np.testing.assert_allclose(follow(rmsprop, gradients, 0.03), p, rtol=1e-4, atol=1e-6)


def rosenbrock_gradient(p: Floats) -> Floats:
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


@pytest.mark.parametrize(
    ("name", "rate", "steps"),
    [
        ("gradient-descent", 2e-3, 8000),
        ("momentum", 1e-3, 3000),
        ("nesterov", 1e-3, 3000),
        ("rmsprop", 3e-3, 4000),
        ("adam", 1e-1, 3000),
        ("adamw", 1e-1, 3000),
    ],
)
def test_every_optimiser_finds_the_end_of_rosenbrocks_valley(
    name: str, rate: float, steps: int
) -> None:
    optimiser = OPTIMISERS[name](2, 2)
    p = f32([-1.2, 1.0])
    for step in range(steps):
        falling = rate * (1 - step / steps)
        optimiser.step(p, f32(rosenbrock_gradient(p.astype(np.float64))), falling)
    assert math.hypot(p[0] - 1, p[1] - 1) < 0.05


def test_l2_decay_adds_to_the_gradient_of_weights_and_never_to_biases() -> None:
    optimiser = GradientDescent(3, 2, weight_decay=0.5)
    p = f32(START)
    for _ in range(4):
        optimiser.step(p, np.zeros(3, np.float32), 0.1)
    np.testing.assert_allclose(p, START * [(1 - 0.05) ** 4, (1 - 0.05) ** 4, 1], rtol=1e-6)


@pytest.mark.parametrize("name", ["momentum", "nesterov", "rmsprop", "adam"])
def test_l2_decay_is_what_adding_the_penaltys_gradient_by_hand_gives(name: str) -> None:
    decaying = OPTIMISERS[name](3, 2, weight_decay=0.5)
    plain = OPTIMISERS[name](3, 2)
    p, q = f32(START), f32(START)
    for gradient in some_gradients(10, 3):
        penalty = f32([0.5, 0.5, 0]) * q
        decaying.step(p, gradient.copy(), 0.1)
        plain.step(q, gradient + penalty, 0.1)
    np.testing.assert_allclose(p, q, rtol=1e-5)


def test_adamw_decays_weights_by_rate_times_decay_whatever_the_gradient() -> None:
    gradients = some_gradients(10, 3)
    decaying, plain = AdamW(3, 2, weight_decay=0.1), Adam(3, 2)
    p, expected = f32(START), START.astype(np.float64)
    for gradient in gradients:
        before = f32(START)
        plain.step(before, gradient.copy(), 0.05)
        expected = expected * [1 - 0.005, 1 - 0.005, 1] + (before - f32(START))
        decaying.step(p, gradient.copy(), 0.05)
    np.testing.assert_allclose(p, expected, rtol=1e-5)


def test_adamw_brief_forgets_three_tenths_of_gradients_and_a_tenth_of_squares() -> None:
    gradients = some_gradients(6)
    p, m, v = np.zeros(5), np.zeros(5), np.zeros(5)
    for t, gradient in enumerate(gradients.astype(np.float64), start=1):
        m, v = 0.7 * m + 0.3 * gradient, 0.9 * v + 0.1 * gradient**2
        p -= 0.1 * (m / (1 - 0.7**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
    found = follow(OPTIMISERS["adamw-brief"](5, 5), gradients, 0.1)
    np.testing.assert_allclose(found, p, rtol=1e-5)


def test_adamw_without_decay_is_adam_to_the_bit() -> None:
    gradients = some_gradients()
    assert np.array_equal(follow(AdamW(5, 5), gradients, 0.1), follow(Adam(5, 5), gradients, 0.1))


@pytest.mark.parametrize("name", OPTIMISERS)
def test_cutting_the_vector_into_blocks_changes_no_bit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradients = some_gradients(2 * FLUSH_EVERY, 23)
    whole = follow(OPTIMISERS[name](23, 17, weight_decay=0.01), gradients, 0.01)
    monkeypatch.setattr(optimisers, "BLOCK", 5)
    cut = follow(OPTIMISERS[name](23, 17, weight_decay=0.01), gradients, 0.01)
    assert np.array_equal(whole, cut)


@pytest.mark.parametrize("name", ["momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_moments_too_small_to_matter_become_zero_and_others_stay(name: str) -> None:
    optimiser = OPTIMISERS[name](3, 3)
    moments = [optimiser.state()[moment] for moment in optimiser.moments]
    for moment in moments:
        moment[:] = [TINY / 2, 1e-42, 1.0]
    parameters = np.zeros(3, np.float32)
    for _ in range(FLUSH_EVERY):
        optimiser.step(parameters, np.zeros(3, np.float32), 0.0)
    for moment in moments:
        assert moment[0] == moment[1] == 0
        assert moment[2] > 1e-6


@pytest.mark.parametrize("name", OPTIMISERS)
def test_restored_state_continues_to_the_same_bits(name: str) -> None:
    gradients = some_gradients(20)
    whole = follow(OPTIMISERS[name](5, 5), gradients, 0.01)
    first, second = OPTIMISERS[name](5, 5), OPTIMISERS[name](5, 5)
    parameters = follow(first, gradients[:8], 0.01)
    second.restore({key: array.copy() for key, array in first.state().items()})
    for gradient in gradients[8:]:
        second.step(parameters, gradient.copy(), 0.01)
    assert np.array_equal(parameters, whole)


@pytest.mark.parametrize("other", [Momentum(5, 5), Adam(4, 4)])
def test_state_of_another_kind_or_size_is_refused(other: Optimiser) -> None:
    with pytest.raises(ValueError, match="Adam needs"):
        Adam(5, 5).restore(other.state())


@pytest.mark.parametrize("name", DESCENDING)
def test_every_optimiser_goes_down(name: str) -> None:
    gradient = f32([2.0, -3.0])
    assert np.array_equal(
        np.sign(follow(OPTIMISERS[name](2, 2), gradient[None], 0.1)), -np.sign(gradient)
    )


def test_clipping_shortens_a_gradient_to_the_norm_and_keeps_its_direction() -> None:
    gradient = f32([[30.0, -40.0]])
    found = follow(Clipped(GradientDescent(2, 2), largest_norm=5.0), gradient, 1.0)
    np.testing.assert_allclose(found, [-3.0, 4.0], rtol=1e-6)


def test_clipping_leaves_a_shorter_gradient_alone() -> None:
    gradient = f32([[3.0, -4.0]])
    found = follow(Clipped(GradientDescent(2, 2), largest_norm=5.1), gradient, 1.0)
    assert found.tolist() == [-3.0, 4.0]


def test_a_clipped_optimisers_state_is_that_of_the_one_inside() -> None:
    adam = Adam(5, 5)
    follow(Clipped(adam, 1.0), some_gradients(), 0.1)
    other = Clipped(Adam(5, 5), 1.0)
    other.restore(adam.state())
    assert other.state()["steps"] == 30
    assert np.array_equal(other.state()["square_sum"], adam.square_sum)


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e18, 1e20, 3e38])
def test_gradients_of_any_length_are_clipped_in_their_direction(length: float) -> None:
    direction = np.array([0.6, 0.0, -0.8])
    parameters = np.zeros(3, np.float32)
    clipped = Clipped(GradientDescent(3, 3), 1e-3)
    clipped.step(parameters, (length * direction).astype(np.float32), 1.0)
    np.testing.assert_allclose(parameters, -1e-3 * direction, rtol=1e-5)


@pytest.mark.parametrize("broken", [np.inf, np.nan])
def test_gradients_that_are_not_finite_are_not_hidden_by_clipping(broken: float) -> None:
    parameters = np.zeros(2, np.float32)
    Clipped(GradientDescent(2, 2), 1.0).step(parameters, f32([broken, 1.0]), 0.5)
    assert not np.isfinite(parameters).all()


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Momentum(1, 1, momentum=1.0), "momentum is 1.0"),
        (lambda: RMSProp(1, 1, rho=-0.1), "rho"),
        (lambda: Adam(1, 1, beta2=1.0), "beta2"),
        (lambda: GradientDescent(1, 1, weight_decay=-1.0), "weight_decay"),
        (lambda: Clipped(Adam(1, 1), largest_norm=0.0), "norm 0.0"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(
    make: Callable[[], Optimiser], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        make()
