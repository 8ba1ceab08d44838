"""Convolution. The memory layout of images is described in `scrawl.nn.layers.reshaping`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from scrawl.nn import Array
from scrawl.nn.initialisers import Initialiser, he
from scrawl.nn.layers.base import Layer, Shape, room
from scrawl.nn.layers.reshaping import image_shape

# Weights, or outputs for an image: more fit into no memory, and even listing shifts takes minutes.
LARGEST = 2**31


class Convolution(Layer):
    """Convolution: each filter is a weighted sum of a window of all channels, a = w ∗ x + b.

    a[f, y, x] = b[f] + Σ w[f, c, i, j]·inputs[c, stride·y + i − padding, stride·x + j − padding],
    the sum over channels c, rows i and columns j of the kernel. LeCun et al., "Gradient-based
    learning applied to document recognition", 1998.

    The windows of a row of outputs are lowered to a matrix by shifts along the columns only: the
    shifts along the rows are views of it, so that k copies are made, not k².

    Parameters
    ----------
    filters : int
        Their number; each is a channel of the outputs.
    kernel : int
        Rows and columns of the window.
    stride : int
        Steps from one window to the next.
    padding : int
        Rows and columns of zeros around the image.
    initialiser : function
        Draws the weights (filters, channels, kernel, kernel).
    scale : float
        A factor on the drawn weights.
    bias : bool
        Whether there are biases b (filters,); they start at zero.
    """

    name = "convolution"
    weights: Array
    biases: Array | None

    def __init__(
        self,
        filters: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        initialiser: Initialiser = he,
        scale: float = 1.0,
        bias: bool = True,
    ) -> None:
        if min(filters, kernel, stride, padding + 1) < 1:
            raise ValueError(
                f"a convolution of {filters} filters, kernel {kernel}, stride {stride}, padding "
                f"{padding}; give 1 or more (padding: 0 or more)"
            )
        self.filters, self.kernel, self.stride, self.padding = filters, kernel, stride, padding
        self.initialiser, self.scale, self.bias = initialiser, scale, bias

    def connect(self, shape: Shape) -> Shape:
        """Note the shape of the images; return (filters, rows, columns)."""
        super().connect(shape)
        self.channels, *sides = image_shape(self, shape)
        rows, columns = ((n + 2 * self.padding - self.kernel) // self.stride + 1 for n in sides)
        if min(rows, columns) < 1:
            raise ValueError(
                f"a kernel of {self.kernel}×{self.kernel} does not fit on images of "
                f"{sides[0]}×{sides[1]} with padding {self.padding}; take a smaller one"
            )
        values = max(rows * columns, self.channels * self.kernel**2) * self.filters
        if values > LARGEST:
            raise ValueError(
                f"{self.filters} kernels of {self.kernel}×{self.kernel} on images of "
                f"{sides[0]}×{sides[1]} with padding {self.padding} take {values:.2g} weights or "
                f"outputs an image, more than {LARGEST:.2g}; take smaller ones"
            )
        self.shape_out = self.filters, rows, columns
        self.shifts, self.parts = self.find_shifts(), self.find_parts()
        reached = range(sides[1])[self.shifts[0][1]]  # by the first column of the kernel
        self.unreached = [column for column in range(sides[1]) if column not in reached]
        self.window = self.kernel * self.channels * self.kernel  # values under the kernel
        return self.shape_out

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of the weights and, if there are any, of the biases."""
        weights = {"weights": (self.filters, self.channels, self.kernel, self.kernel)}
        biases = {"biases": (self.filters,)} if self.bias else {}
        return {**weights, **biases}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Take the views of this layer's parameters and gradients."""
        self.weights, self.weight_gradients = parameters["weights"], gradients["weights"]
        self.biases, self.bias_gradients = parameters.get("biases"), gradients.get("biases")

    def initialise(self, rng: np.random.Generator) -> None:
        """Draw the weights as those of a layer of `window` inputs and filters·k² outputs."""
        n_out = self.filters * self.kernel**2
        drawn = self.initialiser(rng, self.window, n_out, self.scale)[:, : self.filters]
        self.weights[...] = drawn.T.reshape(self.weights.shape)
        if self.biases is not None:
            self.biases[...] = 0

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        rows = self.shape_in[1]
        _, rows_out, columns_out = self.shape_out
        row = self.channels * self.kernel * columns_out * batch
        self.lowered_buffer: Array = np.empty((rows + 2 * self.padding) * row, dtype)
        self.spread_buffer: Array = np.empty(rows * row, dtype)
        self.buffer: Array = np.empty(batch * self.n_out, dtype)
        self.gradient_buffer: Array = np.empty(batch * self.n_in, dtype)
        self.kernels: Array = np.empty(
            (self.filters, self.kernel, self.channels, self.kernel), dtype
        )
        self.turned: Array = np.empty(
            (self.channels, self.kernel, self.kernel, self.filters), dtype
        )
        self.products: Array = np.empty((rows_out, self.window, self.filters), dtype)
        self.summed: Array = np.empty((self.window, self.filters), dtype)
        self.batch = 0

    def arrange(self, batch: int) -> None:
        """Lay out the buffers for another size of batch."""
        (_, rows, columns), (_, rows_out, columns_out) = self.shape_in, self.shape_out
        k, width = self.kernel, columns_out * batch
        shape = (rows + 2 * self.padding, self.channels, k, columns_out, batch)
        self.lowered = room(self.lowered_buffer, shape)
        self.lowered[...] = 0  # the padding stays so
        row, _, one, _, item = self.lowered.strides
        self.windows = as_strided(
            self.lowered, (rows_out, self.window, width), (self.stride * row, one, item)
        )
        self.spread = room(self.spread_buffer, (rows, self.channels, k, columns_out, batch))
        self.outputs = room(self.buffer, (rows_out, self.filters, columns_out, batch))
        self.input_gradients = room(self.gradient_buffer, (rows, self.channels, columns, batch))
        self.batch = batch

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return w ∗ inputs + b."""
        if inputs.shape[-1] != self.batch:
            self.arrange(inputs.shape[-1])
        inside = self.lowered[self.padding : self.padding + len(inputs)]
        for j, (columns, columns_in) in enumerate(self.shifts):
            inside[:, :, j, columns] = inputs[:, :, columns_in]
        self.kernels[...] = self.weights.transpose(0, 2, 1, 3)
        kernels = self.kernels.reshape(self.filters, self.window)
        self.matmul(kernels, self.windows, out=as_rows(self.outputs))
        if self.biases is not None:
            self.outputs += self.biases[:, None, None]
        return self.outputs

    def parameter_gradients(self, output_gradient: Array) -> None:
        """Write ∂w = Σ windows·gᵀ and ∂b = Σ g over places and batch."""
        g = as_rows(output_gradient)
        self.matmul(self.windows, g.transpose(0, 2, 1), out=self.products)
        np.sum(self.products, axis=0, out=self.summed)
        summed = self.summed.reshape(self.kernel, self.channels, self.kernel, self.filters)
        self.weight_gradients[...] = summed.transpose(3, 1, 0, 2)
        if self.bias_gradients is not None:
            np.sum(g.sum(axis=2), axis=0, out=self.bias_gradients)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return Σ g·w, each g added to the places of its window.

        A row of inputs contributes to up to k rows of outputs, which lie one below the other: one
        product sums over those and the filters; a copy and k − 1 additions, over the columns.
        """
        g = output_gradient.reshape(-1, self.spread.shape[3] * self.batch)
        turned = self.turn()
        for y, (rows_out, kernel_rows) in enumerate(self.parts):
            to = self.spread[y].reshape(len(turned), -1)
            self.matmul(turned[:, self.of(kernel_rows)], g[self.of(rows_out)], out=to)
        out = self.input_gradients
        for column in self.unreached:
            out[:, :, column] = 0
        columns, columns_in = self.shifts[0]
        out[:, :, columns_in] = self.spread[:, :, 0, columns]
        for j, (columns, columns_in) in enumerate(self.shifts[1:], start=1):
            out[:, :, columns_in] += self.spread[:, :, j, columns]
        return out

    def turn(self) -> Array:
        """Return the weights as (channels·k, k·filters), rows of the kernel as in `find_parts`."""
        at = 0
        for r in range(self.stride):
            rows = self.weights[:, :, r :: self.stride][:, :, ::-1]
            self.turned[:, :, at : at + rows.shape[2]] = rows.transpose(1, 3, 2, 0)
            at += rows.shape[2]
        return self.turned.reshape(self.channels * self.kernel, self.kernel * self.filters)

    def of(self, rows: slice) -> slice:
        """Return the rows of the product that hold all filters of some rows of images."""
        return slice(rows.start * self.filters, rows.stop * self.filters)

    def find_shifts(self) -> list[tuple[slice, slice]]:
        """Return, for each column of the kernel, the columns of outputs and of their inputs."""
        pairs = []
        for j in range(self.kernel):
            first, stop = reach(j, self.shape_in[2], self.shape_out[2], self.stride, self.padding)
            begin = first * self.stride + j - self.padding
            # none of either, if the column of the kernel meets nothing but padding
            end = begin + (stop - first - 1) * self.stride + 1 if stop > first else begin
            pairs.append((slice(first, stop), slice(begin, end, self.stride)))
        return pairs

    def find_parts(self) -> list[tuple[slice, slice]]:
        """Return, for each row of inputs, the rows of outputs that it is part of, and those of w.

        The latter count the rows of the kernel as `turned` holds them: those that are whole strides
        apart side by side, the last first.
        """
        s, k = self.stride, self.kernel
        order = [i for r in range(s) for i in reversed(range(r, k, s))]
        pairs = []
        for y in range(self.padding, self.padding + self.shape_in[1]):
            first, last = max(0, -((k - 1 - y) // s)), min(y // s, self.shape_out[1] - 1)
            n = max(0, last - first + 1)
            start = order.index(y - s * first) if n else 0
            pairs.append((slice(first, first + n), slice(start, start + n)))
        return pairs


def reach(offset: int, n_in: int, n_out: int, stride: int, padding: int) -> tuple[int, int]:
    """Return the range of outputs whose input `stride·output + offset − padding` exists."""
    first = max(0, -((offset - padding) // stride))
    stop = min(n_out, (n_in - 1 + padding - offset) // stride + 1)
    return first, max(first, stop)


def as_rows(images: Array) -> Array:
    """Return (rows, channels, columns, batch) as (rows, channels, columns·batch): a view."""
    rows, channels, columns, batch = images.shape
    return images.reshape(rows, channels, columns * batch)
