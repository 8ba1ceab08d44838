"""Batch normalisation, of values or of channels of images. Buffers follow the rules in `base`."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer, Shape, room
from scrawl.nn.state import State


class BatchNormalisation(Layer):
    """Batch normalisation: every unit to mean 0 and variance 1, then to learnt ones.

    x̂ = (x − mean)/√(variance + ε), outputs = scale·x̂ + shift. Ioffe and Szegedy, "Batch
    normalisation", 2015. In training the statistics of the batch are used, and averaged into the
    running ones (momentum 0.1, unbiased variance) that are used everywhere else.

    A unit is a value of a row, or a channel of images, whose statistics are over all places.
    """

    name = "batch-normalisation"
    epsilon = 1e-5  # the paper's and PyTorch's: keeps a value that never changes from dividing by 0
    momentum = 0.1  # PyTorch's: running averages look back over some ten batches

    scale: Array
    shift: Array

    def connect(self, shape: Shape) -> Shape:
        """Note the shape of an example, which stays the same."""
        super().connect(shape)
        images = len(shape) == 3
        self.others: tuple[int, ...] = (
            (0, 2, 3) if images else (0,)
        )  # all axes but that of the units
        self.sum_of_products = "ycxn,ycxn->c" if images else "nc,nc->c"
        self.along = (slice(None), None, None) if images else (slice(None),)
        return shape

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of scale and shift."""
        return {"scale": self.shape_in[:1], "shift": self.shape_in[:1]}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views of scale and shift."""
        self.scale, self.scale_gradients = parameters["scale"], gradients["scale"]
        self.shift, self.shift_gradients = parameters["shift"], gradients["shift"]

    def initialise(self, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Start with scale 1 and shift 0, and with running averages of variance 1 and mean 0."""
        self.scale[...] = 1
        self.shift[...] = 0
        self.running_mean = np.zeros_like(self.shift)
        self.running_variance = np.ones_like(self.scale)
        self.copied = False
        self.shards: list[State] = []  # statistics of the present batch

    def state(self) -> dict[str, Array]:
        """Return the running averages."""
        return {"mean": self.running_mean, "variance": self.running_variance}

    def twin(self) -> Layer:
        """Return a copy with the same running averages, which it does not change."""
        twin = copy.copy(self)
        twin.copied = True
        return twin

    def traces(self) -> State:
        """Return the statistics of the last batch."""
        return self.seen

    def follow(self, traces: State) -> None:
        """Take over the statistics of a twin."""
        self.seen = dict(traces)

    def collect(self, twins: Sequence[Layer]) -> None:
        """Note the statistics that twins measured."""
        self.shards += [twin.seen for twin in twins if isinstance(twin, BatchNormalisation)]

    def absorb(self) -> None:
        """Average the mean of the collected statistics into the running ones."""
        for name, running in self.state().items():
            parts = [seen[name] for seen in self.shards]
            mean = sum(parts[1:], start=parts[0]) / len(parts)
            running += self.momentum * (mean - running)
        self.shards.clear()

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.normalised_buffer: Array = np.empty(batch * self.n_in, dtype)
        self.buffer: Array = np.empty(batch * self.n_in, dtype)
        self.scratch: Array = np.empty(batch * self.n_in, dtype)

    def forward(self, inputs: Array, training: bool) -> Array:
        """Return scale·x̂ + shift."""
        self.training = training
        self.normalised = room(self.normalised_buffer, inputs.shape)
        mean = inputs.mean(axis=self.others) if training else self.running_mean
        np.subtract(inputs, mean[self.along], out=self.normalised)
        variance = self.measure(mean) if training else self.running_variance
        self.deviation = np.sqrt(variance + self.epsilon)
        self.normalised *= (1 / self.deviation)[self.along]  # a quotient takes twice as long
        outputs = room(self.buffer, inputs.shape)
        np.multiply(self.normalised, self.scale[self.along], out=outputs)
        outputs += self.shift[self.along]
        return outputs

    def measure(self, mean: Array) -> Array:
        """Return the variance of each unit over the batch; average both into the running ones."""
        centred = self.normalised
        n = centred.size // len(mean)
        variance: Array = np.einsum(self.sum_of_products, centred, centred) / n
        # one example has no variance to learn from
        seen = (mean, variance * (n / (n - 1))) if n > 1 else self.state().values()
        self.seen = dict(zip(self.state(), seen, strict=True))
        if not self.copied:
            self.collect([self])
            self.absorb()
        return variance

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write ∂scale = Σ g·x̂ and ∂shift = Σ g over the batch."""
        g = output_gradient
        np.einsum(self.sum_of_products, g, self.normalised, out=self.scale_gradients)
        np.sum(g, axis=self.others, out=self.shift_gradients)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return scale/deviation·(g − mean(g) − x̂·mean(g·x̂)): mean and deviation depend on x.

        Outside of training they do not, and it is scale/deviation·g.
        """
        if not self.training:
            output_gradient *= (self.scale / self.deviation)[self.along]
            return output_gradient
        n = output_gradient.size // len(self.shift)
        pull = room(self.scratch, output_gradient.shape)
        np.multiply(self.normalised, (self.scale_gradients / n)[self.along], out=pull)
        output_gradient -= (self.shift_gradients / n)[self.along]
        output_gradient -= pull
        output_gradient *= (self.scale / self.deviation)[self.along]
        return output_gradient
