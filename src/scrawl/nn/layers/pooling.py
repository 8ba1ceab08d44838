"""Pooling: smaller images, of which each value is the maximum or the mean of a square.

Squares lie side by side; rows and columns beyond the last whole square are left out. The memory
layout of images is described in `scrawl.nn.layers.reshaping`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer, Shape, room
from scrawl.nn.layers.reshaping import image_shape


class Pooling(Layer):
    """Base class of pooling layers.

    Parameters
    ----------
    size : int
        Rows and columns of a square.
    """

    def __init__(self, size: int = 2) -> None:
        if size < 1:
            raise ValueError(f"{self.name} over squares of {size}; give 1 or more")
        self.size = size

    def connect(self, shape: Shape) -> Shape:
        """Return (channels, rows, columns) of the smaller images."""
        super().connect(shape)
        channels, rows, columns = image_shape(self, shape)
        if min(rows, columns) < self.size:
            raise ValueError(
                f"{self.name} over {self.size}×{self.size} does not fit on images of "
                f"{rows}×{columns}; take fewer blocks of filters or a smaller kernel"
            )
        self.shape_out = channels, rows // self.size, columns // self.size
        return self.shape_out

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        flat = self.shape_out[0] * self.shape_out[1] * self.shape_in[2] * batch
        self.buffer: Array = np.empty(batch * self.n_out, dtype)
        self.flat_buffer: Array = np.empty(flat, dtype)
        self.flat_gradient_buffer: Array = np.empty(flat, dtype)
        self.gradient_buffer: Array = np.empty(batch * self.n_in, dtype)
        self.mask: npt.NDArray[np.bool_] = np.empty(flat, np.bool_)

    def rows(self, images: Array) -> list[Array]:
        """Return views of the first rows of all squares, of the second ones and so on."""
        stop = self.size * self.shape_out[1]
        return [images[i : stop : self.size] for i in range(self.size)]

    def columns(self, images: Array) -> list[Array]:
        """Return views of the first columns of all squares, of the second ones and so on."""
        stop = self.size * self.shape_out[2]
        return [images[:, :, i : stop : self.size] for i in range(self.size)]


class MaxPooling(Pooling):
    """The maximum of each square, over rows first, then over columns.

    The gradient goes to that value; of equal ones to that in the first column, and there in the
    first row.
    """

    name = "max-pooling"

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return the maxima."""
        self.inputs = inputs
        channels, rows, columns = self.shape_out
        batch = inputs.shape[-1]
        self.flat = room(self.flat_buffer, (rows, channels, self.shape_in[2], batch))
        self.outputs = room(self.buffer, (rows, channels, columns, batch))
        largest(self.rows(inputs), self.flat)
        return largest(self.columns(self.flat), self.outputs)

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g where the maximum was, 0 elsewhere."""
        flat = room(self.flat_gradient_buffer, self.flat.shape)
        out = room(self.gradient_buffer, self.inputs.shape)
        flat[:, :, self.size * self.shape_out[2] :] = 0  # in no square
        out[self.size * self.shape_out[1] :] = 0
        self.hand_back(output_gradient, self.columns(self.flat), self.outputs, self.columns(flat))
        self.hand_back(flat, self.rows(self.inputs), self.flat, self.rows(out))
        return out

    def hand_back(self, g: Array, values: list[Array], maxima: Array, out: list[Array]) -> None:
        """Give each g to the first of the values that is the maximum, and 0 to the others."""
        mask = self.mask[: g.size].reshape(g.shape)
        rest = g
        for value, gradient in zip(values[:-1], out[:-1], strict=True):
            np.equal(value, maxima, out=mask)
            np.multiply(rest, mask, out=gradient)
            rest = np.subtract(rest, gradient, out=out[-1])
        if rest is g:  # squares of one value
            out[-1][...] = g


def largest(values: list[Array], out: Array) -> Array:
    """Write the maximum of arrays, and return it."""
    if len(values) == 1:
        out[...] = values[0]
        return out
    np.maximum(values[0], values[1], out=out)
    for value in values[2:]:
        np.maximum(out, value, out=out)
    return out


class AveragePooling(Pooling):
    """The mean of each square, over rows first, then over columns."""

    name = "average-pooling"

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return the means."""
        self.inputs = inputs
        channels, rows, columns = self.shape_out
        batch = inputs.shape[-1]
        flat = room(self.flat_buffer, (rows, channels, self.shape_in[2], batch))
        self.outputs = room(self.buffer, (rows, channels, columns, batch))
        total(self.rows(inputs), flat)
        total(self.columns(flat), self.outputs)
        self.outputs *= 1 / self.size**2
        return self.outputs

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g/size² at every place of a square."""
        out = room(self.gradient_buffer, self.inputs.shape)
        flat = room(self.flat_gradient_buffer, (len(output_gradient), *self.inputs.shape[1:]))
        flat[:, :, self.size * self.shape_out[2] :] = 0  # in no square
        out[self.size * self.shape_out[1] :] = 0
        output_gradient *= 1 / self.size**2
        for column in self.columns(flat):
            column[...] = output_gradient
        for row in self.rows(out):
            row[...] = flat
        return out


def total(values: list[Array], out: Array) -> Array:
    """Write the sum of arrays, and return it."""
    out[...] = values[0]
    for value in values[1:]:
        out += value
    return out


POOLINGS: dict[str, type[Pooling] | None] = {
    "max": MaxPooling,
    "average": AveragePooling,
    "none": None,
}
