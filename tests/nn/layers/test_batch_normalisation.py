"""Batch normalisation against float64 and against what its name promises."""

from __future__ import annotations

import numpy as np

from scrawl.nn import Array
from scrawl.nn.layers.batch_normalisation import BatchNormalisation


def normalising_three(batch: int = 8) -> tuple[BatchNormalisation, dict[str, Array]]:
    """Return a layer of three units with its parameters, as a network would make it."""
    layer = BatchNormalisation()
    layer.connect((3,))
    parameters = {name: np.zeros(3, np.float32) for name in ("scale", "shift")}
    layer.bind(parameters, {name: np.zeros(3, np.float32) for name in ("scale", "shift")})
    layer.initialise(np.random.default_rng(0))
    layer.reserve(batch, np.float32)
    return layer, parameters


def normal(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_batch_normalisation_brings_a_batch_to_mean_shift_and_deviation_scale() -> None:
    layer, parameters = normalising_three(batch=100)
    parameters["shift"][:], parameters["scale"][:] = [0, 1, -2], [1, 2, 0.5]
    outputs = layer.forward(5 + 3 * normal(100, 3), training=True).astype(np.float64)
    np.testing.assert_allclose(outputs.mean(axis=0), [0, 1, -2], atol=1e-5)
    np.testing.assert_allclose(outputs.std(axis=0), [1, 2, 0.5], rtol=1e-4)


def test_batch_normalisation_averages_mean_and_unbiased_variance_of_batches() -> None:
    layer, _ = normalising_three()
    mean, variance = np.zeros(3), np.ones(3)
    for seed in range(5):
        x = 5 + 3 * normal(8, 3, seed=seed)
        layer.forward(x, training=True)
        exact = x.astype(np.float64)
        mean = 0.9 * mean + 0.1 * exact.mean(axis=0)
        variance = 0.9 * variance + 0.1 * exact.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.state()["mean"], mean, rtol=1e-5)
    np.testing.assert_allclose(layer.state()["variance"], variance, rtol=1e-5)


def test_batch_normalisation_uses_running_averages_outside_of_training_and_keeps_them() -> None:
    layer, _ = normalising_three()
    layer.state()["mean"][:], layer.state()["variance"][:] = [1, 2, 3], [4, 9, 16]
    x = normal(8, 3)
    expected = (x.astype(np.float64) - [1, 2, 3]) / np.sqrt(np.array([4, 9, 16]) + 1e-5)
    np.testing.assert_allclose(layer.forward(x, training=False), expected, rtol=1e-5, atol=1e-6)
    assert layer.state()["mean"].tolist() == [1, 2, 3]


def test_batch_normalisation_of_a_single_example_gives_the_shift_and_learns_no_variance() -> None:
    layer, parameters = normalising_three()
    parameters["shift"][:] = [1, 2, 3]
    assert layer.forward(normal(1, 3), training=True).tolist() == [[1, 2, 3]]
    assert layer.state()["variance"].tolist() == [1, 1, 1]
