"""A trained network as an ONNX graph: raw pixels in, probabilities out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from scrawl.artifacts.model import Model
from scrawl.nn.layers.activations import LeakyReLU
from scrawl.nn.layers.base import Layer
from scrawl.tools.exports import Tables, facts, has_softmax, layers_of, unknown

OPSET = 20  # the first with GELU
IR_VERSION = 10  # what programs that know this opset can read

Writer = Callable[["Graph", str, Any, Tables], None]


class Graph:
    """Nodes in a row, each fed by the one before; constants beside them."""

    def __init__(self, inputs: str) -> None:
        self.last = inputs
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def then(self, kind: str, name: str, *constants: Any, **attributes: Any) -> None:
        """Append a node that takes what the last one gives, and some constants."""
        names = [f"{name}/{kind}/{i}" for i in range(len(constants))]
        self.constants += [
            numpy_helper.from_array(np.ascontiguousarray(value), constant)
            for constant, value in zip(names, constants, strict=True)
        ]
        output = f"{name}/{kind}"
        self.nodes.append(
            helper.make_node(kind, [self.last, *names], [output], name=output, **attributes)
        )
        self.last = output


def content(trained: Model) -> bytes:
    """Return the bytes of an ONNX file.

    Its input `images` is (n, *image_shape) float32, pixels as they are in the dataset; its output
    `probabilities` (n, classes). What `exports.facts` says stands in its metadata.
    """
    dataset = trained.dataset
    graph = Graph("images")
    graph.then("Reshape", "pixels", np.array([-1, dataset.pixels], np.int64))
    graph.then("Sub", "pixels", np.float32(dataset.offset))
    graph.then("Div", "pixels", np.float32(dataset.scale))
    for name, layer, tables in layers_of(trained):
        append(graph, name, layer, tables)
    if has_softmax(trained):
        graph.then("Softmax", "probabilities", axis=1)
    graph.nodes.append(helper.make_node("Identity", [graph.last], ["probabilities"]))
    kind = TensorProto.FLOAT
    whole = helper.make_graph(
        graph.nodes,
        "scrawl",
        [helper.make_tensor_value_info("images", kind, ["n", *dataset.image_shape])],
        [helper.make_tensor_value_info("probabilities", kind, ["n", len(dataset.class_names)])],
        graph.constants,
    )
    proto = helper.make_model(
        whole,
        producer_name="scrawl",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(
        proto,
        {
            key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in facts(trained).items()
        },
    )
    checker.check_model(proto, full_check=True)
    serialised: bytes = proto.SerializeToString(deterministic=True)
    return serialised


def append(graph: Graph, name: str, layer: Layer, tables: Tables) -> None:
    """Append the nodes of one layer."""
    if layer.name not in WRITERS:
        raise unknown(layer, "ONNX")
    WRITERS[layer.name](graph, name, layer, tables)


def dense(graph: Graph, name: str, layer: Any, tables: Tables) -> None:  # noqa: ARG001
    """Append inputs·W + b."""
    graph.then("MatMul", name, tables["weights"])
    if "biases" in tables:
        graph.then("Add", name, tables["biases"])


def batch_normalisation(graph: Graph, name: str, layer: Any, tables: Tables) -> None:
    """Append a normalisation by the running averages."""
    constants = [tables[key] for key in ("scale", "shift", "mean", "variance")]
    graph.then("BatchNormalization", name, *constants, epsilon=layer.epsilon)


def images(graph: Graph, name: str, layer: Any, tables: Tables) -> None:  # noqa: ARG001
    """Append what turns rows of pixels into (n, channels, rows, columns)."""
    channels, rows, columns = layer.shape_out
    graph.then("Reshape", name, np.array([-1, rows, columns, channels], np.int64))
    graph.then("Transpose", name, perm=[0, 3, 1, 2])


def convolution(graph: Graph, name: str, layer: Any, tables: Tables) -> None:
    """Append w ∗ inputs + b."""
    biases = [tables["biases"]] if "biases" in tables else []
    steps, pads = [layer.stride] * 2, [layer.padding] * 4
    graph.then("Conv", name, tables["weights"], *biases, strides=steps, pads=pads)


def pooling(kind: str) -> Writer:
    """Return what appends a pooling over squares."""

    def append(graph: Graph, name: str, layer: Any, tables: Tables) -> None:  # noqa: ARG001
        graph.then(kind, name, kernel_shape=[layer.size] * 2, strides=[layer.size] * 2)

    return append


def plain(*kinds: str, **attributes: Any) -> Writer:
    """Return what appends nodes without constants."""

    def append(graph: Graph, name: str, layer: Any, tables: Tables) -> None:  # noqa: ARG001
        for kind in kinds:
            graph.then(kind, name, **attributes)

    return append


WRITERS: dict[str, Writer] = {
    "dense": dense,
    "batch-normalisation": batch_normalisation,
    "dropout": plain(),  # does nothing outside of training
    "sigmoid": plain("Sigmoid"),
    "tanh": plain("Tanh"),
    "relu": plain("Relu"),
    "relu-with-unit-derivative": plain("Relu"),
    "leaky-relu": plain("LeakyRelu", alpha=LeakyReLU.slope),
    "gelu": plain("Gelu", approximate="tanh"),
    "softmax": plain("Softmax", axis=1),
    "images": images,
    "convolution": convolution,
    "max-pooling": pooling("MaxPool"),
    "average-pooling": pooling("AveragePool"),
    "global-average-pooling": plain("GlobalAveragePool", "Flatten"),
    "flatten": plain("Flatten"),  # in the order channels, rows, columns
}
