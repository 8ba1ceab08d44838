"""Dense and dropout against float64 and against what their names promise."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.initialisers import uniform
from scrawl.nn.layers.base import Dense, Dropout, Layer


def wired(layer: Layer, n_in: int, batch: int = 8) -> tuple[dict[str, Array], dict[str, Array]]:
    """Give a layer parameters, gradients and buffers, as a network would."""
    layer.connect((n_in,))
    shapes = layer.parameter_shapes().items()
    parameters = {name: np.zeros(shape, np.float32) for name, shape in shapes}
    gradients = {name: np.zeros(shape, np.float32) for name, shape in shapes}
    layer.bind(parameters, gradients)
    layer.initialise(np.random.default_rng(0))
    layer.reserve(batch, np.float32)
    return parameters, gradients


def normal(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_dense_outputs_are_weighted_sums_plus_biases() -> None:
    layer = Dense(3)
    parameters, _ = wired(layer, 4)
    parameters["biases"][:] = [1, 2, 3]
    x = normal(8, 4)
    expected = np.einsum("ni,io->no", x, parameters["weights"], dtype=np.float64)
    expected += [1, 2, 3]
    np.testing.assert_allclose(layer.forward(x, training=False), expected, rtol=1e-5, atol=1e-6)


def test_dense_gradients_are_those_of_the_einsum_in_float64() -> None:
    layer = Dense(3)
    parameters, gradients = wired(layer, 4)
    x, g = normal(8, 4), normal(8, 3, seed=2)
    layer.forward(x, training=True)
    layer.parameter_gradients(g)
    expected = np.einsum("ni,no->io", x, g, dtype=np.float64)
    np.testing.assert_allclose(gradients["weights"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradients["biases"], g.astype(np.float64).sum(axis=0), atol=1e-6)
    expected = np.einsum("no,io->ni", g, parameters["weights"], dtype=np.float64)
    np.testing.assert_allclose(layer.input_gradient(g), expected, rtol=1e-5, atol=1e-6)


def test_dense_without_bias_has_weights_only_and_maps_zero_to_zero() -> None:
    layer = Dense(3, bias=False)
    parameters, _ = wired(layer, 4)
    assert list(parameters) == ["weights"]
    assert not layer.forward(np.zeros((2, 4), np.float32), training=True).any()
    layer.parameter_gradients(normal(2, 3))


def test_dense_weights_are_drawn_as_told_and_biases_are_zero() -> None:
    layer = Dense(3, uniform, scale=0.5)
    parameters, _ = wired(layer, 4)
    expected = 0.5 * np.random.default_rng(0).random((4, 3), dtype=np.float32)
    assert np.array_equal(parameters["weights"], expected)
    assert not parameters["biases"].any()


def test_gradients_are_overwritten_not_added_to() -> None:
    layer = Dense(3)
    _, gradients = wired(layer, 4)
    x, g = normal(8, 4), normal(8, 3)
    layer.forward(x, training=True)
    layer.parameter_gradients(g)
    first = gradients["weights"].copy()
    layer.parameter_gradients(g)
    assert np.array_equal(gradients["weights"], first)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_rate_of_values_and_keeps_their_mean(rate: float) -> None:
    layer = Dropout(rate, np.random.default_rng(0))
    wired(layer, 500, batch=200)
    outputs = layer.forward(np.ones((200, 500), np.float32), training=True)
    assert (outputs == 0).mean() == pytest.approx(rate, abs=0.01)
    np.testing.assert_allclose(outputs[outputs > 0], 1 / (1 - rate), rtol=1e-6)


def test_dropout_passes_gradients_where_it_passed_values() -> None:
    layer = Dropout(0.5, np.random.default_rng(0))
    wired(layer, 50)
    outputs = layer.forward(np.ones((8, 50), np.float32), training=True)
    assert np.array_equal(layer.input_gradient(np.ones((8, 50), np.float32)), outputs)


def test_dropout_draws_anew_for_every_batch() -> None:
    layer = Dropout(0.5, np.random.default_rng(0))
    wired(layer, 50)
    ones = np.ones((8, 50), np.float32)
    first = layer.forward(ones, training=True).copy()
    assert not np.array_equal(layer.forward(ones, training=True), first)


def test_dropout_does_nothing_and_draws_nothing_outside_of_training() -> None:
    rng = np.random.default_rng(0)
    layer = Dropout(0.5, rng)
    wired(layer, 4)
    before = rng.bit_generator.state
    x = normal(8, 4)
    assert np.array_equal(layer.forward(x, training=False), x)
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_dropout_of_everything_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="give 0 ≤ rate < 1"):
        Dropout(rate, np.random.default_rng(0))


def test_a_dense_layer_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="0 units"):
        Dense(0)
