"""Saliency: gradients of a class's score by the pixels, and integrated gradients."""

from __future__ import annotations

from itertools import dropwhile
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.network import Network


def saliency(network: Network, images: Array, classes: npt.NDArray[np.integer[Any]]) -> Array:
    """Return how much the score of a class would rise with each value of an image.

    The score is what the last layer with weights gives, before a softmax or sigmoid: those are
    flat where a network is sure of its answer. Simonyan, Vedaldi and Zisserman, "Deep inside
    convolutional networks", 2013. It is the gradient that the layers compute: of a layer whose
    derivative is wrong on purpose, the wrong one.

    Parameters
    ----------
    network : Network
        As it predicts: nothing is dropped, and batch normalisation uses its running averages.
    images : (n, n_in) float32
    classes : (n,) integers
        For each image the class whose score is looked at, such as the network's answer.

    Returns
    -------
    (n, n_in) float32
        ∂ score of the class / ∂ value.

    Examples
    --------
    Of one layer it is the weights of the class:

    >>> from scrawl.nn.architectures import dense_network
    >>> network = dense_network(2, [], 3, rng=np.random.default_rng(0))
    >>> image = np.zeros((1, 2), np.float32)
    >>> bool((saliency(network, image, np.array([1])) == network.layers[0].weights[:, 1]).all())
    True
    """
    outputs = network.forward(images)
    behind = list(dropwhile(lambda layer: not layer.parameter_shapes(), reversed(network.layers)))
    gradient = np.zeros((len(images), behind[0].n_out), outputs.dtype)
    gradient[np.arange(len(images)), classes] = 1
    for layer in behind:
        gradient = layer.input_gradient(gradient)
    return gradient.copy()


def integrated_gradients(
    network: Network,
    images: Array,
    blank: Array,
    classes: npt.NDArray[np.integer[Any]],
    steps: int = 16,
) -> Array:
    """Return how much each value of an image adds to the score of a class, compared with a blank.

    The mean of the gradient from the blank to the image, by the midpoint rule, times the difference
    of the two. These sum to the difference of their scores, as raw gradients do not. Sundararajan,
    Taly and Yan, "Axiomatic attribution for deep networks", 2017. The drawing page computes it in
    the same way (pages/draw/network.js).

    Parameters
    ----------
    network, images, classes
        As for `saliency`.
    blank : (n_in,) float32
        An image with nothing on it.
    steps : int
        Gradients on the way: with 16 the sum misses the difference by about a hundredth.

    Returns
    -------
    (n, n_in) float32
        In units of the score.

    Examples
    --------
    Of one layer it is weight times ink:

    >>> from scrawl.nn.architectures import dense_network
    >>> network = dense_network(2, [], 3, rng=np.random.default_rng(0))
    >>> image, blank = np.array([[2, 4]], np.float32), np.zeros(2, np.float32)
    >>> found = integrated_gradients(network, image, blank, np.array([1]))
    >>> bool(np.allclose(found, image * network.layers[0].weights[:, 1]))
    True
    """
    shares = (np.arange(steps, dtype=images.dtype) + images.dtype.type(0.5)) / steps
    gradients = (saliency(network, blank + at * (images - blank), classes) for at in shares)
    mean: Array = sum(gradients, np.zeros_like(images)) / images.dtype.type(steps)
    return mean * (images - blank)
