"""First weights: their moments, their type, their repeatability."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scrawl.nn.initialisers import INITIALISERS, lecun, normal, uniform, zeros

N_IN, N_OUT = 400, 500

# name: mean, variance and fourth standardised moment (3 for a normal, 9/5 for an even distribution)
MOMENTS = {
    "uniform": (0.5, 1 / 12, 1.8),
    "normal": (0.0, 1.0, 3.0),
    "lecun": (0.0, 1 / N_IN, 3.0),
    "xavier": (0.0, 2 / (N_IN + N_OUT), 3.0),
    "he": (0.0, 2 / N_IN, 3.0),
}


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("scale", [1.0, 0.03])
def test_weights_have_the_promised_mean_variance_and_kurtosis(name: str, scale: float) -> None:
    mean, variance, kurtosis = MOMENTS[name]
    weights = INITIALISERS[name](np.random.default_rng(1), N_IN, N_OUT, scale).astype(np.float64)
    deviation = scale * math.sqrt(variance)
    n = weights.size  # standard errors: σ/√n of the mean, about σ²·√(2/n) of the variance
    assert weights.mean() == pytest.approx(scale * mean, abs=4 * deviation / math.sqrt(n))
    assert weights.var() == pytest.approx(deviation**2, rel=4 * math.sqrt(2 / n))
    fourth = (((weights - weights.mean()) / weights.std()) ** 4).mean()
    assert fourth == pytest.approx(kurtosis, rel=0.03)


@pytest.mark.parametrize("name", INITIALISERS)
def test_weights_are_float32_of_the_shape_asked_for(name: str) -> None:
    weights = INITIALISERS[name](np.random.default_rng(0), 3, 5)
    assert weights.shape == (3, 5)
    assert weights.dtype == np.float32


@pytest.mark.parametrize("name", MOMENTS)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str) -> None:
    first, again, other = (
        INITIALISERS[name](np.random.default_rng(seed), 4, 4) for seed in (7, 7, 8)
    )
    assert np.array_equal(first, again)
    assert not np.any(first == other)


def test_zeros_are_zero_and_draw_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert not zeros(rng, 3, 2).any()
    assert rng.bit_generator.state == before


def test_uniform_weights_stay_below_one_and_reach_from_zero() -> None:
    weights = uniform(np.random.default_rng(0), 100, 100)
    assert 0 <= weights.min() < 0.001
    assert 0.999 < weights.max() < 1


def test_lecun_is_a_normal_draw_scaled_down() -> None:
    expected = normal(np.random.default_rng(5), 16, 2) / 4
    np.testing.assert_allclose(lecun(np.random.default_rng(5), 16, 2), expected, rtol=1e-6)
