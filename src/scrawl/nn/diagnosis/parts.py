"""Checks of single layers and losses: shapes, types, repeatability, and gradients by differences.

Unlike `gradient_check`, which asks of a whole network only whether something is wrong, these name
the first number that is, and the method that gave it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer
from scrawl.nn.losses import Loss
from scrawl.nn.state import set_words, words_of

# Numbers of a table whose slope is measured: the largest gradients and as many at random.
MEASURED = 8
# Lengths of a difference, times the size of a number (or 1). Both agree on a slope; at a kink, such
# as that of a ReLU, they do not, and there is no slope to compare with.
STEPS = (1e-4, 1e-6)
# Of the largest slope of a table. Rounding, in float64, is below 1e-6 of it.
TOLERANCE = 1e-4

FORWARD = ("apply", "forward")
BACKWARD = ("derivative", "input_gradient", "forward")
PARAMETERS = ("parameter_gradients", "forward")


class Fault(NamedTuple):
    """A fault of a part, and the methods that may cause it, the likeliest first."""

    words: str
    methods: tuple[str, ...]


def layer_fault(
    layer: Layer, inputs: Array, tables: dict[str, tuple[Array, Array]]
) -> Fault | None:
    """Return the first fault of a layer, or None.

    Parameters
    ----------
    layer : Layer
        Connected and bound, with buffers for the batch. Its gradients are overwritten.
    inputs : array
        A batch as it reaches the layer; float64 to check gradients.
    tables : dict of str to (array, array)
        Of each parameter by name, the live values and the live gradients.
    """
    return next(_layer_faults(layer, inputs, tables), None)


def _layer_faults(
    layer: Layer, inputs: Array, tables: dict[str, tuple[Array, Array]]
) -> Iterator[Fault]:
    forward = _repeatable(layer)
    before = inputs.copy()
    outputs = forward(inputs)
    yield from _output_faults(layer, before, outputs)
    if not np.array_equal(before, inputs, equal_nan=True):
        yield Fault("forward wrote into its inputs; expected them as they were", FORWARD)
    first = outputs.copy()
    if not np.array_equal(first, forward(inputs)):
        yield Fault(
            "forward gave two answers to the same inputs; expected numbers drawn from self.rng "
            "alone, which is handed to __init__ as rng",
            FORWARD,
        )
    if inputs.dtype != np.float64:
        return
    weights: Array = np.random.default_rng(0).standard_normal(outputs.shape).astype(outputs.dtype)

    def value() -> float:
        return float(np.vdot(forward(inputs), weights))

    forward(inputs)
    layer.parameter_gradients(weights.copy())
    by_inputs = layer.input_gradient(weights.copy())
    if np.shape(by_inputs) != inputs.shape:
        found = f"found the shape {np.shape(by_inputs)}, expected {inputs.shape} of the inputs"
        yield Fault(f"the gradient by the inputs: {found}", BACKWARD)
    gradients = {name: gradient.copy() for name, (_, gradient) in tables.items()}
    yield from _slope_faults(
        "the gradient by the inputs", value, inputs, by_inputs.copy(), BACKWARD
    )
    for name, (table, _) in tables.items():
        what = f"the gradient by {name}"
        yield from _slope_faults(what, value, table, gradients[name], PARAMETERS)


def _output_faults(layer: Layer, inputs: Array, outputs: Array) -> Iterator[Fault]:
    """Yield what is wrong with the type, shape and values of a layer's outputs."""
    if not isinstance(outputs, np.ndarray):
        yield Fault(f"forward returned {type(outputs).__name__}, expected an array", FORWARD)
    if inputs.ndim == 4 and len(layer.shape_out) == 3:
        channels, rows, columns = layer.shape_out
        expected: tuple[int, ...] = (rows, channels, columns, inputs.shape[-1])
    else:
        batch = inputs.shape[-1] if inputs.ndim == 4 else len(inputs)
        expected = (batch, layer.n_out)
    if outputs.shape != expected:
        yield Fault(f"forward returned the shape {outputs.shape}, expected {expected}", FORWARD)
    if outputs.dtype != inputs.dtype:
        yield Fault(
            f"forward returned {outputs.dtype} for {inputs.dtype} inputs, expected {inputs.dtype}",
            FORWARD,
        )
    if np.isfinite(inputs).all() and not np.isfinite(outputs).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(outputs))[0])
        yield Fault(
            f"forward returned {outputs[where]} at {where} for inputs from {inputs.min():.3g} to "
            f"{inputs.max():.3g}, expected finite numbers",
            FORWARD,
        )


