"""Layers: the base class, dense layers and dropout.

Each layer shows its forward pass and its gradients side by side. Rules for buffers, of all layers:

1. A layer writes its outputs to a buffer of its own. They hold until its next forward pass.
2. A layer never writes to its inputs, and they must hold until its gradients are computed.
3. `input_gradient` may use up the output gradient, so `parameter_gradients` is called before it.
4. Parameters and gradients are views of the network's two flat vectors; gradients are
   overwritten, not added to.

Buffers are made for the largest batch; a smaller one uses their first values.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.initialisers import Initialiser, he
from scrawl.nn.parallel import Matmul
from scrawl.nn.state import State, set_words, words_of

Shape: TypeAlias = tuple[int, ...]
"""Of an example: (width,), or (channels, rows, columns) of an image."""


class Layer:
    """Base class of layers. By itself it has no parameters and keeps the shape.

    Attributes
    ----------
    name : str
        Its kind, used in the names of parameters: layer 1 of kind `dense` is `1-dense`.
    shape_in, shape_out : tuple of int
        Of an example that enters and leaves, known once `connect` was called: (width,), or
        (channels, rows, columns). Batches are (batch, width), those of images (rows, channels,
        columns, batch).
    matmul : function
        Multiplies matrices; see `Network.divide`.
    rng : numpy.random.Generator or None
        The random stream of a layer that draws numbers.
    """

    name: ClassVar[str]
    shape_in: Shape
    shape_out: Shape
    matmul: Matmul = np.matmul
    rng: np.random.Generator | None = None

    @property
    def n_in(self) -> int:
        """The number of values of an example that enter."""
        return math.prod(self.shape_in)

    @property
    def n_out(self) -> int:
        """The number of values of an example that leave."""
        return math.prod(self.shape_out)

    def connect(self, shape: Shape) -> Shape:
        """Note the shape of an example that enters; return the shape that leaves."""
        self.shape_in = self.shape_out = shape
        return self.shape_out

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter. Those named `weights` may decay."""
        return {}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views of this layer's parameters and gradients."""

    def initialise(self, rng: np.random.Generator) -> None:
        """Set parameters and state to their first values."""

    def state(self) -> dict[str, Array]:
        """Return the state of a trained layer beside its parameters, as live arrays."""
        return {}

    def twin(self) -> Layer:
        """Return a copy of this layer, to be bound and given its own stream and buffers."""
        return copy.copy(self)

    def collect(self, twins: Sequence[Layer]) -> None:
        """Note the statistics that twins measured, each on a shard of the present batch."""

    def absorb(self) -> None:
        """Take over the collected statistics, at the end of a batch."""

    def traces(self) -> State:
        """Return what a training pass changed here, beside gradients: small arrays."""
        return {} if self.rng is None else {"stream": words_of(self.rng)}

    def follow(self, traces: State) -> None:
        """Take over what the pass of a twin in another process changed there."""
        if self.rng is not None:
            set_words(self.rng, traces["stream"])

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""

    def forward(self, inputs: Array, training: bool) -> Array:
        """Return the outputs, such as (batch, n_out), of inputs (batch, n_in)."""
        raise NotImplementedError

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write this layer's gradients, from that of the loss by its outputs."""

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return the gradient of the loss by the inputs."""
        raise NotImplementedError


def room(buffer: Array, shape: Shape) -> Array:
    """Return the first values of a flat buffer in a shape: a view."""
    return buffer[: math.prod(shape)].reshape(shape)


class Dense(Layer):
    """A fully connected layer: outputs = inputs·W + b.

    Parameters
    ----------
    n_out : int
        The number of units.
    initialiser : function
        Draws the weights (n_in, n_out).
    scale : float
        A factor on the drawn weights.
    bias : bool
        Whether there are biases b (n_out,); they start at zero.
    """

    name = "dense"
    weights: Array
    biases: Array | None

    def __init__(
        self, n_out: int, initialiser: Initialiser = he, scale: float = 1.0, bias: bool = True
    ) -> None:
        if n_out < 1:
            raise ValueError(f"a dense layer of {n_out} units; give 1 or more")
        self.units, self.initialiser, self.scale, self.bias = n_out, initialiser, scale, bias

    def connect(self, shape: Shape) -> Shape:
        """Note the number of inputs; return that of the outputs."""
        if len(shape) != 1:
            raise ValueError(f"a dense layer takes a row of values, not images of {shape}: flatten")
        self.shape_in, self.shape_out = shape, (self.units,)
        return self.shape_out

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of the weights and, if there are any, of the biases."""
        weights = {"weights": (self.n_in, self.n_out)}
        biases = {"biases": (self.n_out,)} if self.bias else {}
        return {**weights, **biases}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views of this layer's parameters and gradients."""
        self.weights, self.weight_gradients = parameters["weights"], gradients["weights"]
        self.biases, self.bias_gradients = parameters.get("biases"), gradients.get("biases")

    def initialise(self, rng: np.random.Generator) -> None:
        """Draw the weights; set the biases to zero."""
        self.weights[...] = self.initialiser(rng, self.n_in, self.n_out, self.scale)
        if self.biases is not None:
            self.biases[...] = 0

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.outputs: Array = np.empty((batch, self.n_out), dtype)
        # made when it is asked for, which it never is of the first layer
        self.input_gradients: Array = np.empty((0, self.n_in), dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return inputs·W + b."""
        self.inputs = inputs
        outputs = self.matmul(inputs, self.weights, out=self.outputs[: len(inputs)])
        if self.biases is not None:
            outputs += self.biases
        return outputs

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write ∂W = inputsᵀ·g and ∂b = Σ g over the batch."""
        self.matmul(self.inputs.T, output_gradient, out=self.weight_gradients)
        if self.bias_gradients is not None:
            np.sum(output_gradient, axis=0, out=self.bias_gradients)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g·Wᵀ."""
        if not len(self.input_gradients):
            self.input_gradients = np.empty((len(self.outputs), self.n_in), self.outputs.dtype)
        out = self.input_gradients[: len(output_gradient)]
        return self.matmul(output_gradient, self.weights.T, out=out)


class Dropout(Layer):
    """Dropout: set values to zero at random in training, and scale up the others.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014,
    in its inverted form: the mean stays the same, and outside of training nothing is done.

    Parameters
    ----------
    rate : float
        The probability with which a value is *dropped*, 0 ≤ rate < 1.
    rng : numpy.random.Generator
        The random stream of this layer alone, so that dropout shifts no other random number.
    """

    name = "dropout"
    rng: np.random.Generator

    def __init__(self, rate: float, rng: np.random.Generator) -> None:
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"dropout drops with probability {rate}; give 0 ≤ rate < 1")
        self.rate, self.rng = rate, rng

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.draws: Array = np.empty((batch, self.n_in), np.float32)
        self.factors: Array = np.empty((batch, self.n_in), dtype)
        self.outputs: Array = np.empty((batch, self.n_in), dtype)

    def forward(self, inputs: Array, training: bool) -> Array:
        """Return inputs·f with f = 0 or 1/(1 − rate) in training, the inputs otherwise."""
        self.dropping = training
        if not training:
            return inputs
        batch = len(inputs)
        draws, factors = self.draws[:batch], self.factors[:batch]
        self.rng.random(out=draws, dtype=np.float32)
        np.greater_equal(draws, self.rate, out=factors)
        factors *= 1 / (1 - self.rate)
        return np.multiply(inputs, factors, out=self.outputs[:batch])

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g·f."""
        if not self.dropping:
            return output_gradient
        output_gradient *= self.factors[: len(output_gradient)]
        return output_gradient
