"""scrawl's own code in the form of the exercises: it must pass, except as a reader's file."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.lazy_images import normalise
from scrawl.data.idx import reading
from scrawl.data.labels import Classes
from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import count_correct
from scrawl.nn.layers.activations import ReLU, Sigmoid
from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.optimisers import Momentum
from scrawl.stages.prepare import one_hot_labels, pixel_scale


def wired(layer: Layer, inputs: Any, *parameters: Any) -> Layer:
    """Give a layer weights, gradients and buffers for a batch, as a network would."""
    shape = (
        inputs.shape[1:]
        if inputs.ndim == 2
        else (inputs.shape[1], inputs.shape[0], inputs.shape[2])
    )
    layer.connect(shape)
    names = layer.parameter_shapes()
    values = dict(zip(names, parameters, strict=True))
    layer.bind(values, {name: np.empty_like(value) for name, value in values.items()})
    layer.reserve(inputs.shape[-1] if inputs.ndim == 4 else len(inputs), inputs.dtype)
    return layer


def read_header(data: bytes) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        file.write(gzip.compress(data))  # of packed files the size is not compared at once
        file.flush()
        with reading(Path(file.name)) as reader:
            return reader.header.dtype.name, reader.header.shape


def split_and_normalise(images: Any, order: Any, n_validation: int) -> Any:
    chosen = np.ones(len(images), bool)
    chosen[order[:n_validation]] = False
    scaling = pixel_scale(images, chosen, "standard", Appearance())
    values = normalise(images, *scaling, out=np.empty(images.shape, np.float32))
    return values[order[n_validation:]], values[order[:n_validation]]


def one_hot(labels: Any, classes: int) -> Any:
    known = Classes(np.arange(classes), tuple(map(str, range(classes))))
    return one_hot_labels(known.indices(labels, "train"), classes)


def sigmoid(z: Any) -> Any:
    return Sigmoid().apply(z, np.empty_like(z))


def dense_forward(inputs: Any, weights: Any, biases: Any) -> Any:
    layer = wired(Dense(len(biases)), inputs, weights, biases)
    return layer.forward(inputs, training=True)


def softmax_cross_entropy(logits: Any, labels: Any) -> Any:
    gradient = np.empty_like(logits)
    return CrossEntropy()(logits, labels, gradient), gradient


def relu_backward(z: Any, output_gradient: Any) -> Any:
    layer = wired(ReLU(), z)
    layer.forward(z, training=True)
    return layer.input_gradient(output_gradient.copy())


def dense_backward(inputs: Any, weights: Any, output_gradient: Any) -> Any:
    layer = Dense(weights.shape[1])
    wired(layer, inputs, weights, np.zeros_like(weights[0]))
    layer.forward(inputs, training=True)
    layer.parameter_gradients(output_gradient)
    return layer.weight_gradients, layer.bias_gradients, layer.input_gradient(output_gradient)


def momentum_step(
    parameters: Any, gradient: Any, velocity: Any, learning_rate: float, momentum: float
) -> Any:
    optimiser = Momentum(len(parameters), len(parameters), momentum)
    optimiser.velocity[...] = velocity
    moved = parameters.copy()
    optimiser.step(moved, gradient.copy(), learning_rate)
    return moved, optimiser.velocity


def shuffled_batches(n: int, batch: int, rng: np.random.Generator) -> Any:
    numbers = np.arange(n, dtype=np.float32)[:, None]
    order = rng.permutation(n)
    return [some[:, 0].astype(int) for some, _ in batches(Examples(numbers, numbers), batch, order)]


def convolution(images: Any, kernels: Any, biases: Any) -> tuple[Convolution, Any]:
    """Return a layer after its forward pass, and the outputs (n, filters, rows, columns).

    scrawl's kernels are square; others get zeros, and so do the images where those would reach.
    """
    filters, _, rows, columns = kernels.shape
    side = max(rows, columns)
    missing = ((0, 0), (0, 0), (0, side - rows), (0, side - columns))
    inputs = np.pad(images, missing).transpose(2, 1, 3, 0).copy()  # (rows, channels, columns, n)
    layer = Convolution(filters, side)
    wired(layer, inputs, np.pad(kernels, missing), biases)
    return layer, layer.forward(inputs, training=True).transpose(3, 1, 0, 2)


def convolution_forward(images: Any, kernels: Any, biases: Any) -> Any:
    return convolution(images, kernels, biases)[1]


def convolution_backward(images: Any, kernels: Any, output_gradient: Any) -> Any:
    layer, _ = convolution(images, kernels, np.zeros_like(kernels[:, 0, 0, 0]))
    g = output_gradient.transpose(2, 1, 3, 0).copy()
    layer.parameter_gradients(g)
    image_gradient = layer.input_gradient(g).transpose(3, 1, 0, 2)
    rows, columns = kernels.shape[2:]
    return (
        layer.weight_gradients[:, :, :rows, :columns],
        layer.bias_gradients,
        image_gradient[:, :, : images.shape[2], : images.shape[3]],
    )


def dropout(inputs: Any, rate: float, training: bool, rng: np.random.Generator) -> Any:
    return wired(Dropout(rate, rng), inputs).forward(inputs, training)


def evaluate(predict: Any, images: Any, labels: Any, batch: int) -> Any:
    examples = Examples(images.astype(np.float32), np.eye(4, dtype=np.float32)[labels])
    predicted, right = [], 0
    for some, targets in batches(examples, batch, order=None):
        scores = predict(some)
        right += count_correct(scores, targets)
        predicted += scores.argmax(axis=1).tolist()
    return np.array(predicted), right / len(images)
