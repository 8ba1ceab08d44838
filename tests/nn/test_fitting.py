"""Gradient steps and scores: no example left out, no memory claimed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from nn.test_trainer import moons, small
from scrawl.nn import fitting
from scrawl.nn.architectures import convolutional_network, dense_network
from scrawl.nn.fitting import learn, score
from scrawl.nn.layers.base import Dense
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network
from scrawl.nn.registries import ACTIVATIONS, OPTIMISERS


def test_scores_count_every_example_and_do_not_depend_on_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, examples = small(), moons(101)
    answers = network.predict(examples.images).astype(np.float64)
    right = answers.argmax(axis=1) == examples.labels.argmax(axis=1)
    logs = answers - np.log(np.exp(answers).sum(axis=1, keepdims=True))
    expected = -(logs * examples.labels).sum(axis=1).mean()
    for batch in (1, 10, 101, 4096):
        monkeypatch.setattr(fitting, "PREDICTION_BATCH", batch)
        loss, accuracy = score(network, CrossEntropy(), examples)
        assert loss == pytest.approx(expected, rel=1e-5)
        assert accuracy == right.mean()


@pytest.mark.parametrize(
    ("optimiser", "activation"),
    [*((name, "relu") for name in OPTIMISERS), *(("momentum", name) for name in ACTIVATIONS)],
)
def test_a_training_step_makes_no_array_of_the_size_of_a_batch_or_layer(
    optimiser: str, activation: str
) -> None:
    rng = np.random.default_rng(0)
    network = dense_network(64, [256], 10, activation=activation, dropout=0.2, rng=rng)
    # weights take 64 KiB, hidden units 256; allowed are a few numbers for each example, and the 32
    # that NumPy takes to turn booleans into float32
    assert memory_of_steps(network, optimiser, 64) < 40 * 1024


@pytest.mark.parametrize("pooling", ["max", "average", "none"])
@pytest.mark.parametrize("padding", [0, 1])
def test_a_training_step_of_a_convolutional_network_makes_no_array_of_the_size_of_an_image(
    pooling: str, padding: int
) -> None:
    network = convolutional_network(
        (16, 16), [[16, 8]], [64], 10, kernel=3, padding=padding, pooling=pooling,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    # a shard of the first convolution takes 400 to 512 KiB; allowed are NumPy's own buffers, of
    # 8192 numbers for each of three arrays, where those that it adds lie scattered
    assert memory_of_steps(network, "momentum", 256) < 128 * 1024


def memory_of_steps(network: Network, optimiser: str, pixels: int) -> int:
    """Return how many bytes a hundred steps claim at the most, once the buffers are there."""
    rng = np.random.default_rng(0)
    step = OPTIMISERS[optimiser](network.parameters.size, network.n_weights, weight_decay=1e-4)
    images = rng.random((256, pixels), dtype=np.float32)
    labels = np.eye(10, dtype=np.float32)[rng.integers(0, 10, 256)]
    learn(network, CrossEntropy(0.1), step, images, labels, 1e-3)  # makes the buffers
    tracemalloc.start()
    try:
        for _ in range(100 if isinstance(network.layers[0], Dense) else 5):
            learn(network, CrossEntropy(0.1), step, images, labels, 1e-3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak
