"""Facts about a network with its initial weights: the size of signals and gradients by layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.diagnosis.example_facts import sample
from scrawl.nn.diagnosis.health import responsive, watched_layers
from scrawl.nn.examples import Examples
from scrawl.nn.layers.base import Dense
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network

# Images passed forward and back: what is looked for is a matter of powers of ten.
PASSED = 64


@dataclass(frozen=True)
class Start:
    """Facts about first weights.

    Attributes
    ----------
    loss : float
        The mean loss.
    alike : tuple of str
        Hidden layers with weights whose units all have the same ones.
    gradients : dict of str to float
        For each layer with weights, the size of its gradient over that of its weights, ‖∂w‖/‖w‖:
        by how much of themselves a step at rate 1 moves them.
    signals : dict of str to float
        For each layer with weights, how its outputs differ from image to image: their standard
        deviation.
    silent : dict of str to float
        For each layer of ReLU, sigmoid or tanh but the last, the share of units without a slope.
    units : dict of str to int
        How many those have.
    parameters : (size,) float32
    """

    loss: float
    alike: tuple[str, ...]
    gradients: dict[str, float]
    signals: dict[str, float]
    silent: dict[str, float]
    units: dict[str, int]
    parameters: Array

    @classmethod
    def of(cls, twin: Network, loss: Loss, train: Examples) -> Start:
        """Measure them.

        Parameters
        ----------
        twin : Network
            Without dropout, for all that it counted and averaged is left changed.
        loss : Loss
        train : Examples
        """
        images, classes = sample(train, PASSED)
        labels = np.eye(twin.n_out, dtype=twin.parameters.dtype)[classes]
        twin.reserve(len(images))
        Network.reserve(twin, len(images))
        watched, signals = watched_layers(twin), {}
        responding: dict[str, npt.NDArray[np.bool_]] = {}
        values: Array = images.astype(twin.parameters.dtype)
        with np.errstate(all="ignore"):  # first weights may be enormous
            for name, layer in zip(twin.names, twin.layers, strict=True):
                values = layer.forward(values, training=True)
                if has_weights(layer):
                    signals[name] = float(values.std(axis=-1 if values.ndim == 4 else 0).mean())
                if name in watched:
                    responding[name] = np.any(responsive(watched[name]), axis=0)
            gradient = np.empty_like(values)
            value = loss(values, labels, gradient)
            backward(twin, gradient)
            gradients = relative_gradients(twin)
        first = twin.parameters.astype(np.float32)
        silent = {name: float(np.mean(~units)) for name, units in responding.items()}
        units = {name: units.size for name, units in responding.items()}
        return cls(value, alike(twin), gradients, signals, silent, units, first)


def has_weights(layer: object) -> bool:
    """Tell whether a layer is a weighted sum."""
    return isinstance(layer, Dense | Convolution)


def backward(network: Network, gradient: Array) -> None:
    """Compute all gradients of the network's last forward pass, in training or not."""
    learning = [i for i, layer in enumerate(network.layers) if layer.parameter_shapes()]
    for layer in network.layers[: learning[0] : -1]:
        layer.parameter_gradients(gradient)
        gradient = layer.input_gradient(gradient)
    network.layers[learning[0]].parameter_gradients(gradient)


def relative_gradients(network: Network) -> dict[str, float]:
    """Return ‖∂w‖/‖w‖ of the weights of each layer; ‖∂w‖ where those are zero."""
    sizes = {}
    tables, gradients = network.named_parameters(), network.views(network.gradients)
    for name in network.names:
        key = f"{name}/weights"
        if key in tables:
            size = float(np.linalg.norm(tables[key])) or 1.0
            sizes[name] = float(np.linalg.norm(gradients[key])) / size
    return sizes


def alike(network: Network) -> tuple[str, ...]:
    """Return the hidden layers whose units, two or more, all have the same weights."""
    *hidden, _ = [
        (name, layer)
        for name, layer in zip(network.names, network.layers, strict=True)
        if has_weights(layer)
    ]
    tables = network.named_parameters()
    same = []
    for name, layer in hidden:
        weights = tables[f"{name}/weights"]  # (n_in, n_out), or (filters, …)
        axis = 1 if isinstance(layer, Dense) else 0
        if weights.shape[axis] > 1 and not np.ptp(weights, axis=axis).any():
            same.append(name)
    return tuple(same)
