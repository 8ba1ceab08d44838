"""The deliberate mistakes are exactly those of their names, against formulas written out here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.nn.architectures import dense_network
from scrawl.nn.deliberate_mistakes import GradientAscent, ReLUWithUnitDerivative
from scrawl.nn.fitting import compute_gradients
from scrawl.nn.losses import Quadratic
from scrawl.nn.network import Network

PIXELS, CLASSES = 6, 4


def test_the_wrong_relu_passes_every_gradient_on_even_where_it_is_off() -> None:
    layer = ReLUWithUnitDerivative()
    layer.connect((3,))
    layer.reserve(1, np.float32)
    outputs = layer.forward(np.array([[-2, 0, 5]], np.float32), training=True)
    assert outputs.tolist() == [[0, 0, 5]]
    assert layer.input_gradient(np.array([[1, 2, 3]], np.float32)).tolist() == [[1, 2, 3]]


def test_gradient_ascent_goes_up_a_parabola_by_a_power() -> None:
    curvature, start = np.array([1.0, 0.3, 4.0]), np.array([1.0, -2.0, 0.5])
    parameters, optimiser = start.astype(np.float32), GradientAscent(3, 3)
    for _ in range(20):
        optimiser.step(parameters, (curvature * parameters).astype(np.float32), 0.1)
    np.testing.assert_allclose(parameters, start * (1 + 0.1 * curvature) ** 20, rtol=1e-5)


def test_mispaired_activations_swap_the_inputs_of_the_layers_after_the_first() -> None:
    def make(backpropagation: str) -> Network:
        rng = np.random.default_rng(3)
        return dense_network(
            PIXELS,
            (5, 5),
            CLASSES,
            activation="sigmoid",
            output="sigmoid",
            backpropagation=backpropagation,
            rng=rng,
        )

    rng = np.random.default_rng(7)
    images = rng.standard_normal((20, PIXELS), dtype=np.float32)
    labels = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, 20)]
    right, wrong = make("exact"), make("mispaired-activations")
    for network in (right, wrong):
        compute_gradients(network, Quadratic(), images, labels)
    found, exact = wrong.views(wrong.gradients), right.views(right.gradients)
    # written out in float64, from nothing but the weights
    w = {name: array.astype(np.float64) for name, array in right.named_parameters().items()}
    first, second, last = [w[f"{layer}-dense/weights"] for layer in (1, 3, 5)]
    a1 = 1 / (1 + np.exp(-images @ first))
    a2 = 1 / (1 + np.exp(-a1 @ second))
    a3 = 1 / (1 + np.exp(-a2 @ last))
    error3 = (a3 - labels) / 20 * a3 * (1 - a3)
    error2 = error3 @ last.T * a2 * (1 - a2)
    swapped = {"3-dense/weights": a2.T @ error2, "5-dense/weights": a1.T @ error3}
    expected: dict[str, Any] = {**exact, **swapped}
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_activations_cannot_be_mispaired_where_shapes_forbid_it(hidden: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected two or more equal ones"):
        dense_network(
            PIXELS,
            hidden,
            CLASSES,
            backpropagation="mispaired-activations",
            rng=np.random.default_rng(0),
        )
