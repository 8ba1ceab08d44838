"""The layers that transform a batch; each shows its forward pass and its gradients side by side.

Who may overwrite what, once for all layers:

1. A layer writes its outputs to a buffer of its own. They hold until its next forward pass.
2. A layer never writes to its inputs, and they must hold until its gradients are computed.
3. `input_gradient` may use up the output gradient, so `parameter_gradients` is called before it.
4. Parameters and gradients are views of the network's two flat vectors; gradients are
   overwritten, not added to.

Buffers are made for the largest batch; a smaller one uses their first rows. Against the same
formulas without `out=` an epoch takes 0.98 of the time for 784-128-10 in batches of 128, 0.94 for
784-512-256-10 of 256, 0.93 for 784-1024-512-10 of 512 (one core of an EPYC, OpenBLAS, NumPy 2.4,
best of 3 to 5 in turn): less than one might think, for matrix products are most of it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.initialisers import Initialiser, he
from scrawl.nn.pieces import Matmul


class Layer:
    """What every layer is to the network. By itself it has no parameters and keeps the width.

    Attributes
    ----------
    name : str
        Its kind, used in the names of parameters: layer 1 of kind `dense` is `1-dense`.
    n_in, n_out : int
        How many values of an example enter and leave, known once `connect` was called.
    matmul : function
        How matrices are multiplied; see `Network.divide`.
    rng : numpy.random.Generator or None
        Its random stream, if it draws any numbers.
    """

    name: ClassVar[str]
    n_in: int
    n_out: int
    matmul: Matmul = np.matmul
    rng: np.random.Generator | None = None

    def connect(self, n_in: int) -> int:
        """Take note of the width that comes in; return the width that goes out."""
        self.n_in = self.n_out = n_in
        return self.n_out

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter. Those named `weights` are subject to decay."""
        return {}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views that belong to this layer."""

    def initialise(self, rng: np.random.Generator) -> None:
        """Give parameters and state their first values."""

    def state(self) -> dict[str, Array]:
        """Return what belongs to a trained layer beside its parameters, as live arrays."""
        return {}

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""

    def forward(self, inputs: Array, training: bool) -> Array:
        """Return the outputs, (batch, n_out), of inputs (batch, n_in)."""
        raise NotImplementedError

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write this layer's gradients, from that of the loss by its outputs (batch, n_out)."""

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return the gradient of the loss by the inputs, (batch, n_in)."""
        raise NotImplementedError


class Dense(Layer):
    """Every output a weighted sum of all inputs: outputs = inputs·W + b.

    Parameters
    ----------
    n_out : int
        The number of units.
    initialiser : function
        Draws the weights (n_in, n_out).
    scale : float
        A factor on the drawn weights.
    bias : bool
        Whether there is a b (n_out,); it starts at zero.
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

    def connect(self, n_in: int) -> int:
        """Take note of the width that comes in; return the width that goes out."""
        self.n_in, self.n_out = n_in, self.units
        return self.n_out

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of the weights and, where there are any, of the biases."""
        weights = {"weights": (self.n_in, self.n_out)}
        biases = {"biases": (self.n_out,)} if self.bias else {}
        return {**weights, **biases}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views that belong to this layer."""
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
        self.input_gradients: Array = np.empty((batch, self.n_in), dtype)

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
        out = self.input_gradients[: len(output_gradient)]
        return self.matmul(output_gradient, self.weights.T, out=out)


class Dropout(Layer):
    """Drop values at random in training, and scale up the rest so that their mean stays.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014,
    in its inverted form: outside of training nothing is done.

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
        output_gradient *= self.factors[: len(output_gradient)]
        return output_gradient


class BatchNormalisation(Layer):
    """Bring every value to mean 0 and variance 1 over the batch, then to learnt ones.

    x̂ = (x − mean)/√(variance + ε), outputs = scale·x̂ + shift. Ioffe and Szegedy, "Batch
    normalisation", 2015. In training the batch's own statistics are used, and averaged into the
    running ones (momentum 0.1, unbiased variance) that are used everywhere else.
    """

    name = "batch-normalisation"
    epsilon = 1e-5  # the paper's and PyTorch's: keeps a value that never changes from dividing by 0
    momentum = 0.1  # PyTorch's: running averages look back over some ten batches

    scale: Array
    shift: Array

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of scale and shift."""
        return {"scale": (self.n_in,), "shift": (self.n_in,)}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views that belong to this layer."""
        self.scale, self.scale_gradients = parameters["scale"], gradients["scale"]
        self.shift, self.shift_gradients = parameters["shift"], gradients["shift"]
        self.running_mean = np.zeros_like(self.shift)
        self.running_variance = np.ones_like(self.scale)

    def initialise(self, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Begin with scale 1 and shift 0, and as if batches so far had variance 1 and mean 0."""
        self.scale[...] = self.running_variance[...] = 1
        self.shift[...] = self.running_mean[...] = 0

    def state(self) -> dict[str, Array]:
        """Return the running averages."""
        return {"mean": self.running_mean, "variance": self.running_variance}

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.normalised: Array = np.empty((batch, self.n_in), dtype)
        self.outputs: Array = np.empty((batch, self.n_in), dtype)
        self.scratch: Array = np.empty((batch, self.n_in), dtype)

    def forward(self, inputs: Array, training: bool) -> Array:
        """Return scale·x̂ + shift."""
        batch = len(inputs)
        mean, variance = self.statistics(inputs) if training else self.state().values()
        self.deviation = np.sqrt(variance + self.epsilon)
        normalised = np.subtract(inputs, mean, out=self.normalised[:batch])
        normalised /= self.deviation
        outputs = np.multiply(normalised, self.scale, out=self.outputs[:batch])
        outputs += self.shift
        return outputs

    def statistics(self, inputs: Array) -> tuple[Array, Array]:
        """Return mean and variance of each value over the batch; average them into the running."""
        batch = len(inputs)
        mean = inputs.mean(axis=0)
        centred = np.subtract(inputs, mean, out=self.scratch[:batch])
        variance = np.einsum("ij,ij->j", centred, centred) / batch
        if batch > 1:  # one example has no variance to learn from
            self.running_mean += self.momentum * (mean - self.running_mean)
            unbiased = variance * (batch / (batch - 1))
            self.running_variance += self.momentum * (unbiased - self.running_variance)
        return mean, variance

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write ∂scale = Σ g·x̂ and ∂shift = Σ g over the batch."""
        normalised = self.normalised[: len(output_gradient)]
        np.einsum("ij,ij->j", output_gradient, normalised, out=self.scale_gradients)
        np.sum(output_gradient, axis=0, out=self.shift_gradients)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return scale/deviation·(g − mean(g) − x̂·mean(g·x̂)): mean and deviation depend on x."""
        batch = len(output_gradient)
        pull = np.multiply(
            self.normalised[:batch], self.scale_gradients / batch, out=self.scratch[:batch]
        )
        output_gradient -= self.shift_gradients / batch
        output_gradient -= pull
        output_gradient *= self.scale / self.deviation
        return output_gradient
