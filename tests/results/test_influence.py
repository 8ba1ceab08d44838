"""Influence of training images: one step of gradient descent by brute force, and planted labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import Architecture
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.results.influence import most_influential

NETWORKS: dict[str, tuple[dict[str, Any], Loss]] = {
    "one layer": ({"hidden": ()}, CrossEntropy()),
    "smoothed labels": ({"hidden": (8,)}, CrossEntropy(0.1)),
    "sigmoids": ({"hidden": (8,), "activation": "sigmoid", "output": "sigmoid"}, Quadratic()),
    "softmax and squares": ({"hidden": (8,), "output": "softmax"}, Quadratic()),
    "convolution": ({"filters": ((2,),), "hidden": (5,)}, CrossEntropy()),
    "normalised": ({"hidden": (8,), "batch_normalisation": True}, CrossEntropy()),
}


def images(n: int, seed: int) -> Array:
    found: Array = np.random.default_rng(seed).random((n, 36), np.float32)
    return found


def last_of(network: Network) -> int:
    return max(place for place, name in enumerate(network.names) if name.endswith("dense"))


def scores(network: Network, image: Array) -> Array:
    """Return what the last dense layer computes of an image, in float64, by its weights."""
    last = last_of(network)
    values = image[None]
    for layer in network.layers[:last]:
        values = layer.forward(values, False)
    parameters = network.named_parameters()
    weights, biases = (parameters[f"{network.names[last]}/{key}"] for key in ("weights", "biases"))
    found: Array = (values.astype(float) @ weights + biases)[0]
    return found


def moved_by_steps(
    network: Network, loss: Loss, image: Array, one_hot: Array, test: Array
) -> Array:
    """Return the central difference of a test image's scores over a step of the last layer."""
    last = last_of(network)
    outputs = network.forward(image[None], training=not network.named_state())
    gradient = np.empty_like(outputs)
    loss(outputs, one_hot[None], gradient)
    network.training = True
    network.backward(gradient)
    gradients = network.views(network.gradients)
    before = network.parameters.copy()
    results = []
    for rate in (0.5, -0.5):
        for name, values in network.named_parameters().items():
            if name.startswith(f"{network.names[last]}/"):
                values -= np.float32(rate) * gradients[name]
        results.append(scores(network, test))
        network.parameters[:] = before
    return results[0] - results[1]


@pytest.mark.parametrize("name", NETWORKS)
def test_influence_is_what_a_step_on_the_image_moves_the_answer_beyond_the_label(
    name: str,
) -> None:
    settings, loss = NETWORKS[name]
    network = Architecture(**settings).build((6, 6), 3, np.random.default_rng(0))
    train, test = images(20, 1), images(2, 2)
    one_hot = np.eye(3, dtype=np.float32)[np.arange(20) % 3]
    answers, labels = np.array([1, 0]), np.array([2, 1])
    blocks = [(train[start : start + 7], one_hot[start : start + 7]) for start in (0, 7, 14)]
    layers = last_of(network)
    places, values = most_influential(network, loss, layers, (test, answers, labels), blocks, 20)
    for row, (answer, label) in enumerate(zip(answers, labels, strict=True)):
        moved = [
            moved_by_steps(network, loss, train[i], one_hot[i], test[row])[[answer, label]]
            for i in range(20)
        ]
        expected = np.array([more - less for more, less in moved])
        np.testing.assert_allclose(values[row], expected[places[row]], rtol=1e-3, atol=1e-5)
        assert sorted(places[row]) == list(range(20))
        assert (np.diff(values[row]) <= 0).all()
    few, _ = most_influential(network, loss, layers, (test, answers, labels), blocks, 4)
    np.testing.assert_array_equal(few, places[:, :4])


def test_wrong_labels_planted_beside_an_image_speak_most_for_its_wrong_answer() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 3
    centres = rng.random((3, 36), np.float32)
    train = centres[truth] + 0.15 * rng.standard_normal((300, 36), np.float32)
    test = train[:30] + 0.02 * rng.standard_normal((30, 36), np.float32)
    labels = truth.copy()
    labels[:30] = (truth[:30] + 1) % 3  # each beside a test image
    one_hot = np.eye(3, dtype=np.float32)[labels]
    network = Architecture(hidden=(16,)).build((6, 6), 3, rng)
    loss = CrossEntropy()
    for _ in range(60):
        outputs = network.forward(train, training=True)
        gradient = np.empty_like(outputs)
        loss(outputs, one_hot, gradient)
        network.backward(gradient)
        network.parameters -= np.float32(0.1) * network.gradients
    queries = test, labels[:30], truth[:30]
    places, values = most_influential(network, loss, 2, queries, [(train, one_hot)], 10)
    # Each wrong answer has ten such labels: those of the same class that were changed.
    for row in range(30):
        assert set(places[row]) == set(range(row % 3, 30, 3))
    assert (values > 0).all()
