"""Learning without descent: the last layer by one linear solve, all others as they were drawn.

Random features that are many enough separate classes well. With weights W (features, classes) of
the last layer, features H (n, features) and one-hot labels Y, the least of ‖H·W − Y‖²/(2n) +
λ/2·‖W‖² is where (HᵀH + nλ)·W = HᵀY. Schmidt, Kraaijveld and Duin, "Feedforward neural networks
with random weights", 1992; McDonnell, Tissera, Vladusich, van Schaik and Tapson, "Fast, simple and
accurate handwritten digit classification by training shallow neural network classifiers with the
'extreme learning machine' algorithm", 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import Epoch, score
from scrawl.nn.layers.base import Dense
from scrawl.nn.losses import Loss
from scrawl.nn.network import PREDICTION_BATCH, Network

# Examples of a product HᵀH in float32. The products are added up in float64, which for 6,000
# features takes as long as the product of 150 examples, so that 2,048 hide it.
BLOCK = 4 * PREDICTION_BATCH

Floats = npt.NDArray[np.float64]


def solve(
    network: Network,
    loss: Loss,
    train: Examples,
    validation: Examples,
    *,
    weight_decay: float,
    passes: int = 1,
    augment: Callable[[Array, int], Array] | None = None,
) -> Iterator[Epoch]:
    """Give the last layer the weights of the least squared error, and tell how good they are.

    A generator like `fit`, of one epoch. Memory: 20 bytes for each pair of features.

    Parameters
    ----------
    network : Network
        Ends in a dense layer, whose inputs are the features.
    loss : Loss
        What is reported.
    train, validation : Examples
    weight_decay : float
        λ > 0; the biases do not decay.
    passes : int
        Over the training examples before solving: more than one where each is augmented.
    augment : function, optional
        As of `fit`; a step is a block of examples.

    Yields
    ------
    Epoch
        Measured after the solve, on images that are not augmented; the learning rate is nan.

    Raises
    ------
    ValueError
        If the network ends in another layer, or the equations have no solution.
    """
    last = network.layers[-1]
    if not isinstance(last, Dense):
        raise ValueError(f"the last layer is {last.name}, expected dense: output: linear")
    gram, moments = normal_equations(network, last, train, passes, augment)
    features = last.weights.shape[0]
    gram.flat[: features * len(gram) : len(gram) + 1] += weight_decay * len(train) * passes
    try:
        weights = np.linalg.solve(gram, moments)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"the equations for the last layer have no single solution with weight_decay "
            f"{weight_decay:g}; give more"
        ) from None
    last.weights[...] = weights[:features]
    if last.biases is not None:
        last.biases[...] = weights[features]
    yield Epoch(
        passes, 1, math.nan, *score(network, loss, train), *score(network, loss, validation)
    )


def normal_equations(
    network: Network,
    last: Dense,
    train: Examples,
    passes: int,
    augment: Callable[[Array, int], Array] | None,
) -> tuple[Floats, Floats]:
    """Return HᵀH (features, features) and HᵀY (features, classes).

    H has a last column of ones, if the last layer has biases.
    """
    features = last.weights.shape[0]
    columns = features + (last.biases is not None)
    gram, moments = np.zeros((columns, columns)), np.zeros((columns, last.n_out))
    block: Array = np.ones((min(BLOCK, len(train)), columns), np.float32)
    product: Array = np.empty((columns, columns), np.float32)
    step = 0
    for _ in range(passes):
        for images, labels in batches(train, BLOCK, order=None):
            shown = augment(images, step) if augment else images
            h = block[: len(shown)]
            write_features(network, last, shown, h[:, :features])
            gram += last.matmul(h.T, h, out=product)
            moments += h.T @ labels
            step += 1
    return gram, moments


def write_features(network: Network, last: Dense, images: Array, out: Array) -> None:
    """Write the inputs of the last layer, (n, features), for images (n, pixels)."""
    for start in range(0, len(images), network.rows):
        network.forward(images[start : start + network.rows])
        out[start : start + network.rows] = last.inputs
