"""Layers of images against plain loops in float64, and their gradients against differences."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import convolutional_network
from scrawl.nn.initialisers import lecun, xavier
from scrawl.nn.layers.activations import ACTIVATIONS
from scrawl.nn.layers.base import Dense, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.layers.pooling import AveragePooling, MaxPooling
from scrawl.nn.layers.reshaping import Flatten, GlobalAveragePooling, Images
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network

CLASSES = 3
GEOMETRIES = [
    # rows, columns, channels, filters, kernel, stride, padding
    (6, 5, 1, 2, 3, 1, 0),
    (6, 5, 2, 3, 3, 1, 1),
    (5, 7, 3, 2, 2, 1, 0),
    (7, 8, 2, 2, 3, 2, 0),
    (7, 8, 2, 2, 3, 2, 1),
    (8, 6, 1, 2, 5, 3, 2),
    (6, 6, 2, 2, 2, 3, 0),  # a stride beyond the kernel: some pixels are never looked at
    (4, 4, 2, 3, 1, 1, 0),
    (4, 3, 2, 2, 3, 1, 2),
    (4, 4, 1, 1, 4, 1, 0),  # a single window
    (2, 3, 1, 2, 5, 3, 2),  # columns of the kernel that meet nothing but padding
    (1, 4, 2, 2, 5, 4, 2),
]


def images_of(n: int, *shape: int, seed: int = 1) -> Array:
    """Return images as (rows, channels, columns, batch), from a shape (channels, rows, columns)."""
    channels, rows, columns = shape
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, channels, columns, n), dtype=np.float32)


def wired(layer: Layer, shape: tuple[int, ...], batch: int = 8) -> dict[str, Array]:
    """Give a layer parameters, gradients and buffers, as a network would."""
    layer.connect(shape)
    shapes = layer.parameter_shapes().items()
    parameters = {name: np.zeros(shape, np.float32) for name, shape in shapes}
    layer.bind(parameters, {name: np.full(shape, np.nan, np.float32) for name, shape in shapes})
    layer.initialise(np.random.default_rng(0))
    layer.reserve(batch, np.float32)
    return parameters


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_a_convolution_is_the_sum_over_its_window_at_every_place(
    geometry: tuple[int, ...],
) -> None:
    rows, columns, channels, filters, kernel, stride, padding = geometry
    layer = Convolution(filters, kernel, stride, padding)
    parameters = wired(layer, (channels, rows, columns))
    parameters["biases"][:] = np.arange(filters)
    for n in (8, 3, 8):  # a smaller batch, and the larger one again
        x = images_of(n, channels, rows, columns, seed=n)
        found = layer.forward(x, training=True)
        padded = np.zeros((n, channels, rows + 2 * padding, columns + 2 * padding))
        padded[:, :, padding : padding + rows, padding : padding + columns] = x.transpose(
            3, 1, 0, 2
        )
        w = parameters["weights"].astype(np.float64)
        _, rows_out, columns_out = layer.shape_out
        assert found.shape == (rows_out, filters, columns_out, n)
        for y, z in product(range(rows_out), range(columns_out)):
            top, left = stride * y, stride * z
            window = padded[:, :, top : top + kernel, left : left + kernel]
            expected = np.einsum("fcij,ncij->fn", w, window) + np.arange(filters)[:, None]
            np.testing.assert_allclose(found[y, :, z], expected, rtol=1e-5, atol=1e-5)


def network_of(shape: tuple[int, ...], *layers: Layer) -> Network:
    """Return a network in float64 with some layers between images and a dense layer."""
    flat: list[Layer] = [] if isinstance(layers[-1], GlobalAveragePooling) else [Flatten()]
    every = [Images(shape), *layers, *flat, Dense(CLASSES)]
    network = Network(every, int(np.prod(shape)), np.random.default_rng(1), dtype=np.float64)
    network.parameters += 0.1 * np.random.default_rng(3).standard_normal(network.parameters.size)
    return network


def assert_gradients_are_differences(network: Network, n: int = 5) -> None:
    """Compare every gradient with the central difference of the loss."""
    rng = np.random.default_rng(2)
    images = rng.standard_normal((n, network.n_in))
    labels = np.eye(CLASSES)[rng.integers(0, CLASSES, n)]

    def value() -> float:
        outputs = network.forward(images, training=True)  # type: ignore[arg-type]
        return CrossEntropy()(outputs, labels, np.empty_like(outputs))  # type: ignore[arg-type]

    outputs = network.forward(images, training=True)  # type: ignore[arg-type]
    gradient = np.empty_like(outputs)
    CrossEntropy()(outputs, labels, gradient)  # type: ignore[arg-type]
    network.backward(gradient)
    found, expected = network.gradients.copy(), np.empty_like(network.gradients)
    for i, kept in enumerate(network.parameters.copy()):
        network.parameters[i] = kept + 1e-6
        expected[i] = value()
        network.parameters[i] = kept - 1e-6
        expected[i] = (expected[i] - value()) / 2e-6
        network.parameters[i] = kept
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
    assert np.abs(expected).max() > 1e-3


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_gradients_of_a_convolution_are_central_differences(geometry: tuple[int, ...]) -> None:
    rows, columns, channels, filters, kernel, stride, padding = geometry
    # what comes before has weights too: its gradients go through the input gradient
    before = Convolution(channels, 3, padding=1)
    layers = [before, ACTIVATIONS["tanh"](), Convolution(filters, kernel, stride, padding)]
    assert_gradients_are_differences(network_of((rows, columns), *layers))


AFTER: dict[str, Callable[[], Layer]] = {
    "max-pooling": MaxPooling,
    "max-pooling of 3": lambda: MaxPooling(3),
    "max-pooling of 1": lambda: MaxPooling(1),
    "average-pooling": AveragePooling,
    "average-pooling of 3": lambda: AveragePooling(3),
    "global-average-pooling": GlobalAveragePooling,
    "batch-normalisation": BatchNormalisation,
    "convolution without bias": lambda: Convolution(2, 2, bias=False),
    **{name: ACTIVATIONS[name] for name in ("sigmoid", "tanh", "relu", "leaky-relu", "gelu")},
}


@pytest.mark.parametrize("shape", [(6, 6), (7, 5), (5, 6, 3)], ids=str)
@pytest.mark.parametrize("name", AFTER)
def test_gradients_through_every_layer_of_images_are_central_differences(
    name: str, shape: tuple[int, ...]
) -> None:
    assert_gradients_are_differences(network_of(shape, Convolution(2, 2), AFTER[name]()))


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize(("kind", "of"), [(MaxPooling, np.max), (AveragePooling, np.mean)])
def test_pooling_takes_squares_and_leaves_out_what_fills_none(
    kind: type[MaxPooling | AveragePooling], of: Callable[..., Array], size: int
) -> None:
    layer = kind(size)
    wired(layer, (2, 7, 8))
    x = images_of(8, 2, 7, 8)
    found = layer.forward(x, training=True)
    assert layer.shape_out == (2, 7 // size, 8 // size)
    for y, z in product(range(7 // size), range(8 // size)):
        square = x[size * y : size * (y + 1), :, size * z : size * (z + 1)].astype(np.float64)
        np.testing.assert_allclose(found[y, :, z], of(square, axis=(0, 2)), rtol=1e-5, atol=1e-6)


def test_of_equal_maxima_one_gets_the_whole_gradient() -> None:
    layer = MaxPooling()
    wired(layer, (1, 4, 4))
    layer.forward(np.zeros((4, 1, 4, 3), np.float32), training=True)
    gradient = layer.input_gradient(np.ones((2, 1, 2, 3), np.float32))
    first = np.array([[1, 0, 1, 0], [0, 0, 0, 0]] * 2)
    assert np.array_equal(gradient[:, 0, :, 0], first)
    assert np.array_equal(gradient[:, 0, :, 2], first)


def test_pooling_commutes_with_bias_and_relu() -> None:
    pool, relu = MaxPooling(), ACTIVATIONS["relu"]()
    wired(pool, (2, 6, 6))
    x = images_of(8, 2, 6, 6)
    biased = np.maximum(x + 0.3, 0)
    after = pool.forward(biased, training=True).copy()
    wired(relu, (2, 3, 3))
    before = relu.forward(pool.forward(x, training=True) + np.float32(0.3), training=True)
    np.testing.assert_array_equal(before, after)


def test_images_are_pixels_of_rows_columns_and_colours() -> None:
    layer = Images((2, 3, 3))
    assert layer.connect((18,)) == (3, 2, 3)
    layer.reserve(4, np.float32)
    pixels = np.arange(72, dtype=np.float32).reshape(4, 18)
    found = layer.forward(pixels, training=False)
    assert np.array_equal(found.transpose(3, 0, 2, 1), pixels.reshape(4, 2, 3, 3))


def test_flattened_values_are_in_the_order_channels_rows_columns() -> None:
    layer = Flatten()
    assert layer.connect((2, 3, 4)) == (24,)
    layer.reserve(5, np.float32)
    x = images_of(5, 2, 3, 4)
    found = layer.forward(x, training=False)
    for n, c, y, z in product(range(5), range(2), range(3), range(4)):
        assert found[n, 12 * c + 4 * y + z] == x[y, c, z, n]
    assert np.array_equal(layer.input_gradient(found.copy()), x)


def test_global_average_pooling_is_the_mean_over_all_places() -> None:
    layer = GlobalAveragePooling()
    assert layer.connect((2, 3, 4)) == (2,)
    layer.reserve(5, np.float32)
    x = images_of(5, 2, 3, 4)
    expected = x.astype(np.float64).mean(axis=(0, 2)).T
    np.testing.assert_allclose(layer.forward(x, training=False), expected, rtol=1e-5, atol=1e-6)


def test_batch_normalisation_of_images_is_by_channel_over_all_places() -> None:
    layer = BatchNormalisation()
    parameters = wired(layer, (3, 5, 4), batch=20)
    parameters["shift"][:], parameters["scale"][:] = [0, 1, -2], [1, 2, 0.5]
    x = 5 + 3 * images_of(20, 3, 5, 4)
    outputs = layer.forward(x, training=True).astype(np.float64)
    np.testing.assert_allclose(outputs.mean(axis=(0, 2, 3)), [0, 1, -2], atol=1e-5)
    np.testing.assert_allclose(outputs.std(axis=(0, 2, 3)), [1, 2, 0.5], rtol=1e-4)
    exact = x.astype(np.float64)
    variance = 0.9 + 0.1 * exact.var(axis=(0, 2, 3)) * 400 / 399
    np.testing.assert_allclose(layer.state()["mean"], 0.1 * exact.mean(axis=(0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(layer.state()["variance"], variance, rtol=1e-5)


def test_the_first_weights_vary_as_those_of_a_dense_layer_on_the_window() -> None:
    for initialiser, variance in [(lecun, 1 / (50 * 9)), (xavier, 2 / (50 * 9 + 80 * 9))]:
        layer = Convolution(80, 3, initialiser=initialiser)
        weights = wired(layer, (50, 5, 5), batch=1)["weights"]
        assert weights.shape == (80, 50, 3, 3)
        assert weights.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: network_of((4, 4), Convolution(1, 5)),
            "a kernel of 5×5 does not fit on images of",
        ),
        (
            lambda: network_of((4, 4), Convolution(1, 10**9, padding=10**9)),
            "more than 2.1e\\+09; take smaller ones",
        ),
        (
            lambda: network_of((4, 1), MaxPooling()),
            "max-pooling over 2×2 does not fit on images of",
        ),
        (lambda: Images((784,)), r"images are \(784,\), but a convolution needs \(rows, columns\)"),
        (lambda: Convolution(0, 3), "a convolution of 0 filters, kernel 3"),
        (lambda: Convolution(1, 3, padding=-1), "padding -1; give 1 or more"),
        (lambda: MaxPooling(0), "max-pooling over squares of 0"),
        (lambda: Images((3, 3)).connect((10,)), r"10 pixels are no images of \(1, 3, 3\)"),
        (lambda: Dense(3).connect((1, 3, 3)), "takes a row of values, not images"),
        (lambda: Convolution(1, 3).connect((9,)), "of kind convolution takes images"),
    ],
)
def test_layers_that_do_not_fit_are_refused(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_a_network_of_blocks_has_pooling_after_each_and_then_dense_layers() -> None:
    rng = np.random.default_rng(0)
    network = convolutional_network(
        (20, 18), [[4, 6], [8]], [12], 10, kernel=3, padding=1, batch_normalisation=True, rng=rng
    )
    kinds = [layer.name for layer in network.layers]
    one = ["convolution", "batch-normalisation", "relu"]
    last = ["convolution", "max-pooling", "batch-normalisation", "relu"]
    dense = ["flatten", "dense", "batch-normalisation", "relu", "dense"]
    assert kinds == ["images", *one, *last, *last, *dense]
    assert network.named_parameters()["9-convolution/weights"].shape == (8, 6, 3, 3)
    assert network.named_parameters()["14-dense/weights"].shape == (8 * 5 * 4, 12)
