"""Checks of the user's own code before it trains: a fault ends the run with its file and line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from scrawl.artifacts import model
from scrawl.artifacts.own_code import OwnCode
from scrawl.nn import Array
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.diagnosis.parts import FORWARD, Fault, layer_fault, loss_fault
from scrawl.nn.examples import Examples
from scrawl.nn.layers.base import Layer
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network
from scrawl.settings.experiment import Run
from scrawl.training.setup import Streams, optimiser_of

CHECKED = 12  # examples: a fault shows with any, and each slope of a layer takes two passes
DELIBERATE = ("relu-with-unit-derivative", "mispaired-activations")
NOT_FINITE_AMONG = 2048  # examples that are looked through for the first number that is not finite


def check_own(run: Run, training: Examples, code: OwnCode) -> None:
    """Check everything of the user's that a run names.

    Raises
    ------
    ValueError
        Naming the first fault: the layer or function, the place in it, the number found and the one
        expected, and file and line.
    """
    if code.missing:
        return
    with code.placed(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _check_functions(run, code)
        for dtype in (np.float32, np.float64):
            _check_network(run, training, code, dtype)


def check_findings(run: Run, wrong: list[Finding], code: OwnCode) -> None:
    """Refuse a network whose whole gradient is wrong, or whose steps go up, by own code."""
    if code.missing or run.activation in DELIBERATE or run.backpropagation in DELIBERATE:
        return
    for finding in wrong:
        steps = finding.name == "uphill"
        if steps and "optimiser" not in run.own:
            continue
        thing = code.registries.optimisers[run.optimiser] if steps else None
        where = code.place(thing, "update", "step") if thing else code.files[0]
        raise ValueError(f"{where}: {finding.words}")


def _check_functions(run: Run, code: OwnCode) -> None:
    """Check schedule, initialiser and optimiser."""
    registries = code.registries
    if "schedule" in run.own:
        schedule = registries.schedules[run.schedule]
        for step in range(100):
            factor = schedule(step, 100)
            plain = isinstance(factor, float | int) and not isinstance(factor, np.generic)
            if not plain or not math.isfinite(factor):
                words = f"found {factor!r} at step {step} of 100, expected a finite Python float"
                raise ValueError(f"{code.place(schedule, '__call__')}: {run.schedule}: {words}")
    if "initialiser" in run.own:
        initialiser = registries.initialisers[run.initialiser]
        one, other = (initialiser(np.random.default_rng(0), 7, 5, 1.0) for _ in range(2))
        words = ""
        if np.shape(one) != (7, 5) or not np.isfinite(one).all():
            words = f"found {np.shape(one)}, expected finite numbers of (n_in, n_out): (7, 5)"
        elif not np.array_equal(one, other):
            words = "found two draws from the same rng that differ, expected to draw from rng alone"
        if words:
            raise ValueError(f"{code.place(initialiser, '__call__')}: {run.initialiser}: {words}")


def _check_network(run: Run, training: Examples, code: OwnCode, dtype: type) -> None:
    """Check the network's own layers, each with the inputs that reach it, then the loss."""
    some = training.first(CHECKED)
    values: Array = np.asarray(some.images, dtype)
    labels: Array = np.asarray(some.labels, dtype)
    network = network_of(run, training, code, dtype)
    Network.reserve(network, len(values))
    for name, layer, inputs in layer_by_layer(network, values):
        if code.owns(layer):
            _check_layer(network, name, layer, inputs, code)
    outputs = network.forward(values, training=True)
    if outputs.shape != labels.shape:
        raise ValueError(
            f"{_builder(run, code)}: the network answers with {outputs.shape[1]} numbers, "
            f"expected one for each of {labels.shape[1]} classes"
        )
    if "loss" in run.own:
        loss = model.loss_of(run, code.registries)
        if fault := loss_fault(loss, outputs.copy(), labels):
            raise ValueError(f"{code.place(loss, *fault.methods)}: {run.loss}: {fault.words}")
    if "optimiser" in run.own and dtype is np.float32:
        _check_optimiser(run, network, code)


def network_of(run: Run, training: Examples, code: OwnCode, dtype: type) -> Network:
    """Return a twin of the network of a run, with the same first weights."""
    shape, classes = training.image_shape, training.labels.shape[1]
    weights = Streams.of(run).weights
    return model.build(run, shape, classes, weights, dtype, registries=code.registries)


def layer_by_layer(network: Network, values: Array) -> Iterator[tuple[str, Layer, Array]]:
    """Yield each layer with its inputs, and pass them on."""
    for name, layer in zip(network.names, network.layers, strict=True):
        yield name, layer, values
        values = layer.forward(values, training=True)


def _check_layer(network: Network, name: str, layer: Layer, inputs: Array, code: OwnCode) -> None:
    prefix = f"{name}/"
    gradients = network.views(network.gradients)
    tables = {
        key.removeprefix(prefix): (table, gradients[key])
        for key, table in network.named_parameters().items()
        if key.startswith(prefix)
    }
    fault = _stream_fault(layer) or layer_fault(layer, inputs.copy(), tables)
    if fault:
        raise ValueError(f"{code.place(layer, *fault.methods)}: layer {name}: {fault.words}")


def _stream_fault(layer: Layer) -> Fault | None:
    """Find a random stream that checkpoints and shards would miss."""
    for key, value in vars(layer).items():
        if isinstance(value, np.random.Generator) and key != "rng":
            words = f"keeps a random generator as self.{key}; expected self.rng, which is resumed"
            return Fault(words, ("__init__", *FORWARD))
    return None


def _check_optimiser(run: Run, network: Network, code: OwnCode) -> None:
    plain = replace(run, clip_norm=None)
    optimiser = optimiser_of(plain, network, code.registries)
    where = f"{code.place(optimiser, 'update', 'step')}: {run.optimiser}"
    if optimiser.weight_decay != run.weight_decay:
        raise ValueError(
            f"{where}: weight_decay: found {optimiser.weight_decay}, expected "
            f"{run.weight_decay}: take it in __init__, or leave it out of the experiment"
        )
    before, gradients = network.parameters.copy(), np.ones_like(network.parameters)
    for _ in range(2):
        optimiser.step(network.parameters, gradients.copy(), 1e-3)
    if not np.isfinite(network.parameters).all():
        raise ValueError(f"{where}: parameters are not finite after two steps")
    if np.array_equal(before, network.parameters):
        raise ValueError(
            f"{where}: two steps left the parameters as they were; expected them changed in place"
        )


def _builder(run: Run, code: OwnCode) -> str:
    """Return file and line of what builds the network, or of the code."""
    if run.network:
        return code.place(code.registries.networks[run.network])
    return code.files[0]


def not_finite_first(network: Network, loss: Loss, training: Examples, code: OwnCode) -> str:
    """Say which part of own code first made a number that is not finite; empty if none did."""
    if code.missing:
        return ""
    some = training.first(min(NOT_FINITE_AMONG, len(training)))
    values = np.asarray(some.images, network.parameters.dtype)
    Network.reserve(network, len(values))
    with np.errstate(all="ignore"):
        for name, layer, inputs in layer_by_layer(network, values):
            outputs = layer.forward(inputs, training=True)
            if np.isfinite(inputs).all() and not np.isfinite(outputs).all():
                if not code.owns(layer):
                    return ""
                at = code.place(layer, *FORWARD)
                return f"the first that is not comes from layer {name} ({at})"
        if code.owns(loss) and np.isfinite(outputs).all():
            return f"the outputs are finite: look at the loss ({code.place(loss, '__call__')})"
    return ""
