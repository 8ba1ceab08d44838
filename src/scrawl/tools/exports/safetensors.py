"""A trained network's weights as a safetensors file, named and laid out as PyTorch has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from scrawl.artifacts.model import Model
from scrawl.nn.layers.activations import LeakyReLU
from scrawl.nn.layers.base import Layer
from scrawl.settings.json_text import canonical_json
from scrawl.tools.exports import Tables, facts, has_softmax, layers_of, unknown

Module = dict[str, Any]  # a class of torch.nn, under "module", and the arguments of its constructor
Writer = Callable[[Any, Tables], tuple[Module, Tables]]


def content(trained: Model) -> bytes:
    """Return the bytes of a safetensors file.

    Its tensors are the `state_dict` of `torch.nn.Sequential(*modules)`, with the modules that
    `modules` lists in the metadata: JSON, under the one key `scrawl` (the library writes several
    keys in an order of chance). What goes in is (pixel − offset) / scale, in the shape that
    `input_shape` says for one image; what comes out are probabilities.
    """
    modules: list[Module] = []
    tensors: dict[str, NDArray[np.float32]] = {}
    shape = list(trained.dataset.image_shape)
    parts = layers_of(trained)
    first: Any = parts[0][1]
    if first.name == "images":
        shape = list(first.shape_out)
        parts = parts[1:]
    else:
        modules.append({"module": "Flatten"})
    for _, layer, tables in parts:
        for module, state in modules_of(layer, tables):
            tensors |= {
                f"{len(modules)}.{key}": np.ascontiguousarray(t) for key, t in state.items()
            }
            modules.append(module)
    if has_softmax(trained):
        modules.append({"module": "Softmax", "dim": 1})
    described = facts(trained) | {"input_shape": shape, "modules": modules}
    return bytes(save(tensors, metadata={"scrawl": canonical_json(described)}))


def modules_of(layer: Layer, tables: Tables) -> list[tuple[Module, Tables]]:
    """Return the modules of PyTorch that do what a layer does, each with its tensors."""
    if layer.name in WRITERS:
        return [WRITERS[layer.name](layer, tables)]
    if layer.name in PLAIN:
        return [(dict(module), {}) for module in PLAIN[layer.name]]
    raise unknown(layer, "safetensors")


def dense(layer: Any, tables: Tables) -> tuple[Module, Tables]:
    """Return inputs·Wᵀ + b: PyTorch's weights are (n_out, n_in)."""
    module = {"module": "Linear", "in_features": layer.n_in, "out_features": layer.n_out}
    return with_bias(module, tables["weights"].T, tables)


def convolution(layer: Any, tables: Tables) -> tuple[Module, Tables]:
    """Return w ∗ inputs + b."""
    filters, channels, kernel, _ = tables["weights"].shape
    module = {
        "module": "Conv2d",
        "in_channels": channels,
        "out_channels": filters,
        "kernel_size": kernel,
        "stride": layer.stride,
        "padding": layer.padding,
    }
    return with_bias(module, tables["weights"], tables)


def with_bias(
    module: Module, weights: NDArray[np.float32], tables: Tables
) -> tuple[Module, Tables]:
    """Return a module and its tensors, with biases where there are any."""
    biases = {"bias": tables["biases"]} if "biases" in tables else {}
    return {**module, "bias": bool(biases)}, {"weight": weights, **biases}


def batch_normalisation(layer: Any, tables: Tables) -> tuple[Module, Tables]:
    """Return a normalisation by the running averages, of values or of channels."""
    units = len(tables["scale"])
    kind = "BatchNorm1d" if units == layer.n_in else "BatchNorm2d"
    names = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
    tensors = {theirs: tables[ours] for theirs, ours in names.items()}
    return {"module": kind, "num_features": units, "eps": layer.epsilon}, tensors


def pooling(kind: str) -> Writer:
    """Return what gives a pooling over squares."""
    return lambda layer, _: ({"module": kind, "kernel_size": layer.size}, {})


WRITERS: dict[str, Writer] = {
    "dense": dense,
    "convolution": convolution,
    "batch-normalisation": batch_normalisation,
    "max-pooling": pooling("MaxPool2d"),
    "average-pooling": pooling("AvgPool2d"),
}

PLAIN: dict[str, list[Module]] = {
    "dropout": [],  # does nothing outside of training
    "sigmoid": [{"module": "Sigmoid"}],
    "tanh": [{"module": "Tanh"}],
    "relu": [{"module": "ReLU"}],
    "relu-with-unit-derivative": [{"module": "ReLU"}],
    "leaky-relu": [{"module": "LeakyReLU", "negative_slope": LeakyReLU.slope}],
    "gelu": [{"module": "GELU", "approximate": "tanh"}],
    "softmax": [{"module": "Softmax", "dim": 1}],
    "flatten": [{"module": "Flatten"}],  # in the order channels, rows, columns
    "global-average-pooling": [
        {"module": "AdaptiveAvgPool2d", "output_size": 1},
        {"module": "Flatten"},
    ],
}
