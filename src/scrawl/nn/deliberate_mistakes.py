"""Deliberate mistakes: a wrong derivative, steps uphill, mispaired layers.

Programs that scrawl grew out of made them. They are kept to show what such a mistake costs, and for
the checks that must notice them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.activations import ReLU
from scrawl.nn.layers.base import Dense, Layer
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser


class ReLUWithUnitDerivative(ReLU):
    """A ReLU whose derivative is 1 everywhere.

    The original computed it as `heaviside(max(z, 0), 1)`: max(z, 0) is never negative, and at 0 the
    second argument makes it 1. So units that are switched off are taught as if they were on.
    """

    name = "relu-with-unit-derivative"

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write heaviside(max(z, 0), 1), which is 1."""
        return np.heaviside(a, 1.0, out=out)


class GradientAscent(Optimiser):
    """p ← p + rate·g: up the slope instead of down."""

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:  # noqa: ARG002
        """Update the parameters of one block."""
        g *= learning_rate
        p += g


class MispairedNetwork(Network):
    """A network that pairs the error of each layer with the input of another.

    The gradient of a layer's weights is its input times its error. Walking through the errors from
    the last layer to the first, but through the activations from the first to the last, pairs them
    wrongly, and nothing complains where the hidden layers are equally wide. As far as its results
    tell, the first version of an original (two hidden layers of 16 units) did that.

    Raises
    ------
    ValueError
        Unless there are two or more hidden layers of equal width.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        n_in: int,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
        most: int | None = None,
    ) -> None:
        *hidden, _ = [layer.units for layer in layers if isinstance(layer, Dense)]
        if len(hidden) < 2 or len(set(hidden)) > 1:
            raise ValueError(
                "backpropagation mispairs the inputs of layers of equal width: found hidden layers "
                f"of {hidden}, expected two or more equal ones"
            )
        super().__init__(layers, n_in, rng, dtype, most)

    def backward(self, output_gradient: Array) -> None:
        """Compute the gradients of the last forward pass, the weights' from the wrong inputs."""
        behind_the_first = [layer for layer in self.layers if isinstance(layer, Dense)][1:]
        inputs = [layer.inputs for layer in behind_the_first]
        for layer, wrong in zip(behind_the_first, reversed(inputs), strict=True):
            layer.inputs = wrong
        super().backward(output_gradient)
