"""Which pixels decide: the gradient of a class's score by the values of the image."""

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
