"""A trained network as a file that Keras 3 loads: raw pixels in, probabilities out."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scrawl.artifacts.model import Model
from scrawl.nn.layers.activations import LeakyReLU
from scrawl.nn.layers.base import Layer
from scrawl.tools.exports import Tables, facts, has_softmax, layers_of, unknown

# Keras computes with one of several libraries. It takes TensorFlow unless it is told otherwise; the
# extra `export` brings PyTorch, which it is compared with anyway.
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip file knows: the same for the same network

Writer = Callable[[Any, str, Any, Tables], Any]


def content(trained: Model) -> bytes:
    """Return the bytes of a `.keras` file.

    Its input is (n, *image_shape), pixels as they are in the dataset; its output (n, classes),
    probabilities. What `exports.facts` says stands in `scrawl.json` inside, which Keras ignores.
    """
    keras.utils.clear_session()  # or names would count on from whatever was built before
    dataset = trained.dataset
    images = keras.Input(dataset.image_shape, name="images")
    rescaling = keras.layers.Rescaling(
        1 / dataset.scale, -dataset.offset / dataset.scale, name="pixels"
    )
    values = rescaling(images)
    parts = layers_of(trained)
    if parts[0][1].name != "images":
        values = keras.layers.Flatten(name="flat")(values)
    for name, layer, tables in parts:
        values = applied(values, name, layer, tables)
    if has_softmax(trained):
        values = keras.layers.Activation("softmax", name="probabilities")(values)
    model = keras.Model(images, values, name="scrawl")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return packed_again(path, facts(trained))


def applied(values: Any, name: str, layer: Layer, tables: Tables) -> Any:
    """Return what a layer makes of values, for Keras to remember."""
    if layer.name not in WRITERS:
        raise unknown(layer, "Keras")
    return WRITERS[layer.name](values, name, layer, tables)


def dense(values: Any, name: str, layer: Any, tables: Tables) -> Any:
    """Apply inputs·W + b."""
    theirs = keras.layers.Dense(layer.n_out, use_bias="biases" in tables, name=name)
    return filled(theirs, values, tables["weights"], *biases_of(tables))


def batch_normalisation(values: Any, name: str, layer: Any, tables: Tables) -> Any:
    """Apply a normalisation by the running averages."""
    theirs = keras.layers.BatchNormalization(epsilon=layer.epsilon, name=name)
    return filled(theirs, values, *(tables[key] for key in ("scale", "shift", "mean", "variance")))


def gelu(values: Any, name: str, layer: Any, tables: Tables) -> Any:  # noqa: ARG001
    """Apply the form with tanh, spelt out: by name, Keras knows the other one only."""
    cubed = values + layer.cubic * values * values * values
    return 0.5 * values * (1 + keras.ops.tanh(layer.root * cubed))


def images(values: Any, name: str, layer: Any, tables: Tables) -> Any:  # noqa: ARG001
    """Give images their channels: (n, rows, columns, channels), as Keras has them."""
    channels, rows, columns = layer.shape_out
    return keras.layers.Reshape((rows, columns, channels), name=name)(values)


def convolution(values: Any, name: str, layer: Any, tables: Tables) -> Any:
    """Apply w ∗ inputs + b."""
    if layer.padding:
        values = keras.layers.ZeroPadding2D(layer.padding, name=f"{name}-padding")(values)
    theirs = keras.layers.Conv2D(
        layer.filters, layer.kernel, layer.stride, use_bias="biases" in tables, name=name
    )
    weights = tables["weights"].transpose(2, 3, 1, 0)  # rows, columns, channels, filters
    return filled(theirs, values, weights, *biases_of(tables))


def flatten(values: Any, name: str, layer: Any, tables: Tables) -> Any:  # noqa: ARG001
    """Flatten in the order channels, rows, columns."""
    ordered = keras.layers.Permute((3, 1, 2), name=f"{name}-order")(values)
    return keras.layers.Flatten(name=name)(ordered)


def plain(kind: str, *arguments: Any, **named: Any) -> Writer:
    """Return what applies a layer of Keras that has no weights."""

    def apply(values: Any, name: str, layer: Any, tables: Tables) -> Any:  # noqa: ARG001
        return getattr(keras.layers, kind)(*arguments, **named, name=name)(values)

    return apply


def pooling(kind: str) -> Writer:
    """Return what applies a pooling over squares."""

    def apply(values: Any, name: str, layer: Any, tables: Tables) -> Any:  # noqa: ARG001
        return getattr(keras.layers, kind)(layer.size, name=name)(values)

    return apply


WRITERS: dict[str, Writer] = {
    "dense": dense,
    "batch-normalisation": batch_normalisation,
    "dropout": lambda values, *_: values,  # does nothing outside of training
    "sigmoid": plain("Activation", "sigmoid"),
    "tanh": plain("Activation", "tanh"),
    "relu": plain("Activation", "relu"),
    "relu-with-unit-derivative": plain("Activation", "relu"),
    "leaky-relu": plain("LeakyReLU", negative_slope=LeakyReLU.slope),
    "gelu": gelu,
    "softmax": plain("Activation", "softmax"),
    "images": images,
    "convolution": convolution,
    "max-pooling": pooling("MaxPooling2D"),
    "average-pooling": pooling("AveragePooling2D"),
    "global-average-pooling": plain("GlobalAveragePooling2D"),
    "flatten": flatten,
}


def filled(layer: Any, values: Any, *tables: Any) -> Any:
    """Apply a layer of Keras, then give it its weights: it has none before."""
    outputs = layer(values)
    layer.set_weights(list(tables))
    return outputs


def biases_of(tables: Tables) -> list[Any]:
    """Return the biases as a list, which is empty where there are none."""
    return [tables["biases"]] if "biases" in tables else []


def packed_again(path: Path, facts: dict[str, Any]) -> bytes:
    """Return a `.keras` file without times and addresses in memory, and with some facts inside."""
    result = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "metadata.json":
                member = json.dumps(json.loads(member) | {"date_saved": ""}).encode()
            if name == "config.json":
                member = renumbered(member.decode()).encode()
            new.writestr(zipfile.ZipInfo(name, MOMENT), member)
        words = json.dumps(facts, ensure_ascii=False, indent=1)
        new.writestr(zipfile.ZipInfo("scrawl.json", MOMENT), words.encode())
    return result.getvalue()


def renumbered(config: str) -> str:
    """Return a model's description with its shared objects numbered, in the order they occur.

    >>> renumbered('{"shared_object_id": 140, "a": {"shared_object_id": 96}}')
    '{"shared_object_id": 1, "a": {"shared_object_id": 2}}'
    """
    numbers: dict[str, int] = {}
    return re.sub(
        r'(?<="shared_object_id": )\d+',
        lambda match: str(numbers.setdefault(match[0], len(numbers) + 1)),
        config,
    )
