"""Network architectures: dense and convolutional networks, put together from layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.layers.pooling import POOLINGS
from scrawl.nn.layers.reshaping import Flatten, GlobalAveragePooling, Images
from scrawl.nn.network import Network
from scrawl.nn.registries import BACKPROPAGATION, BUILT_IN, Registries, chosen, made
from scrawl.nn.shards import ShardedNetwork


@dataclass(frozen=True)
class Architecture:
    """The layers of a network: blocks of convolutions, if any, then dense layers.

    A hidden layer is dense, then (if asked for) batch normalisation, the activation, dropout. A
    convolution is followed by batch normalisation and the activation; the last one of a block is
    pooled first. That equals pooling last for maxima and an activation that never falls, and leaves
    less to be computed.

    Attributes
    ----------
    hidden : sequence of int
        Units of each hidden layer; none makes a linear model.
    filters : sequence of sequences of int
        For each block, the filters of each of its convolutions.
    kernel, padding : int
        Of every convolution.
    pooling : str
        A key of POOLINGS.
    global_average_pooling : bool
        Whether the dense layers are given the mean of each channel, not all its values.
    activation, output : str
        Keys of ACTIVATIONS and OUTPUTS; the output is `linear` for the cross-entropy loss.
    initialiser : str
        A key of INITIALISERS.
    initial_scale : float
        A factor on the drawn weights: the standard deviation if the initialiser is `normal`.
    bias : bool
        Whether layers have biases. One before a batch normalisation has none in any case, since
        the normalisation would subtract it again.
    dropout : float
        The probability with which a hidden unit is dropped in training.
    batch_normalisation : bool
    backpropagation : str
        A key of BACKPROPAGATION, for networks without convolutions.
    layer : str
        The kind of the hidden layers with units.
    network : str, optional
        A whole network, in place of all that is above.

    Examples
    --------
    >>> network = Architecture(hidden=[128]).build((784,), 10, np.random.default_rng(0))
    >>> network.parameters.size
    101770
    >>> convolutional = Architecture(hidden=[128], filters=[[16], [32]])
    >>> network = convolutional.build((28, 28), 10, np.random.default_rng(0))
    >>> print(*network.names)
    1-images 2-convolution 3-max-pooling 4-relu 5-convolution 6-max-pooling 7-relu 8-flatten \
9-dense 10-relu 11-dense
    >>> network.parameters.size
    80202
    """

    hidden: Sequence[int] = ()
    filters: Sequence[Sequence[int]] = ()
    kernel: int = 5
    padding: int = 0
    pooling: str = "max"
    global_average_pooling: bool = False
    activation: str = "relu"
    output: str = "linear"
    initialiser: str = "he"
    initial_scale: float = 1.0
    bias: bool = True
    dropout: float = 0.0
    batch_normalisation: bool = False
    backpropagation: str = "exact"
    layer: str = "dense"
    network: str | None = None

    def build(
        self,
        image_shape: Sequence[int],
        classes: int,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
        most: int | None = None,
        registries: Registries = BUILT_IN,
    ) -> Network:
        """Build the network, with its first weights.

        Parameters
        ----------
        image_shape : sequence of int
            (rows, columns) or (rows, columns, channels) for convolutions; any for dense layers.
        classes : int
            Units of the last dense layer.
        rng : numpy.random.Generator
            Spawned into streams, so that dropout does not change the first weights.
        dtype : dtype
            float64 to check gradients by differences.
        most : int, optional
            A network of more parameters is refused before memory is claimed.
        registries : Registries
            What the names stand for.

        Raises
        ------
        ValueError
            If a name is not in its registry, or the layers do not fit the images.
        """
        weights, dropped, drawn = rng.spawn(3)
        parts = _Parts(self, registries, dropped, drawn)
        layers = parts.layers(image_shape, classes)
        kind = chosen("backpropagation", self.backpropagation, BACKPROPAGATION)
        if isinstance(layers[0], Images):
            kind = ShardedNetwork
        return kind(layers, math.prod(image_shape), weights, dtype, most)


@dataclass(frozen=True)
class _Parts:
    """The layers of an architecture: `dropped` and `drawn` are the streams of those that draw."""

    of: Architecture
    registries: Registries
    dropped: np.random.Generator
    drawn: np.random.Generator

    def layers(self, image_shape: Sequence[int], classes: int) -> list[Layer]:
        if self.of.network is not None:
            factory = chosen("network", self.of.network, self.registries.networks)
            return list(made(factory, tuple(image_shape), classes, rng=self.drawn))
        convolutions = self._convolutions(image_shape) if self.of.filters else ()
        return [*convolutions, *self._hidden(), *self._last(classes)]

    def _convolutions(self, image_shape: Sequence[int]) -> Iterator[Layer]:
        of = self.of
        pool = chosen("pooling", of.pooling, POOLINGS)
        yield Images(image_shape)
        for block in of.filters:
            for number, n in enumerate(block, start=1):
                yield Convolution(n, of.kernel, 1, of.padding, **self._first(hidden=True))
                if pool and number == len(block):
                    yield pool()
                yield from self._activated()
        yield GlobalAveragePooling() if of.global_average_pooling else Flatten()

    def _hidden(self) -> Iterator[Layer]:
        layer = chosen("layer", self.of.layer, self.registries.layers)
        for units in self.of.hidden:
            yield made(layer, units, **self._first(hidden=True), rng=self.drawn)
            yield from self._activated()
            if self.of.dropout:
                yield Dropout(self.of.dropout, self.dropped)

    def _last(self, classes: int) -> Iterator[Layer]:
        output = chosen("output", self.of.output, self.registries.outputs)
        yield Dense(classes, **self._first(hidden=False))
        if output:
            yield made(output, rng=self.drawn)

    def _first(self, *, hidden: bool) -> dict[str, Any]:
        """Return initialiser, scale, and whether there are biases."""
        bias = self.of.bias and not (hidden and self.of.batch_normalisation)
        initialiser = chosen("initialiser", self.of.initialiser, self.registries.initialisers)
        return {"initialiser": initialiser, "scale": self.of.initial_scale, "bias": bias}

    def _activated(self) -> Iterator[Layer]:
        if self.of.batch_normalisation:
            yield BatchNormalisation()
        activation = chosen("activation", self.of.activation, self.registries.activations)
        yield made(activation, rng=self.drawn)


def dense_network(
    n_in: int,
    hidden: Sequence[int],
    classes: int,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
    **others: Any,
) -> Network:
    """Build a dense network for rows of `n_in` pixels; `others` are fields of `Architecture`."""
    return Architecture(hidden, **others).build((n_in,), classes, rng, dtype)


def convolutional_network(
    image_shape: Sequence[int],
    filters: Sequence[Sequence[int]],
    hidden: Sequence[int],
    classes: int,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
    **others: Any,
) -> Network:
    """Build a convolutional network; `others` are fields of `Architecture`."""
    return Architecture(hidden, filters, **others).build(image_shape, classes, rng, dtype)
