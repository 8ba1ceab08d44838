"""Parts of a network to copy from: one of each kind that an experiment can name.

`activation: own.swish` in an experiment with `code: own_parts.py` means the entry "swish" of the
dictionary ACTIVATIONS below, and so on. Every part is checked before it trains.
"""

import numpy as np

from scrawl.nn.initialisers import he, normal
from scrawl.nn.layers.activations import Activation
from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.optimisers import Optimiser


class Swish(Activation):
    """z·σ(z)."""

    def apply(self, z, out):
        """Write z/(1 + e⁻ᶻ)."""
        out[...] = z / (1 + np.exp(-z))
        return out

    def derivative(self, z, a, out):
        """Write σ(z) + a·(1 − σ(z))."""
        sigmoid = 1 / (1 + np.exp(-z))
        out[...] = sigmoid + a * (1 - sigmoid)
        return out


class Maxout(Layer):
    """The larger of two linear functions of the inputs, for each unit."""

    def __init__(self, units, initialiser=he, scale=1.0):
        self.units, self.initialiser, self.scale = units, initialiser, scale

    def connect(self, shape):
        """Note the shape of an example that enters; return that of one that leaves."""
        self.shape_in, self.shape_out = shape, (self.units,)
        return self.shape_out

    def parameter_shapes(self):
        """Return the shape of each parameter; those named `weights` may decay."""
        return {"weights": (self.n_in, 2 * self.units), "biases": (2 * self.units,)}

    def bind(self, parameters, gradients):
        """Take the views of the network's parameters and gradients."""
        self.weights, self.biases = parameters["weights"], parameters["biases"]
        self.gradients = gradients

    def initialise(self, rng):
        """Set the first values."""
        self.weights[...] = self.initialiser(rng, self.n_in, 2 * self.units, self.scale)
        self.biases[...] = 0

    def forward(self, inputs, training):  # noqa: ARG002
        """Return (batch, units)."""
        self.inputs = inputs
        pairs = (inputs @ self.weights + self.biases).reshape(len(inputs), self.units, 2)
        self.second = pairs[..., 1] > pairs[..., 0]
        return np.where(self.second, pairs[..., 1], pairs[..., 0])

    def _spread(self, output_gradient):
        """Return the gradient by all pairs, (batch, 2·units): zero for the smaller of each."""
        pairs = np.stack([~self.second, self.second], axis=-1) * output_gradient[..., None]
        return pairs.reshape(len(pairs), -1)

    def parameter_gradients(self, output_gradient):
        """Write the gradients by weights and biases."""
        spread = self._spread(output_gradient)
        self.gradients["weights"][...] = self.inputs.T @ spread
        self.gradients["biases"][...] = spread.sum(axis=0)

    def input_gradient(self, output_gradient):
        """Return the gradient by the inputs."""
        return self._spread(output_gradient) @ self.weights.T


class Focal(CrossEntropy):
    """Cross-entropy times (1 − p)², p the probability of the true class: easy images count less.

    Lin et al., "Focal loss for dense object detection", 2017.
    """

    def __call__(self, outputs, labels, gradient):
        """Return the mean loss, and write its gradient."""
        p = self.predictions(outputs)
        true = (p * labels).sum(axis=1, keepdims=True)
        by_true = 2 * (1 - true) * np.log(true) - (1 - true) ** 2 / true
        gradient[...] = by_true * true * (labels - p) / len(outputs)
        return float(np.mean(-((1 - true) ** 2) * np.log(true)))


class SignMomentum(Optimiser):
    """p ← p − rate·sign(v) with v ← 0.9·v + 0.1·g."""

    moments = ("velocity",)  # saved with checkpoints

    def update(self, block, p, g, learning_rate):
        """Update the parameters of one block."""
        velocity = self.velocity[block]
        velocity *= 0.9
        velocity += 0.1 * g
        p -= np.float32(learning_rate) * np.sign(velocity)


def triangle(step, steps):
    """Rise for half of the steps, fall for the other half."""
    return 1 - abs(2 * (step + 1) / (steps + 1) - 1)


def half_he(rng, n_in, n_out, scale=1.0):
    """Draw with half the standard deviation of `he`."""
    return normal(rng, n_in, n_out, scale * np.sqrt(0.5 / n_in))


def two_halves(image_shape, classes, rng):  # noqa: ARG001
    """Return the layers of a whole network."""
    return [Maxout(12), Dropout(0.1, rng), Dense(16), Swish(), Dense(classes)]


ACTIVATIONS = {"swish": Swish}
LAYERS = {"maxout": Maxout}
LOSSES = {"focal": Focal}
OPTIMISERS = {"sign-momentum": SignMomentum}
SCHEDULES = {"triangle": triangle}
INITIALISERS = {"half-he": half_he}
NETWORKS = {"two-halves": two_halves}
