"""Gradients that are the slope of the loss, gradients that are not, and steps that go up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.nn.architectures import dense_network
from scrawl.nn.diagnosis.gradient_check import check_gradients, slope_ratios
from scrawl.nn.examples import Examples
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.registries import OPTIMISERS

PIXELS, CLASSES = 20, 5


def twin(hidden: tuple[int, ...] = (8, 8), **kinds: Any) -> Network:
    rng = np.random.default_rng(1)
    return dense_network(PIXELS, hidden, CLASSES, dtype=np.float64, rng=rng, **kinds)


def examples(largest: float = 1.0) -> Examples:
    rng = np.random.default_rng(2)
    images = rng.random((60, PIXELS), np.float32) * np.float32(largest)
    return Examples(images, np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, 60)])


def names(network: Network, loss: Loss, optimiser: str = "momentum", **kinds: Any) -> list[str]:
    new = OPTIMISERS[optimiser](network.parameters.size, network.n_weights)
    return [one.name for one in check_gradients(network, loss, new, examples(**kinds))]


@pytest.mark.parametrize("largest", [1.0, 255.0])
@pytest.mark.parametrize("initialiser", ["he", "lecun", "uniform", "normal", "zeros"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky-relu", "gelu"])
def test_gradients_that_are_right_pass(activation: str, initialiser: str, largest: float) -> None:
    hidden = (8, 8)
    network = twin(hidden, activation=activation, initialiser=initialiser)
    assert names(network, CrossEntropy(label_smoothing=0.1), largest=largest) == []
    network = twin(hidden, activation=activation, initialiser=initialiser, output=activation)
    assert names(network, Quadratic(), largest=largest) == []


def test_normalised_batches_and_single_layers_pass() -> None:
    assert names(twin(batch_normalisation=True), CrossEntropy()) == []
    assert names(twin((), initialiser="zeros"), CrossEntropy()) == []
    assert names(twin((), output="softmax"), Quadratic()) == []


def test_a_derivative_that_is_1_everywhere_is_found() -> None:
    network = twin(activation="relu-with-unit-derivative")
    (finding,) = check_gradients(
        network, CrossEntropy(), OPTIMISERS["adam"](network.parameters.size, 0), examples()
    )
    assert finding.name == "wrong-gradient"
    assert "the gradient is not the slope of the loss" in finding.words
    # what comes after the last ReLU is right
    assert set(finding.numbers) == {"1-dense/weights", "3-dense/weights"}


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_activations_that_are_mispaired_are_found(activation: str) -> None:
    network = twin(activation=activation, backpropagation="mispaired-activations")
    assert names(network, CrossEntropy()) == ["wrong-gradient"]


def test_the_ratio_is_that_of_the_slope_to_the_gradient() -> None:
    network = twin((), initialiser="normal")
    loss = ThriceAsSteep()
    some = examples()
    images, labels = (np.asarray(a, network.parameters.dtype) for a in (some.images, some.labels))
    ratios = slope_ratios(network, loss, images, labels)
    assert ratios == {"1-dense/weights": pytest.approx(1 / 3, rel=1e-4)}


class ThriceAsSteep(Quadratic):
    """A loss whose gradient is wrong by a factor."""

    def __call__(self, outputs: Any, labels: Any, gradient: Any) -> float:
        """Return the mean loss and write three times its gradient."""
        loss = super().__call__(outputs, labels, gradient)
        gradient *= 3
        return loss


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_only_ascent_goes_up(optimiser: str) -> None:
    expected = ["uphill"] if optimiser == "gradient-ascent" else []
    assert names(twin(), CrossEntropy(), optimiser) == expected


def test_weights_that_run_to_infinity_at_once_give_no_warning() -> None:
    network = twin((8,) * 9, activation="relu", initialiser="uniform", initial_scale=1e38)
    assert names(network, CrossEntropy(), largest=255.0) == []


def test_the_network_has_its_weights_back() -> None:
    network = twin()
    before = network.parameters.copy()
    names(network, CrossEntropy())
    assert np.array_equal(network.parameters, before)
