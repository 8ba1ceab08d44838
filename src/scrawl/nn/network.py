"""Networks: layers in a row, with all parameters in one vector and all gradients in another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import LazyRows
from scrawl.nn.layers.base import Layer, Shape
from scrawl.nn.parallel import Executor, PiecewiseMatmul, serial
from scrawl.nn.state import State, restored, set_words, words_of

# Examples at a time when nothing is learnt. Larger batches are no faster.
PREDICTION_BATCH = 512
# Outputs of all layers for these examples together, at most: 256 MiB, whatever the images' size.
MOST_OUTPUTS = 1 << 26

Result = TypeVar("Result")


class Network:
    """Layers in a row.

    Parameters
    ----------
    layers : sequence of Layer
        From the input to the output. A layer belongs to one network only.
    n_in : int
        The number of values of an example.
    rng : numpy.random.Generator
        Draws the first weights, layer by layer.
    dtype : dtype
        float32; float64 only to check gradients by differences.
    most : int, optional
        The largest number of parameters allowed.

    Attributes
    ----------
    rows : int
        Examples to pass at a time when nothing is learnt: fewer where they are large.
    parameters, gradients : (size,) float32
        All that is learnt: first the weights, which may decay, then biases and the like.
    n_weights : int
        The number of parameters that are weights.

    Examples
    --------
    >>> from scrawl.nn.layers.activations import ReLU
    >>> from scrawl.nn.layers.base import Dense
    >>> network = Network([Dense(3), ReLU(), Dense(2)], 4, np.random.default_rng(0))
    >>> for name, view in network.named_parameters().items():
    ...     print(name, view.shape)
    1-dense/weights (4, 3)
    3-dense/weights (3, 2)
    1-dense/biases (3,)
    3-dense/biases (2,)
    >>> network.forward(np.float32([[1, 2, 3, 4]])).round(4)
    array([[ 3.8005, -3.831 ]], dtype=float32)
    """

    rows = PREDICTION_BATCH

    def __init__(
        self,
        layers: Sequence[Layer],
        n_in: int,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
        most: int | None = None,
    ) -> None:
        if not layers or n_in < 1:
            raise ValueError(f"a network of {len(layers)} layers on {n_in} inputs; give 1 or more")
        self.layers, self.n_in = list(layers), n_in
        self.names = [f"{number}-{layer.name}" for number, layer in enumerate(layers, start=1)]
        shape: Shape = (n_in,)
        for layer in layers:
            shape = layer.connect(shape)
        self.n_out = layers[-1].n_out
        shapes = {
            f"{name}/{parameter}": shape
            for name, layer in zip(self.names, layers, strict=True)
            for parameter, shape in layer.parameter_shapes().items()
        }
        # sorted() keeps the order among equals: weights first, each kind from input to output
        self.shapes = dict(sorted(shapes.items(), key=lambda item: not is_weights(item[0])))
        size = sum(map(math.prod, self.shapes.values()))
        if most is not None and size > most:
            raise ValueError(f"a network of {size:,} parameters, expected at most {most:,}")
        self.n_weights = sum(math.prod(s) for name, s in self.shapes.items() if is_weights(name))
        self.parameters: Array = np.zeros(size, dtype)
        self.gradients: Array = np.zeros(size, dtype)
        self.bind()
        for layer in layers:
            layer.initialise(rng)
        self.capacity, self.training = 0, False

    def bind(self) -> None:
        """Give each layer its views of the two vectors."""
        parameters, gradients = self.views(self.parameters), self.views(self.gradients)
        for name, layer in zip(self.names, self.layers, strict=True):
            layer.bind(_under(name, parameters), _under(name, gradients))

    def views(self, vector: Array) -> dict[str, Array]:
        """Return the parts of a vector that is laid out like the parameters, shaped and named."""
        parts, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            parts[name] = vector[start:stop].reshape(shape)
            start = stop
        return parts

    def named_parameters(self) -> dict[str, Array]:
        """Return the parameters by name, as `1-dense/weights`: views that may be written."""
        return self.views(self.parameters)

    def named_state(self) -> dict[str, Array]:
        """Return the state beside the parameters, as `2-batch-normalisation/mean`."""
        return {
            f"{name}/{key}": array
            for name, layer in zip(self.names, self.layers, strict=True)
            for key, array in layer.state().items()
        }

    def tables(self) -> dict[str, Array]:
        """Return parameters and state of all layers, as live arrays."""
        return {**self.named_parameters(), **self.named_state()}

    def state(self) -> State:
        """Return what another network of the same layers needs for training to go on from here."""
        return {**self.tables(), **{name: words_of(rng) for name, rng in self.streams().items()}}

    def restore(self, state: State) -> None:
        """Go on from where another network was; ValueError if it does not fit."""
        state = restored("the network", self.state(), state)
        for name, array in self.tables().items():
            array[...] = state[name]
        for name, rng in self.streams().items():
            set_words(rng, state[name])

    def streams(self) -> dict[str, np.random.Generator]:
        """Return the random streams of layers, as `3-dropout/stream`."""
        layers = zip(self.names, self.layers, strict=True)
        return {f"{name}/stream": layer.rng for name, layer in layers if layer.rng is not None}

    def reserve(self, batch: int) -> None:
        """Make all buffers for batches of up to this size, unless they exist."""
        if batch > self.capacity:
            for layer in self.layers:
                layer.reserve(batch, self.parameters.dtype)
            self.output_gradients: Array = np.empty((batch, self.n_out), self.parameters.dtype)
            self.capacity = batch

    def divide(self, pieces: int, executor: Executor = serial) -> None:
        """Cut every large matrix product into pieces; see `scrawl.nn.parallel`.

        Parameters
        ----------
        pieces : int
            Their number: the last bits of the results depend on it.
        executor : Executor
            Computes them; no bit depends on how.
        """
        if pieces > 1:
            for layer in self.layers:
                layer.matmul = PiecewiseMatmul(pieces, executor)

    def forward(self, inputs: Array, training: bool = False) -> Array:
        """Pass a batch through all layers.

        Parameters
        ----------
        inputs : (batch, n_in) float32
            Must not change until `backward`.
        training : bool
            Whether dropout drops, and batch normalisation uses this batch's statistics.

        Returns
        -------
        (batch, n_out) float32
            A view of the last layer's buffer, which holds until the next forward pass.

        Raises
        ------
        ValueError
            If the inputs have another width or type.
        """
        if inputs.shape[1:] != (self.n_in,) or inputs.dtype != self.parameters.dtype:
            raise ValueError(
                f"inputs are {inputs.shape} {inputs.dtype}, but this network takes "
                f"(n, {self.n_in}) {self.parameters.dtype}; was it trained on another dataset?"
            )
        Network.reserve(self, len(inputs))
        self.training = training
        for layer in self.layers:
            inputs = layer.forward(inputs, training)
        return inputs

    def backward(self, output_gradient: Array) -> None:
        """Compute the gradients of all parameters for the batch of the last forward pass.

        The input gradient of the first layer that learns is never computed: it is not needed, and
        is a third of the arithmetic of a network with one hidden layer.

        Parameters
        ----------
        output_gradient : (batch, n_out) float32
            The derivative of the loss by the outputs; used up.
        """
        if not self.training:
            raise ValueError("backward needs a forward pass with training=True before it")
        learning = [i for i, layer in enumerate(self.layers) if layer.parameter_shapes()]
        for layer in self.layers[: learning[0] : -1]:
            layer.parameter_gradients(output_gradient)
            output_gradient = layer.input_gradient(output_gradient)
        self.layers[learning[0]].parameter_gradients(output_gradient)

    def each_shard(self, task: Callable[..., Result], *tables: Array) -> list[Result]:
        """Let a task compute the gradients of a batch: here in one piece.

        Parameters
        ----------
        task : function
            Is given a network and the shard's rows of the tables.
        *tables : (batch, columns) float32
            Such as images and labels.
        """
        return [task(self, *tables)]

    def predict(self, images: Array | LazyRows, batch: int | None = None) -> Array:
        """Return the outputs for any number of examples, a batch at a time.

        Parameters
        ----------
        images : (n, n_in) float32
        batch : int, optional
            Examples of a batch; by default `rows`, or as many as `MOST_OUTPUTS` allows.

        Returns
        -------
        (n, n_out) float32
            Of the last layer, in a new array: logits, if it is linear.
        """
        outputs: Array = np.empty((len(images), self.n_out), self.parameters.dtype)
        outputs_of_one = sum(layer.n_out for layer in self.layers)
        batch = batch or min(self.rows, max(MOST_OUTPUTS // outputs_of_one, 1))
        # Weights that have diverged may give infinities: no warning for each.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(images), batch):
                outputs[start : start + batch] = self.forward(images[start : start + batch])
        return outputs


def is_weights(name: str) -> bool:
    """Return whether a named parameter is the weights of a layer."""
    return name.endswith("/weights")


def _under(name: str, views: dict[str, Array]) -> dict[str, Array]:
    """Return the views of one layer, without its name."""
    prefix = f"{name}/"
    return {key.removeprefix(prefix): v for key, v in views.items() if key.startswith(prefix)}
