"""Trained networks as files of other programs: a module for each format.

Each has `content(trained)`, which returns the bytes of the file; the same network gives the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.nn.layers.base import Layer

Tables = dict[str, NDArray[np.float32]]


def layers_of(trained: Model) -> list[tuple[str, Layer, Tables]]:
    """Return name, layer and tables (weights, biases, mean, …) of each layer, input to output."""
    network = trained.network
    tables: dict[str, Tables] = {name: {} for name in network.names}
    for place, table in {**network.named_parameters(), **network.named_state()}.items():
        name, _, key = place.partition("/")
        tables[name][key] = table
    return [
        (name, layer, tables[name])
        for name, layer in zip(network.names, network.layers, strict=True)
    ]


def facts(trained: Model) -> dict[str, Any]:
    """Return what a reader of any format should know, as JSON knows it."""
    dataset = trained.dataset
    return {
        "class_names": list(dataset.class_names),
        "image_shape": list(dataset.image_shape),
        "normalisation": dataset.normalisation,
        "offset": dataset.offset,
        "scale": dataset.scale,
        "paper": dataset.appearance.paper,
        "ink": dataset.appearance.ink,
        "settings": trained.run.as_dict(),
        "model_sha256": trained.sha256,
    }


def has_softmax(trained: Model) -> bool:
    """Tell whether probabilities need a softmax after the last layer: the loss has it built in."""
    return trained.run.loss == "cross-entropy"


def unknown(layer: Layer, where: str) -> ValueError:
    """Return the error for a kind of layer that a format has no counterpart of."""
    return ValueError(f"a layer of kind {layer.name!r} can't be written as {where} yet")
