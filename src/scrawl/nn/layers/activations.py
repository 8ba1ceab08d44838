"""Activations: non-linear functions, each with its derivative below it."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer, room

# Lowest logit, relative to the highest, of which exp is taken. e⁻⁴⁰ ≈ 4e-18 is far below the last
# digit of a float32 sum of 1, and so far above the subnormal numbers that its products are too
# (see TINY in optimisers.py).
FLOOR = -40.0


class Activation(Layer):
    """Base class of functions of single values, a = f(z). Subclasses define f and f'.

    Both write to `out` and return it; the derivative may use the inputs z or the outputs a.
    """

    def apply(self, z: Array, out: Array) -> Array:
        """Write f(z)."""
        raise NotImplementedError

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        """Write f'(z)."""
        raise NotImplementedError

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.buffer: Array = np.empty(batch * self.n_in, dtype)
        self.derivatives: Array = np.empty(batch * self.n_in, dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return f(z)."""
        self.inputs, self.outputs = inputs, room(self.buffer, inputs.shape)
        return self.apply(inputs, self.outputs)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g·f'(z)."""
        output_gradient *= self.derivative(
            self.inputs, self.outputs, room(self.derivatives, self.inputs.shape)
        )
        return output_gradient


class Sigmoid(Activation):
    """The logistic function σ(z) = 1/(1 + e⁻ᶻ), computed as (1 + tanh(z/2))/2.

    In this form it cannot overflow, it is faster in NumPy than with a guarded exp, and where it
    saturates its derivative is an exact zero instead of a subnormal number.
    """

    name = "sigmoid"

    def apply(self, z: Array, out: Array) -> Array:
        """Write (1 + tanh(z/2))/2."""
        np.multiply(z, 0.5, out=out)
        np.tanh(out, out=out)
        out += 1.0
        out *= 0.5
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write a·(1 − a)."""
        np.subtract(1.0, a, out=out)
        out *= a
        return out


class Tanh(Activation):
    """The hyperbolic tangent: a sigmoid from −1 to 1."""

    name = "tanh"

    def apply(self, z: Array, out: Array) -> Array:
        """Write tanh(z)."""
        return np.tanh(z, out=out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write 1 − a²."""
        np.multiply(a, a, out=out)
        return np.subtract(1.0, out, out=out)


class ReLU(Activation):
    """max(z, 0), the rectified linear unit; its derivative at 0 is taken as 0."""

    name = "relu"

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        super().reserve(batch, dtype)
        # NumPy compares two arrays three times as fast as an array with a number
        self.zeros: Array = np.zeros(batch * self.n_in, dtype)

    def apply(self, z: Array, out: Array) -> Array:
        """Write max(z, 0)."""
        return np.maximum(z, room(self.zeros, z.shape), out=out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write 1 where a > 0, otherwise 0."""
        np.greater(a, 0.0, out=out)
        return out


class LeakyReLU(Activation):
    """z if it is positive, otherwise slope·z, so that no unit is switched off for good.

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
    """

    name = "leaky-relu"
    slope: ClassVar[float] = 0.01  # the paper's

    def apply(self, z: Array, out: Array) -> Array:
        """Write max(z, slope·z)."""
        np.multiply(z, self.slope, out=out)
        return np.maximum(z, out, out=out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write 1 where a > 0, otherwise slope."""
        np.greater(a, 0.0, out=out)
        out *= 1.0 - self.slope
        out += self.slope
        return out


class GELU(Activation):
    """z·Φ(z), Φ the normal distribution function, in the approximation with tanh.

    a = z·(1 + tanh u)/2, u = √(2/π)·(z + 0.044715·z³). Hendrycks and Gimpel, "Gaussian error
    linear units", 2016. The exact form needs erf, which NumPy lacks; the two differ by less than
    0.0005. PyTorch's name for this one is `approximate="tanh"`.
    """

    name = "gelu"
    root: ClassVar[float] = math.sqrt(2 / math.pi)
    cubic: ClassVar[float] = 0.044715

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        super().reserve(batch, dtype)
        self.tails: Array = np.empty(batch * self.n_in, dtype)

    def apply(self, z: Array, out: Array) -> Array:
        """Write z − z·t with the upper tail t = 1 − Φ = (1 − tanh u)/2."""
        tail = np.multiply(z, z, out=room(self.tails, z.shape))
        tail *= self.root * self.cubic
        tail += self.root
        tail *= z  # u
        np.tanh(tail, out=tail)
        np.subtract(1.0, tail, out=tail)
        tail *= 0.5
        np.multiply(z, tail, out=out)
        return np.subtract(z, out, out=out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        """Write 1 − t + 2·a·t·u' with u' = √(2/π)·(1 + 3·0.044715·z²)."""
        tail = room(self.tails, z.shape)
        np.multiply(z, z, out=out)
        out *= 6 * self.root * self.cubic
        out += 2 * self.root  # 2u'
        out *= a
        out -= 1.0
        out *= tail
        out += 1.0
        return out


class Softmax(Layer):
    """Probabilities from logits, as an output layer for the quadratic loss.

    The cross-entropy loss has its softmax built in and wants the logits themselves.
    """

    name = "softmax"

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make a buffer for batches of up to this size."""
        self.outputs: Array = np.empty((batch, self.n_in), dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return a = softmax(z)."""
        return softmax(inputs, self.outputs[: len(inputs)])

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return a·(g − Σ g·a), the sum over the classes."""
        a = self.outputs[: len(output_gradient)]
        output_gradient -= np.einsum("ij,ij->i", output_gradient, a)[:, None]
        output_gradient *= a
        return output_gradient


def softmax(logits: Array, out: Array) -> Array:
    """Write e^z/Σ e^z, the sum over each row, and return it.

    Parameters
    ----------
    logits : (n, classes) float32
    out : (n, classes) float32

    Examples
    --------
    >>> z = np.float32([[0, 1e6], [1, 1]])
    >>> softmax(z, np.empty_like(z))
    array([[4.248354e-18, 1.000000e+00],
           [5.000000e-01, 5.000000e-01]], dtype=float32)
    """
    np.subtract(logits, logits.max(axis=1, keepdims=True), out=out)
    np.maximum(out, FLOOR, out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)
    return out


ACTIVATIONS: dict[str, type[Activation]] = {
    kind.name: kind for kind in (Sigmoid, Tanh, ReLU, LeakyReLU, GELU)
}
"""The activations by name. One more is a class above, its name in this line, and its test."""