def _repeatable(layer: Layer) -> Callable[[Array], Array]:
    """Return the forward pass in training, which draws the same numbers each time."""
    words = None if layer.rng is None else words_of(layer.rng).copy()

    def forward(inputs: Array) -> Array:
        if layer.rng is not None and words is not None:
            set_words(layer.rng, words)
        return layer.forward(inputs, training=True)

    return forward


def _slope_faults(
    what: str, value: Callable[[], float], table: Array, gradient: Array, methods: tuple[str, ...]
) -> Iterator[Fault]:
    """Yield a fault for each measured number of a table whose slope is not its gradient."""
    if not np.isfinite(gradient).all():
        yield Fault(f"{what} is not finite", methods)
    scale = max(float(np.abs(gradient).max(initial=0.0)), 1e-3)
    for where in _places(gradient):
        long, short = (_slope(value, table, where, step) for step in STEPS)
        if abs(long - short) > TOLERANCE * max(abs(long), abs(short), scale) * 10:
            continue
        found, expected = float(gradient[where]), long
        if abs(found - expected) > TOLERANCE * max(scale, abs(expected)):
            at = ", ".join(map(str, where))
            words = f"{what} at [{at}]: found {found:.6g}, expected {expected:.6g}"
            yield Fault(f"{words} (by central differences)", methods)


def _places(gradient: Array) -> list[tuple[int, ...]]:
    """Return the places of the largest numbers of a table, and of some at random."""
    largest = np.argsort(-np.abs(gradient), axis=None, kind="stable")[:MEASURED]
    others = np.random.default_rng(0).permutation(gradient.size)[:MEASURED]
    flat: npt.NDArray[np.intp] = np.unique(np.concatenate([largest, others]))
    return [tuple(int(i) for i in np.unravel_index(place, gradient.shape)) for place in flat]


def _slope(value: Callable[[], float], table: Array, where: tuple[int, ...], step: float) -> float:
    """Return the slope of a value by one number of a table."""
    start = float(table[where])
    length = step * max(abs(start), 1.0)
    table[where] = start + length
    above = value()
    table[where] = start - length
    below = value()
    table[where] = start
    return (above - below) / (2 * length)


def loss_fault(loss: Loss, outputs: Array, labels: Array) -> Fault | None:
    """Return the first fault of a loss, given outputs and one-hot labels (batch, classes)."""
    return next(_loss_faults(loss, outputs.copy(), labels), None)


def _loss_faults(loss: Loss, outputs: Array, labels: Array) -> Iterator[Fault]:
    methods = ("__call__",)
    gradient = np.full_like(outputs, np.nan)
    before = outputs.copy()
    value = loss(outputs, labels, gradient)
    if not isinstance(value, float) or isinstance(value, np.floating):
        kind = type(value).__name__
        yield Fault(f"the loss is of type {kind}, expected a Python float: float(…)", methods)
    if not math.isfinite(value):
        yield Fault(f"the loss is {value}, expected a finite number", methods)
    if not np.array_equal(outputs, before):
        yield Fault("the loss wrote into the outputs; expected them as they were", methods)
    if np.isnan(gradient).any():
        yield Fault("the gradient was not written into the third argument, or is NaN", methods)
    scores = loss.predictions(outputs)
    if np.shape(scores) != outputs.shape or not np.isfinite(scores).all():
        found = f"found {np.shape(scores)}, expected finite numbers of {outputs.shape}"
        yield Fault(f"predictions: {found}", ("predictions", "__call__"))
    both, again = np.concatenate([outputs, outputs]), np.concatenate([labels, labels])
    twice = loss(both, again, np.empty_like(both))
    if abs(twice - value) > TOLERANCE * max(abs(value), 1e-3):
        yield Fault(
            f"the loss of a batch that is shown twice: found {twice:.6g}, expected {value:.6g}, a "
            "mean over the batch",
            methods,
        )
    if outputs.dtype == np.float64:
        scratch = np.empty_like(outputs)
        yield from _slope_faults(
            "the gradient by the outputs",
            lambda: float(loss(outputs, labels, scratch)),
            outputs,
            gradient.copy(),
            methods,
        )
