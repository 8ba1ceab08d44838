"""Virtual adversarial training: a network learns to answer the same when an image changes a little.

Miyato, Maeda, Koyama and Ishii, "Virtual adversarial training: a regularization method for
supervised and semi-supervised learning", 2018.
"""

from __future__ import annotations

import numpy as np

from scrawl.nn import Array
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network

# Length of the first, small change, in units of the inputs: long enough that the answers differ in
# more than their last digits, short enough for its gradient to point as that of a shorter one.
PROBE = 0.1


def add_gradients(
    network: Network, loss: Loss, images: Array, answers: Array, radius: float, share: float
) -> None:
    """Add the gradients of the loss between the answers to images and to the most harmful change.

    The labels of that loss are the answers to the unchanged images, which are held fixed.

    Parameters
    ----------
    network : Network
        Its gradients are those of a loss already.
    loss : Loss
    images : (batch, n_in) float32
    answers : (batch, classes) float32
        The network's predictions for them.
    radius : float
        Euclidean length of the changes, in units of the inputs.
    share : float
        A factor on these gradients: the part that the images are of a batch.
    """
    others = network.gradients.copy()
    changed = images + harmful_changes(network, loss, images, answers, radius)
    gradient = difference(network, loss, changed, answers)
    gradient *= share
    network.backward(gradient)
    network.gradients += others


def harmful_changes(
    network: Network, loss: Loss, images: Array, answers: Array, radius: float
) -> Array:
    """Return the changes (batch, n_in) of one length that move the answers most, nearly.

    That is the direction in which the loss between the answers curves most. One step of power
    iteration finds it nearly: the gradient of the loss a little way off the images. The paper
    starts in a random direction; the way to the next image of the batch needs no random numbers.
    An image that is the same as the next is not changed.
    """
    probe = scaled(np.roll(images, 1, axis=0) - images, PROBE)
    gradient = difference(network, loss, images + probe, answers)
    for layer in reversed(network.layers):
        gradient = layer.input_gradient(gradient)
    return scaled(gradient, radius)


def difference(network: Network, loss: Loss, images: Array, answers: Array) -> Array:
    """Return the gradient (batch, classes) of the loss between answers, by the outputs."""
    outputs = network.forward(images, training=True)
    gradient: Array = network.output_gradients[: len(outputs)]
    loss(outputs, answers, gradient)
    return gradient


def scaled(changes: Array, length: float) -> Array:
    """Return each row (n, n_in) with a Euclidean length; rows of zeros as they are."""
    lengths = np.sqrt(np.einsum("np,np->n", changes, changes))[:, None]
    factors = np.divide(length, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    found: Array = changes * factors
    return found
