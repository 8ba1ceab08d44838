"""Reshaping between rows of values and images, and the memory layout of images.

The shape of an image is (channels, rows, columns). A batch of images lies in memory as (rows,
channels, columns, batch): k rows of all channels are one matrix, without a copy, and shifting,
pooling and adding move runs of columns·batch values. The rules of `scrawl.nn.layers.base` hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer, Shape, room


class Images(Layer):
    """Reshape rows of pixels to images.

    Parameters
    ----------
    image_shape : sequence of int
        (rows, columns), or (rows, columns, channels) for colours.
    """

    name = "images"

    def __init__(self, image_shape: Sequence[int]) -> None:
        if len(image_shape) not in {2, 3}:
            raise ValueError(
                f"images are {tuple(image_shape)}, but a convolution needs (rows, columns) or "
                "(rows, columns, channels)"
            )
        self.rows, self.columns, self.channels = (*image_shape, 1)[:3]

    def connect(self, shape: Shape) -> Shape:
        """Return (channels, rows, columns)."""
        super().connect(shape)
        self.shape_out = self.channels, self.rows, self.columns
        if self.n_in != self.n_out:
            raise ValueError(f"{self.n_in} pixels are no images of {self.shape_out}")
        return self.shape_out

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make a buffer for batches of up to this size."""
        self.buffer: Array = np.empty(batch * self.n_out, dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return inputs (batch, pixels) as (rows, channels, columns, batch)."""
        n = len(inputs)
        outputs = room(self.buffer, (self.rows, self.channels, self.columns, n))
        pixels = inputs.reshape(n, self.rows, self.columns, self.channels)
        outputs[...] = pixels.transpose(1, 3, 2, 0)
        return outputs

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g (rows, channels, columns, batch) as (batch, pixels)."""
        return output_gradient.transpose(3, 0, 2, 1).reshape(-1, self.n_in)


class Flatten(Layer):
    """Reshape images to rows of values, in the order channels, rows, columns."""

    name = "flatten"

    def connect(self, shape: Shape) -> Shape:
        """Return the number of values of an image."""
        super().connect(shape)
        self.shape_out = (self.n_in,)
        return self.shape_out

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.buffer: Array = np.empty(batch * self.n_in, dtype)
        self.gradient_buffer: Array = np.empty(batch * self.n_in, dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return inputs (rows, channels, columns, batch) as (batch, n_out)."""
        n = inputs.shape[-1]
        self.inputs = inputs
        room(self.buffer, (n, *self.shape_in))[...] = inputs.transpose(3, 1, 0, 2)
        return room(self.buffer, (n, self.n_out))

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g (batch, n_out) as (rows, channels, columns, batch)."""
        out = room(self.gradient_buffer, self.inputs.shape)
        out[...] = output_gradient.reshape(-1, *self.shape_in).transpose(2, 1, 3, 0)
        return out


class GlobalAveragePooling(Layer):
    """Global average pooling: the mean of each channel over all places.

    Lin, Chen and Yan, "Network in network", 2014, section 3.2.
    """

    name = "global-average-pooling"

    def connect(self, shape: Shape) -> Shape:
        """Return the number of channels."""
        super().connect(shape)
        channels, rows, columns = image_shape(self, shape)
        self.places, self.shape_out = rows * columns, (channels,)
        return self.shape_out

    def reserve(self, batch: int, dtype: npt.DTypeLike) -> None:
        """Make buffers for batches of up to this size."""
        self.buffer: Array = np.empty(batch * self.n_out, dtype)
        self.gradient_buffer: Array = np.empty(batch * self.n_in, dtype)

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Return inputs (rows, channels, columns, batch) as means (batch, channels)."""
        self.inputs = inputs
        outputs = room(self.buffer, (inputs.shape[-1], self.n_out))
        np.sum(inputs, axis=(0, 2), out=outputs.T)
        outputs *= 1 / self.places
        return outputs

    def input_gradient(self, output_gradient: Array) -> Array:
        """Return g/places at every place."""
        out = room(self.gradient_buffer, self.inputs.shape)
        output_gradient *= 1 / self.places
        out[...] = output_gradient.T[:, None]
        return out


def image_shape(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """Return the shape of images; a ValueError if it is that of something else."""
    if len(shape) != 3:
        raise ValueError(f"a layer of kind {layer.name} takes images, not {shape} values")
    channels, rows, columns = shape
    return channels, rows, columns
