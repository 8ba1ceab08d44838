"""Whole networks: gradients against differences, views of one vector, buffers of any batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import dense_network
from scrawl.nn.layers.activations import Softmax
from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.registries import ACTIVATIONS

PIXELS, CLASSES = 6, 4

MIDDLES: dict[str, Callable[[], Layer]] = {
    **{name: ACTIVATIONS[name] for name in ACTIVATIONS if name != "relu-with-unit-derivative"},
    "softmax": Softmax,
    "dropout": lambda: Dropout(0.3, np.random.default_rng(5)),
    "batch-normalisation": BatchNormalisation,
    "dense": lambda: Dense(7),
    "dense without bias": lambda: Dense(7, bias=False),
}
LOSSES: dict[str, Loss] = {
    "quadratic": Quadratic(),
    "cross-entropy": CrossEntropy(),
    "smoothed": CrossEntropy(label_smoothing=0.1),
}


def batch_of(n: int, dtype: type[Any] = np.float32) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    labels: Array = np.eye(CLASSES, dtype=dtype)[rng.integers(0, CLASSES, n)]
    return rng.standard_normal((n, PIXELS)).astype(dtype), labels


def small(seed: int = 0, hidden: tuple[int, ...] = (8, 5)) -> Network:
    return dense_network(PIXELS, hidden, CLASSES, rng=np.random.default_rng(seed))


def gradients_of(network: Network, loss: Loss, images: Array, labels: Array) -> Array:
    """Return a copy of the gradients of one batch."""
    outputs = network.forward(images, training=True)
    gradient = np.empty_like(outputs)
    loss(outputs, labels, gradient)
    network.backward(gradient)
    return network.gradients.copy()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("middle", MIDDLES)
def test_gradients_of_every_layer_and_loss_are_those_of_central_differences(
    middle: str, loss: str
) -> None:
    layer = MIDDLES[middle]()
    layers = [Dense(5), layer, Dense(CLASSES)]
    network = Network(layers, PIXELS, np.random.default_rng(1), dtype=np.float64)
    network.parameters += 0.1 * np.random.default_rng(3).standard_normal(network.parameters.size)
    images, labels = batch_of(9, np.float64)

    def value() -> float:
        if isinstance(layer, Dropout):
            layer.rng = np.random.default_rng(5)  # the same values dropped every time
        outputs = network.forward(images, training=True)
        return LOSSES[loss](outputs, labels, np.empty_like(outputs))

    value()
    if isinstance(layer, Dropout):
        layer.rng = np.random.default_rng(5)
    found = gradients_of(network, LOSSES[loss], images, labels)
    expected = np.empty_like(found)
    for i, kept in enumerate(network.parameters.copy()):
        network.parameters[i] = kept + 1e-6
        expected[i] = value()
        network.parameters[i] = kept - 1e-6
        expected[i] = (expected[i] - value()) / 2e-6
        network.parameters[i] = kept
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
    assert np.abs(expected).max() > 1e-3


def test_outputs_are_those_of_the_einsum_in_float64() -> None:
    network, (images, _) = small(), batch_of(9)
    p = {name: view.astype(np.float64) for name, view in network.named_parameters().items()}
    a = np.einsum("np,ph->nh", images, p["1-dense/weights"]) + p["1-dense/biases"]
    a = np.maximum(a, 0)
    a = np.maximum(np.einsum("nh,hk->nk", a, p["3-dense/weights"]) + p["3-dense/biases"], 0)
    expected = np.einsum("nk,kc->nc", a, p["5-dense/weights"]) + p["5-dense/biases"]
    np.testing.assert_allclose(network.forward(images), expected, rtol=1e-5, atol=1e-6)


def test_parameters_are_named_by_layer_number_and_kind() -> None:
    network = dense_network(
        6, [5], 4, dropout=0.5, batch_normalisation=True, rng=np.random.default_rng(0)
    )
    assert {name: view.shape for name, view in network.named_parameters().items()} == {
        "1-dense/weights": (6, 5),
        "2-batch-normalisation/scale": (5,),
        "2-batch-normalisation/shift": (5,),
        "5-dense/weights": (5, 4),
        "5-dense/biases": (4,),
    }
    assert {name: array.shape for name, array in network.named_state().items()} == {
        "2-batch-normalisation/mean": (5,),
        "2-batch-normalisation/variance": (5,),
    }


def test_named_parameters_are_views_that_cover_the_vector_once() -> None:
    network = small()
    for view in network.named_parameters().values():
        view += 1000
    assert np.all(network.parameters > 900)
    assert np.all(network.parameters < 1100)


def test_weights_lie_before_everything_that_does_not_decay() -> None:
    network = small()
    network.parameters[: network.n_weights] = 1
    network.parameters[network.n_weights :] = 0
    for name, view in network.named_parameters().items():
        assert np.all(view == name.endswith("weights"))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_last_partial_batch_gives_the_same_gradient_as_alone(loss: Loss) -> None:
    images, labels = batch_of(3)
    alone = gradients_of(small(), loss, images, labels)
    network = small()
    gradients_of(network, loss, *batch_of(64))  # makes larger buffers and fills them
    np.testing.assert_array_equal(gradients_of(network, loss, images, labels), alone)


def test_a_smaller_batch_uses_the_buffers_of_a_larger_one() -> None:
    network = small()
    large = network.forward(batch_of(50)[0])
    assert np.shares_memory(network.forward(batch_of(3)[0]), large)


def test_a_larger_batch_than_ever_before_gets_larger_buffers() -> None:
    images, _ = batch_of(50)
    network = small()
    network.forward(images[:2])
    np.testing.assert_allclose(network.forward(images)[:2], small().forward(images[:2]), rtol=1e-6)


@pytest.mark.parametrize("batch", [1, 7, 50, 1000])
def test_prediction_does_not_depend_on_the_batch(batch: int) -> None:
    images, _ = batch_of(50)
    expected = small().forward(images)
    np.testing.assert_allclose(small().predict(images, batch), expected, rtol=1e-5, atol=1e-6)


def test_few_large_images_are_predicted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    images, _ = batch_of(10)
    expected, network, sizes = small().forward(images), small(), []
    forward = network.forward

    def watched(inputs: Array) -> Array:
        sizes.append(len(inputs))
        return forward(inputs)

    monkeypatch.setattr(network, "forward", watched)
    # Layers of 8, 8, 5, 5 and 4 values: 30 for an image.
    monkeypatch.setattr("scrawl.nn.network.MOST_OUTPUTS", 119)
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr("scrawl.nn.network.MOST_OUTPUTS", 29)
    network.predict(images[:2])
    assert sizes == [3, 3, 3, 1, 1, 1]


def test_predicted_outputs_are_not_a_buffer() -> None:
    network, (images, _) = small(), batch_of(5)
    first = network.predict(images)
    kept = first.copy()
    network.predict(images + 1)
    assert np.array_equal(first, kept)


def test_inputs_may_be_read_only() -> None:
    images, labels = batch_of(5)
    images.flags.writeable = False
    gradients_of(small(), CrossEntropy(), images, labels)


def test_the_first_layers_input_gradient_is_never_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small()
    asked: list[Layer] = []
    dense = Dense.input_gradient

    def noted(layer: Dense, gradient: Array) -> Array:
        asked.append(layer)
        return dense(layer, gradient)

    monkeypatch.setattr(Dense, "input_gradient", noted)
    gradients_of(network, CrossEntropy(), *batch_of(5))
    assert asked == [network.layers[4], network.layers[2]]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_in_a_float32_network_is_float64(activation: str) -> None:
    network = dense_network(
        PIXELS, [8], CLASSES, activation=activation, dropout=0.5, batch_normalisation=True,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    gradients_of(network, CrossEntropy(0.1), *batch_of(5))
    arrays = [network.parameters, network.gradients, network.output_gradients]
    for layer in network.layers:
        arrays += [value for value in vars(layer).values() if isinstance(value, np.ndarray)]
    assert len(arrays) > 12
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_dropout_does_not_change_the_first_weights() -> None:
    plain, dropping = (
        dense_network(PIXELS, [8, 5], CLASSES, dropout=rate, rng=np.random.default_rng(4))
        for rate in (0.0, 0.5)
    )
    assert np.array_equal(plain.parameters, dropping.parameters)


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    assert np.array_equal(small(3).parameters, small(3).parameters)
    assert not np.array_equal(small(3).parameters, small(4).parameters)


def test_a_network_of_no_hidden_layers_and_no_bias_is_one_matrix() -> None:
    network = dense_network(784, [], 10, bias=False, rng=np.random.default_rng(0))
    assert [view.shape for view in network.named_parameters().values()] == [(784, 10)]


def test_scale_is_the_deviation_of_normal_weights() -> None:
    network = dense_network(
        784, [], 10, initialiser="normal", initial_scale=0.03, rng=np.random.default_rng(0)
    )
    weights = network.parameters[: network.n_weights]
    assert weights.std() == pytest.approx(0.03, rel=0.05)


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "relu"])
def test_the_output_layer_is_the_one_named(output: str) -> None:
    network = dense_network(6, [5], 4, output=output, rng=np.random.default_rng(0))
    assert network.names[-1] == f"4-{output}"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"activation": "swish"}, "no activation 'swish'; choose one of sigmoid, tanh, relu"),
        ({"output": "Softmax"}, "no output 'Softmax'; choose one of linear, softmax"),
        ({"initialiser": "orthogonal"}, "no initialiser 'orthogonal'; choose one of zeros"),
    ],
)
def test_an_unknown_name_is_answered_with_those_that_there_are(
    setting: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        dense_network(6, [5], 4, rng=np.random.default_rng(0), **setting)


@pytest.mark.parametrize(
    "images", [np.zeros((3, 7), np.float32), np.zeros((3, 6)), np.zeros(6, np.float32)]
)
def test_inputs_of_another_width_or_type_are_refused(images: Array) -> None:
    with pytest.raises(ValueError, match=r"takes \(n, 6\) float32"):
        small().forward(images)


def test_gradients_of_a_pass_that_was_not_for_training_are_refused() -> None:
    network, (images, labels) = small(), batch_of(5)
    with pytest.raises(ValueError, match="training=True"):
        network.backward(labels)
    network.forward(images)
    with pytest.raises(ValueError, match="training=True"):
        network.backward(labels)


def test_a_network_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="0 layers"):
        Network([], 6, np.random.default_rng(0))
