"""Activations: formulas in float64, derivatives from differences, extreme inputs in silence."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from scrawl.nn import Array
from scrawl.nn.layers.activations import Activation, Softmax, softmax
from scrawl.nn.registries import ACTIVATIONS

Floats = npt.NDArray[np.float64]

FORMULAS: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "leaky-relu": lambda z: z if z > 0 else 0.01 * z,
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "relu-with-unit-derivative": lambda z: max(z, 0.0),
}
RIGHT = [name for name in ACTIVATIONS if name != "relu-with-unit-derivative"]
EXTREMES = np.array([[-1e6, -100, -1e-30, 0, 1e-30, 100, 1e6]], np.float32)


def made(name: str, width: int, batch: int = 20) -> Activation:
    layer = ACTIVATIONS[name]()
    layer.connect((width,))
    layer.reserve(batch, np.float32)
    return layer


def inputs() -> Array:
    return 3 * np.random.default_rng(0).standard_normal((20, 6), dtype=np.float32)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_outputs_are_those_of_the_formula(name: str) -> None:
    expected = np.vectorize(FORMULAS[name])(inputs().astype(np.float64))
    np.testing.assert_allclose(
        made(name, 6).forward(inputs(), training=True), expected, rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("name", RIGHT)
def test_input_gradients_are_those_of_central_differences_of_the_formula(name: str) -> None:
    layer = made(name, 6)
    layer.forward(inputs(), training=True)
    formula, z = np.vectorize(FORMULAS[name]), inputs().astype(np.float64)
    slopes = (formula(z + 1e-6) - formula(z - 1e-6)) / 2e-6
    upstream = np.random.default_rng(1).standard_normal((20, 6), dtype=np.float32)
    found = layer.input_gradient(upstream.copy())
    np.testing.assert_allclose(found, upstream * slopes, rtol=1e-4, atol=5e-6)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky-relu"])
def test_extreme_inputs_give_limits_without_a_warning(name: str) -> None:
    layer = made(name, 7)
    outputs = layer.forward(EXTREMES, training=True)
    expected = {
        "sigmoid": [0, 0, 0.5, 0.5, 0.5, 1, 1],
        "tanh": [-1, -1, -1e-30, 0, 1e-30, 1, 1],
        "relu": [0, 0, 0, 0, 1e-30, 100, 1e6],
        "leaky-relu": [-1e4, -1, -1e-32, 0, 1e-30, 100, 1e6],
    }[name]
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-6, atol=1e-40)
    slopes = layer.input_gradient(np.ones((1, 7), np.float32))
    assert np.isfinite(slopes).all()


def test_sigmoid_and_its_complement_sum_to_one() -> None:
    up = made("sigmoid", 6).forward(inputs(), training=False)
    down = made("sigmoid", 6).forward(-inputs(), training=False)
    np.testing.assert_allclose(up + down, 1, atol=1e-7)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_inputs_are_left_as_they_were(name: str) -> None:
    z = inputs()
    layer = made(name, 6)
    layer.forward(z, training=True)
    layer.input_gradient(np.ones((20, 6), np.float32))
    assert np.array_equal(z, inputs())


def test_softmax_is_the_formula_in_float64_and_rows_sum_to_one() -> None:
    z = inputs()
    exact = np.exp(z.astype(np.float64))
    found = softmax(z, np.empty_like(z))
    np.testing.assert_allclose(found, exact / exact.sum(axis=1, keepdims=True), rtol=2e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_softmax_of_shifted_logits_is_the_same() -> None:
    z = np.round(inputs())  # whole numbers, so that the shift loses no digits
    assert np.array_equal(softmax(z, np.empty_like(z)), softmax(z + 1000, np.empty_like(z)))


def test_softmax_layers_gradient_is_that_of_the_full_jacobian() -> None:
    layer = Softmax()
    layer.connect((6,))
    layer.reserve(20, np.float32)
    a = layer.forward(inputs(), training=True).astype(np.float64)
    upstream = np.random.default_rng(1).standard_normal((20, 6), dtype=np.float32)
    jacobians: Floats = np.einsum("ni,ij->nij", a, np.eye(6)) - np.einsum("ni,nj->nij", a, a)
    expected = np.einsum("ni,nij->nj", upstream, jacobians)
    np.testing.assert_allclose(layer.input_gradient(upstream.copy()), expected, atol=1e-6)
