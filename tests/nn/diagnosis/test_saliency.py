"""Saliency is the derivative of a score by each pixel, of the network as it predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.artifacts import model
from scrawl.nn.architectures import dense_network
from scrawl.nn.diagnosis.saliency import integrated_gradients, saliency
from scrawl.nn.layers.activations import ACTIVATIONS
from scrawl.nn.network import Network
from scrawl.settings.experiment import Run

Array = NDArray[Any]

RNG = np.random.default_rng(3)
IMAGES: Array = RNG.standard_normal((4, 6))
CLASSES: Array = np.array([2, 0, 1, 2])


def score(network: Network, images: Array, classes: Array, output: bool) -> Array:
    """Return the score of a class for each image; `output` tells of a layer after the last one."""
    network.forward(images)
    dense = network.layers[-2 if output else -1]
    scores: Array = dense.outputs[: len(images)]  # type: ignore[attr-defined]
    return scores[np.arange(len(images)), classes].copy()


def differences(network: Network, output: bool) -> Array:
    """Return the derivatives by central differences."""
    found = np.empty_like(IMAGES)
    for pixel in range(IMAGES.shape[1]):
        step = np.zeros(IMAGES.shape[1])
        step[pixel] = 1e-6
        up, down = (score(network, IMAGES + sign * step, CLASSES, output) for sign in (1, -1))
        found[:, pixel] = (up - down) / 2e-6
    return found


# The derivative of the unit-derivative ReLU is wrong on purpose.
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS.keys() - {"relu-with-unit-derivative"}))
def test_it_is_the_derivative_by_central_differences(activation: str) -> None:
    network = dense_network(
        6, [7, 5], 3, activation=activation, dtype=np.float64, rng=np.random.default_rng(1)
    )
    found = saliency(network, IMAGES, CLASSES)
    np.testing.assert_allclose(found, differences(network, output=False), rtol=1e-6, atol=1e-8)
    assert np.abs(found).max() > 0.01


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_an_activation_of_the_outputs_does_not_flatten_it(output: str) -> None:
    network = dense_network(
        6, [5], 3, output=output, dtype=np.float64, rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(
        saliency(network, IMAGES, CLASSES), differences(network, output=True), rtol=1e-6, atol=1e-8
    )


def test_dropout_and_batch_normalisation_do_what_they_do_when_predicting() -> None:
    network = dense_network(
        6, [7], 3, dropout=0.5, batch_normalisation=True, dtype=np.float64,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    for _ in range(3):  # moves the running averages, and leaves a mask behind
        network.forward(IMAGES, training=True)
        gradient: Array = np.ones((4, 3))
        network.backward(gradient)
    np.testing.assert_allclose(
        saliency(network, IMAGES, CLASSES), differences(network, output=False), rtol=1e-6, atol=1e-8
    )


CONVOLUTIONAL: list[dict[str, Any]] = [
    {},
    {"pooling": "average", "batch_normalisation": True},
    {"dropout": 0.3, "padding": 1},
]


@pytest.mark.parametrize("settings", CONVOLUTIONAL, ids=str)
def test_it_goes_through_convolutions_to_the_pixels(settings: dict[str, Any]) -> None:
    run = Run.parse({"filters": [[3], [4]], "kernel": 3, "hidden": [6], **settings})
    network = model.build(run, (12, 11), 3, np.random.default_rng(1), np.float64)
    rng = np.random.default_rng(2)
    images: Array = rng.standard_normal((4, 12 * 11))
    network.forward(images, training=True)
    found = saliency(network, images, CLASSES)
    for _ in range(5):  # in some directions, each through all pixels
        direction: Array = rng.standard_normal(12 * 11)
        up, down = (
            score(network, images + sign * 1e-6 * direction, CLASSES, output=False)
            for sign in (1, -1)
        )
        np.testing.assert_allclose(found @ direction, (up - down) / 2e-6, rtol=1e-5, atol=1e-8)
    assert np.abs(found).max() > 0.001


def test_it_is_an_array_of_its_own() -> None:
    network = dense_network(6, [], 3, dtype=np.float64, rng=np.random.default_rng(1))
    first = saliency(network, IMAGES, CLASSES)
    kept = first.copy()
    saliency(network, -IMAGES, CLASSES[::-1])
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_integrated_gradients_sum_to_the_score_above_a_blank(activation: str) -> None:
    network = dense_network(
        6, [7], 3, activation=activation, rng=np.random.default_rng(2), dtype=np.float64
    )
    blank: Array = np.full(6, 0.2)
    found = integrated_gradients(network, IMAGES, blank, CLASSES, steps=400)
    blanks = np.broadcast_to(blank, IMAGES.shape).copy()
    above = score(network, IMAGES, CLASSES, False) - score(network, blanks, CLASSES, False)
    np.testing.assert_allclose(found.sum(axis=1), above, atol=0.01)
    assert np.abs(above).max() > 0.3
