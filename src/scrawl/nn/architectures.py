"""Networks, put together from layers: dense ones and convolutional ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers.activations import ACTIVATIONS, Softmax
from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.layers.pooling import POOLINGS
from scrawl.nn.layers.reshaping import Flatten, GlobalAveragePooling, Images
from scrawl.nn.network import MispairedNetwork, Network
from scrawl.nn.shards import ShardedNetwork

OUTPUTS: dict[str, type[Layer] | None] = {"linear": None, "softmax": Softmax, **ACTIVATIONS}
"""What may follow the last dense layer; `linear` is nothing."""

NETWORKS = {"exact": Network, "mispaired-activations": MispairedNetwork}


def dense_network(
    n_in: int,
    hidden: Sequence[int],
    classes: int,
    *,
    activation: str = "relu",
    output: str = "linear",
    initialiser: str = "he",
    scale: float = 1.0,
    bias: bool = True,
    dropout: float = 0.0,
    batch_normalisation: bool = False,
    backpropagation: str = "exact",
    stem: Sequence[Layer] = (),
    kind: type[Network] | None = None,
    dtype: npt.DTypeLike = np.float32,
    most: int | None = None,
    rng: np.random.Generator,
) -> Network:
    """Build the usual network: dense layers with an activation after each.

    A hidden layer is dense, then (where asked for) batch normalisation, the activation, dropout.

    Parameters
    ----------
    n_in : int
        Pixels of an image.
    hidden : sequence of int
        Units of each hidden layer; none makes a linear model.
    classes : int
        Units of the output layer.
    activation : str
        A key of ACTIVATIONS, for the hidden layers.
    output : str
        A key of OUTPUTS, for the last one: `linear` for the cross-entropy loss.
    initialiser : str
        A key of INITIALISERS.
    scale : float
        A factor on the drawn weights: the standard deviation where the initialiser is `normal`.
    bias : bool
        Whether dense layers have biases. One before a batch normalisation has none, for that
        would subtract it again.
    dropout : float
        The probability with which a hidden unit is dropped in training.
    batch_normalisation : bool
        Whether hidden layers are normalised.
    backpropagation : str
        A key of NETWORKS: how gradients are found.
    stem : sequence of Layer
        What comes before the dense layers.
    kind : type of Network, optional
        Takes the place of `backpropagation`.
    dtype : dtype
        float64 to check gradients by differences.
    most : int, optional
        Parameters that there may be: a network of more is refused before memory is claimed.
    rng : numpy.random.Generator
        Spawned into two streams, so that dropout does not change the first weights.

    Raises
    ------
    ValueError
        If a name is not one of those that there are.

    Examples
    --------
    >>> dense_network(784, [128], 10, rng=np.random.default_rng(0)).parameters.size
    101770
    """
    weights_rng, dropout_rng = rng.spawn(2)
    draw = chosen("initialiser", initialiser, INITIALISERS)
    activate = chosen("activation", activation, ACTIVATIONS)
    finish = chosen("output", output, OUTPUTS)
    kind = kind or chosen("backpropagation", backpropagation, NETWORKS)
    if kind is MispairedNetwork and (len(hidden) < 2 or len(set(hidden)) > 1):
        raise ValueError(
            f"backpropagation mispairs the inputs of layers of equal width: found hidden layers "
            f"of {list(hidden)}, expected two or more equal ones"
        )
    layers = list(stem)
    for units in hidden:
        layers.append(Dense(units, draw, scale, bias and not batch_normalisation))
        layers += [BatchNormalisation()] if batch_normalisation else []
        layers.append(activate())
        layers += [Dropout(dropout, dropout_rng)] if dropout else []
    layers.append(Dense(classes, draw, scale, bias))
    layers += [finish()] if finish else []
    return kind(layers, n_in, weights_rng, dtype, most)


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


Choice = TypeVar("Choice")


def chosen(what: str, name: str, choices: dict[str, Choice]) -> Choice:
    """Return the entry of a registry, or say which ones there are."""
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose one of {', '.join(choices)}")
    return choices[name]
