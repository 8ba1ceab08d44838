"""Training images that speak for an answer: influence through the last dense layer, to first order.

One step of gradient descent at rate η, on training image i alone and in the last dense layer alone,
moves the score that this layer gives another image for class a, less the one for its label y, by

    η·(δᵢ[y] − δᵢ[a])·(hᵢ·h + 1),

exactly: δᵢ is the gradient of the loss of image i by what the layer computes, h what the layer is
given of the other image, and the 1 is there if the layer has biases. The factor of η is here called
the influence of image i. It is TracIn (Pruthi, Liu, Kale and Sundararajan, "Estimating training
data influence by tracing gradient descent", 2020) at the end of training, for the last layer, and
with the difference of two scores in place of the loss, whose gradient vanishes where a network is
sure. It tells what the network would still learn of an image, not how it came to its weights.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scrawl.nn import Array
from scrawl.nn.hidden import hidden_values
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network

Classes = NDArray[np.int64]


def most_influential(
    network: Network,
    loss: Loss,
    layers: int,
    queries: tuple[Array, Classes, Classes],
    blocks: Iterable[tuple[Array, Array]],
    k: int,
) -> tuple[Classes, Array]:
    """Find the training images with the largest influence.

    Parameters
    ----------
    network : Network
    loss : Loss
        That it was trained for.
    layers : int
        Before the last dense layer, as from `last_dense`.
    queries : (m, pixels) float32, (m,) int64, (m,) int64
        Images, the answer to each that is spoken for, and its label.
    blocks : iterable of (rows, pixels) float32, (rows, classes) float32
        The training images, a block at a time, with their labels, one-hot. Memory: a few times
        that of a block and of its influences, (m, rows).
    k : int
        Training images of each query; fewer if there are fewer.

    Returns
    -------
    places : (m, k) int64
        Among the training images, the largest influence first; of equal ones the first.
    influences : (m, k) float32
        Below 0 where a training image speaks against the answer.
    """
    images, answers, labels = queries
    constant = np.float32(getattr(network.layers[layers], "biases", None) is not None)
    values = hidden_values(network, layers, images)
    places = np.empty((len(images), 0), np.int64)
    influences: Array = np.empty((len(images), 0), np.float32)
    start = 0
    with np.errstate(over="ignore", invalid="ignore"):  # as in `predict`
        for block, one_hot in blocks:
            hidden = hidden_values(network, layers, block)
            slopes = score_gradients(network, loss, layers, hidden, one_hot)
            found = (slopes[:, labels] - slopes[:, answers]).T * (values @ hidden.T + constant)
            few = largest(found, k)
            places = np.concatenate([places, few + start], axis=1)
            influences = np.concatenate(
                [influences, np.take_along_axis(found, few, axis=1)], axis=1
            )
            order = np.lexsort((places, -influences), axis=1)[:, :k]
            places = np.take_along_axis(places, order, axis=1)
            influences = np.take_along_axis(influences, order, axis=1)
            start += len(block)
    return places, influences


def score_gradients(
    network: Network, loss: Loss, layers: int, hidden: Array, one_hot: Array
) -> Array:
    """Return the gradient of each image's own loss by the outputs of the last dense layer.

    Parameters
    ----------
    network : Network
    loss : Loss
    layers : int
        Before the last dense layer.
    hidden : (n, features) float32
        What that layer is given.
    one_hot : (n, classes) float32

    Returns
    -------
    (n, units) float32
        In a new array.
    """
    found: Array = np.empty((len(hidden), network.layers[layers].n_out), np.float32)
    for start in range(0, len(hidden), network.rows):
        rows = slice(start, start + network.rows)
        values = hidden[rows]
        Network.reserve(network, len(values))  # as in `forward`
        for layer in network.layers[layers:]:
            values = layer.forward(values, False)
        gradient = np.empty_like(values)
        loss(values, one_hot[rows], gradient)
        gradient *= len(values)  # that of the mean of as many images
        for layer in reversed(network.layers[layers + 1 :]):
            gradient = layer.input_gradient(gradient)
        found[rows] = gradient
    return found


def largest(values: Array, k: int) -> NDArray[np.int64]:
    """Return the places of the largest k values of each row, (m, ≤ k), the largest first.

    >>> largest(np.float32([[3, 1, 3, 3]]), 2).tolist()
    [[0, 2]]
    """
    return np.argsort(-values, axis=1, kind="stable")[:, :k].astype(np.int64)
