"""Layers of a network as JSON, for the drawing page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scrawl.nn.layers.activations import GELU, LeakyReLU
from scrawl.nn.layers.stored import Stored
from scrawl.nn.network import Network

Pack: TypeAlias = Callable[[NDArray[Any]], dict[str, Any]]


SOFTMAX = {"kind": "softmax"}
"""Behind the last layer where the loss has the softmax built in: the page lacks the loss."""


def unknown_kinds(network: Network) -> list[str]:
    """Return the kinds of layers that the page cannot compute."""
    if any(isinstance(layer, Stored) for layer in network.layers):
        return ["code of its own"]
    kinds = dict.fromkeys(layer.name for layer in network.layers)
    return [kind for kind in kinds if kind not in LAYERS]


def described(
    network: Network,
    shape: tuple[int, int, int],
    pack: Pack | None = None,
) -> list[dict[str, Any]]:
    """Return what the page has to know of each layer, in order; arrays are packed by a function.

    Raises
    ------
    ValueError
        If there is a kind of layer that the page does not know.
    """
    pack = pack or packed
    layers = []
    for name, layer in zip(network.names, network.layers, strict=True):
        if layer.name not in LAYERS:
            raise ValueError(
                f"layer {name}: found the kind {layer.name!r}, which the page to draw on does "
                f"not know; expected one of {', '.join(LAYERS)}; "
                "add it to layers.py and network.js"
            )
        parameters = LAYERS[layer.name](layer, shape, pack)
        if parameters is not None:
            layers.append({"kind": layer.name, **parameters})
    return layers


def _weights(layer: Any, _: object, pack: Pack) -> dict[str, Any]:
    biases = {} if layer.biases is None else {"biases": pack(layer.biases)}
    return {"weights": pack(layer.weights), **biases}


def _normalisation(layer: Any, _: object, pack: Pack) -> dict[str, Any]:
    """One factor and one shift: outside of training, batch normalisation is no more."""
    state = {key: value.astype(np.float64) for key, value in layer.state().items()}
    factor = layer.scale / np.sqrt(state["variance"] + layer.epsilon)
    return {"factor": pack(factor), "shift": pack(layer.shift - state["mean"] * factor)}


def _image(_: object, shape: tuple[int, int, int], __: object) -> dict[str, Any]:
    return dict(zip(("rows", "columns", "channels"), shape, strict=True))


def _convolution(layer: Any, shape: object, pack: Pack) -> dict[str, Any]:
    return {**_weights(layer, shape, pack), "stride": layer.stride, "padding": layer.padding}


def _pooling(layer: Any, *_: object) -> dict[str, Any]:
    return {"size": layer.size}


def _nothing(*_: object) -> dict[str, Any]:
    return {}


# By kind; each is given a layer, the images' rows, columns and channels, and how to pack arrays.
LAYERS: dict[str, Callable[[Any, tuple[int, int, int], Pack], dict[str, Any] | None]] = {
    "dense": _weights,
    "sigmoid": _nothing,
    "tanh": _nothing,
    "relu": _nothing,
    "relu-with-unit-derivative": _nothing,
    "leaky-relu": lambda *_: {"slope": LeakyReLU.slope},
    "gelu": lambda *_: {"root": GELU.root, "cubic": GELU.cubic},
    "softmax": _nothing,
    "dropout": lambda *_: None,  # outside of training it does nothing
    "batch-normalisation": _normalisation,
    "images": _image,
    "flatten": _nothing,
    "convolution": _convolution,
    "max-pooling": _pooling,
    "average-pooling": _pooling,
    "global-average-pooling": _nothing,
}


def packed(values: NDArray[Any]) -> dict[str, Any]:
    """Return an array as JSON: float32, or uint8 where it holds nothing else, in base64.

    >>> packed(np.array([1.0, 255.0]))
    {'type': 'uint8', 'shape': [2], 'data': 'Af8='}
    >>> packed(np.array([0.5]))["data"]
    'AAAAPw=='
    """
    as_bytes = values.astype(np.uint8)
    kind = "uint8" if np.array_equal(as_bytes, values) else "float32"
    data = np.ascontiguousarray(values, np.uint8 if kind == "uint8" else "<f4").tobytes()
    return {
        "type": kind,
        "shape": list(values.shape),
        "data": base64.b64encode(data).decode("ascii"),
    }
