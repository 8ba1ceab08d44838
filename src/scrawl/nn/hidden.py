"""Values of the last hidden layer: images as the last layer of a network sees them."""

from __future__ import annotations

import numpy as np

from scrawl.nn import Array
from scrawl.nn.layers.base import Dense
from scrawl.nn.network import Network


def last_hidden(network: Network) -> int | None:
    """Return how many layers come before the last dense layer, None if none of them learns.

    >>> from scrawl.nn.layers.activations import ReLU
    >>> rng = np.random.default_rng(0)
    >>> last_hidden(Network([Dense(3), ReLU(), Dense(2)], 4, rng))
    2
    >>> last_hidden(Network([Dense(2)], 4, rng)) is None
    True
    """
    dense = last_dense(network)
    learns = any(layer.parameter_shapes() for layer in network.layers[:dense])
    return dense if learns else None


def last_dense(network: Network) -> int | None:
    """Return how many layers come before the last dense layer, None if there is none."""
    dense = [place for place, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    return dense[-1] if dense else None


def hidden_values(network: Network, layers: int, images: Array) -> Array:
    """Return the values after the first layers.

    Parameters
    ----------
    network : Network
    layers : int
        How many, as from `last_hidden`.
    images : (n, n_in) float32

    Returns
    -------
    (n, features) float32
        In a new array.
    """
    found: Array = np.empty((len(images), network.layers[layers].n_in), np.float32)
    for start in range(0, len(images), network.rows):
        values = images[start : start + network.rows]
        Network.reserve(network, len(values))  # as in `forward`, also of a network of shards
        for layer in network.layers[:layers]:
            values = layer.forward(values, False)
        found[start : start + network.rows] = values
    return found
