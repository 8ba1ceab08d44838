"""Batches in shards: the gradients of the whole, and the same bits on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.nn import Array, fitting
from scrawl.nn.architectures import convolutional_network
from scrawl.nn.layers.base import Dropout
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network
from scrawl.nn.registries import OPTIMISERS
from scrawl.nn.shards import COPIES, SHARD, ShardedNetwork
from scrawl.training.workers import workers

SHAPE = (8, 7)
PIXELS = 56


def small(**kinds: object) -> ShardedNetwork:
    kinds = {"kernel": 3, "rng": np.random.default_rng(3), **kinds}
    network = convolutional_network(SHAPE, [[3]], [12], 5, **kinds)  # type: ignore[arg-type]
    assert isinstance(network, ShardedNetwork)
    return network


def examples(n: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    labels: Array = np.eye(5, dtype=np.float32)[rng.integers(0, 5, n)]
    return rng.random((n, PIXELS), dtype=np.float32), labels


@pytest.mark.parametrize("n", [1, SHARD - 1, SHARD, SHARD + 1, 100, SHARD * COPIES + 77])
def test_shards_come_to_the_loss_and_gradients_of_the_whole_batch(n: int) -> None:
    images, labels = examples(n)
    whole, sharded = small(), small()
    gradient = np.zeros((n, 5), np.float32)
    outputs = whole.forward(images, training=True)
    loss = CrossEntropy()(outputs, labels, gradient)
    right = fitting.count_correct(outputs, labels)
    whole.backward(gradient)
    found, found_right = fitting.compute_gradients(sharded, CrossEntropy(), images, labels)
    assert found == pytest.approx(loss, rel=1e-5)
    assert found_right == right
    np.testing.assert_allclose(sharded.gradients, whole.gradients, rtol=1e-3, atol=1e-6)
    assert np.abs(whole.gradients).max() > 1e-3


def test_predictions_in_shards_are_those_of_one_pass() -> None:
    images, _ = examples(200)
    network = small()
    expected = small().forward(images)
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-5, atol=1e-6)
    network.reserve(100)
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-5, atol=1e-6)
    assert network.predict(images[:0]).shape == (0, 5)


def trained(threads: int, radius: float) -> tuple[bytes, bytes]:
    """Return the parameters and running averages after a few steps."""
    network = small(batch_normalisation=not radius, dropout=0.3)
    step = OPTIMISERS["adam"](network.parameters.size, network.n_weights)
    images, labels = examples(300)
    with workers(threads) as executor:
        network.divide(1, executor)
        step.divide(executor)
        for _ in range(5):
            fitting.learn(network, CrossEntropy(), step, images, labels, 0.01, radius)
        answers = network.predict(images)
    state = b"".join(array.tobytes() for array in network.named_state().values())
    return network.parameters.tobytes() + state, answers.tobytes()


@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_one_two_and_four_threads_give_the_same_bits(radius: float) -> None:
    assert trained(1, radius) == trained(2, radius) == trained(4, radius)


def test_running_averages_take_in_the_mean_of_the_shards_statistics() -> None:
    network = small(batch_normalisation=True)
    images, labels = examples(2 * SHARD)
    fitting.compute_gradients(network, CrossEntropy(), images, labels)
    weights = network.named_parameters()["2-convolution/weights"].astype(np.float64)
    x = images.astype(np.float64).reshape(-1, *SHAPE)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    convolved = np.einsum("nyxij,fij->fnyx", windows, weights[:, 0])
    pooled = convolved[:, :, :6, :4].reshape(3, -1, 3, 2, 2, 2).max(axis=(3, 5))
    halves = pooled[:, :SHARD], pooled[:, SHARD:]
    means = [half.mean(axis=(1, 2, 3)) for half in halves]
    variances = [half.reshape(3, -1).var(axis=1, ddof=1) for half in halves]
    state = network.named_state()
    np.testing.assert_allclose(
        state["4-batch-normalisation/mean"], 0.1 * np.mean(means, axis=0), rtol=1e-4, atol=1e-6
    )
    expected = 0.9 + 0.1 * np.mean(variances, axis=0)
    np.testing.assert_allclose(state["4-batch-normalisation/variance"], expected, rtol=1e-5)


def test_a_batch_of_more_shards_than_copies_moves_the_running_averages_once() -> None:
    """One step of a tenth towards the mean of the shards, whose images are all the same here."""
    moved = []
    for shards in (1, COPIES, COPIES + 3, 3 * COPIES):
        network = small(batch_normalisation=True)
        images, labels = examples(SHARD)
        some = np.tile(images, (shards, 1)), np.tile(labels, (shards, 1))
        fitting.compute_gradients(network, CrossEntropy(), *some)
        moved.append({name: array.copy() for name, array in network.named_state().items()})
    for found in moved[1:]:
        for name, values in moved[0].items():
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6)


def test_copies_predict_with_the_running_averages_of_the_network() -> None:
    network = small(batch_normalisation=True)
    images, labels = examples(100)
    fitting.compute_gradients(network, CrossEntropy(), images, labels)
    for values in network.named_state().values():
        values += 0.5
    expected = network.forward(images).copy()
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-5, atol=1e-6)


def test_each_shard_drops_other_values() -> None:
    network = small(dropout=0.5)
    images, labels = examples(3 * SHARD)
    fitting.compute_gradients(network, CrossEntropy(), images, labels)
    drawn = [
        layer.factors.tobytes()
        for part in network.copies
        for layer in part.layers
        if isinstance(layer, Dropout)
    ]
    assert len(set(drawn)) == len(network.copies) == 3


def test_full_batches_need_no_more_memory_than_so_many_shards() -> None:
    network = small()
    network.reserve(100 * SHARD * COPIES)
    assert len(network.copies) == COPIES
    assert {part.capacity for part in network.copies} == {SHARD}


def test_a_batch_that_leaves_one_example_over_has_no_shard_of_one() -> None:
    sizes: list[int] = []

    def noted(part: Network, rows: Array) -> None:
        part.gradients[...] = 0
        sizes.append(len(rows))

    small().each_shard(noted, np.zeros(2 * SHARD + 1, np.float32))
    assert sum(sizes) == 2 * SHARD + 1
    assert min(sizes) > SHARD / 2


def test_the_input_gradient_of_the_first_convolution_is_never_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(layer: Convolution, gradient: Array) -> Array:
        raise AssertionError("nobody needs it")

    monkeypatch.setattr(Convolution, "input_gradient", refuse)
    fitting.compute_gradients(small(), CrossEntropy(), *examples(10))


def test_nothing_in_a_float32_network_of_images_is_float64() -> None:
    network = small(batch_normalisation=True, dropout=0.5)
    fitting.compute_gradients(network, CrossEntropy(0.1), *examples(10))
    arrays = [network.parameters, network.gradients, *network.named_state().values()]
    for layer in network.copies[0].layers:
        arrays += [value for value in vars(layer).values() if isinstance(value, np.ndarray)]
    types = {array.dtype for array in arrays}
    assert len(arrays) > 40
    assert types == {np.dtype(np.float32), np.dtype(np.bool_)}


def test_a_layer_alone_takes_its_own_statistics() -> None:
    layer = BatchNormalisation()
    layer.connect((2,))
    layer.bind(*({name: np.zeros(2, np.float32) for name in ("scale", "shift")} for _ in range(2)))
    layer.initialise(np.random.default_rng(0))
    twin = layer.twin()
    assert isinstance(twin, BatchNormalisation)
    twin.reserve(4, np.float32)
    twin.forward(np.ones((4, 2), np.float32), training=True)
    assert not layer.state()["mean"].any()
    layer.collect([twin])
    layer.absorb()
    np.testing.assert_allclose(layer.state()["mean"], [0.1, 0.1], rtol=1e-6)
    assert twin.state()["mean"] is layer.state()["mean"]
