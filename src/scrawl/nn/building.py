"""Convolutional networks, put together from layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scrawl.nn.activations import ACTIVATIONS
from scrawl.nn.convolution import Convolution
from scrawl.nn.images import Flatten, GlobalAveragePooling, Images
from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers import BatchNormalisation, Layer
from scrawl.nn.network import Network, chosen, dense_network
from scrawl.nn.pooling import POOLINGS
from scrawl.nn.shards import ShardedNetwork


def convolutional_network(
    image_shape: Sequence[int],
    filters: Sequence[Sequence[int]],
    hidden: Sequence[int],
    classes: int,
    *,
    kernel: int = 5,
    padding: int = 0,
    pooling: str = "max",
    global_average_pooling: bool = False,
    activation: str = "relu",
    initialiser: str = "he",
    scale: float = 1.0,
    bias: bool = True,
    batch_normalisation: bool = False,
    rng: np.random.Generator,
    **dense: Any,
) -> Network:
    """Build the usual convolutional network: blocks of convolutions, then dense layers.

    Each convolution is followed by (where asked for) batch normalisation, and the activation; the
    last one of a block by pooling first. That is the same as pooling last for maxima and an
    activation that never falls, and leaves less to be done.

    Parameters
    ----------
    image_shape : sequence of int
        (rows, columns) or (rows, columns, channels).
    filters : sequence of sequences of int
        For each block, the filters of each of its convolutions.
    hidden, classes
        As of `dense_network`.
    kernel, padding : int
        Of every convolution.
    pooling : str
        A key of POOLINGS.
    global_average_pooling : bool
        Whether each channel becomes its mean before the dense layers, or all its values go there.
    activation, initialiser, scale, bias, batch_normalisation, rng
        As of `dense_network`, for convolutions too.
    **dense
        Whatever else `dense_network` takes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> network = convolutional_network((28, 28), [[16], [32]], [128], 10, rng=rng)
    >>> print(*network.names)
    1-images 2-convolution 3-max-pooling 4-relu 5-convolution 6-max-pooling 7-relu 8-flatten \
9-dense 10-relu 11-dense
    >>> network.parameters.size
    80202
    """
    draw = chosen("initialiser", initialiser, INITIALISERS)
    activate = chosen("activation", activation, ACTIVATIONS)
    pool = chosen("pooling", pooling, POOLINGS)
    biased = bias and not batch_normalisation
    layers: list[Layer] = [Images(image_shape)]
    for block in filters:
        for number, n in enumerate(block, start=1):
            layers.append(Convolution(n, kernel, 1, padding, draw, scale, biased))
            layers += [pool()] if pool and number == len(block) else []
            layers += [BatchNormalisation()] if batch_normalisation else []
            layers.append(activate())
    layers.append(GlobalAveragePooling() if global_average_pooling else Flatten())
    return dense_network(
        int(np.prod(image_shape)),
        hidden,
        classes,
        activation=activation,
        initialiser=initialiser,
        scale=scale,
        bias=bias,
        batch_normalisation=batch_normalisation,
        stem=layers,
        kind=ShardedNetwork,
        rng=rng,
        **dense,
    )
