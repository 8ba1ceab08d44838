"""Figures of a trained network: its weights, and the feature maps of its convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl.figures.pictures import as_pictures, bar_codes, channels_last
from scrawl.figures.plots import centres, mosaic, show_picture
from scrawl.figures.style import style, wrapped
from scrawl.nn.layers.activations import Activation
from scrawl.nn.network import Network

MOST_UNITS = 64
UNITS_A_ROW = 16
MOST_MAPS = 16


def weights(tables: NDArray[Any], title: str) -> Figure:
    """Draw the weights of units as pictures: red where they are positive, blue where negative.

    Parameters
    ----------
    tables : (units, h, w) float
        What each unit multiplies the pixels below it with. Of many units the first 64 are shown.
    title : str
        Whose weights these are.
    """
    shown = tables[:MOST_UNITS]
    if len(tables) > len(shown):
        title += f", {len(shown)} of {len(tables)}"
    columns = min(len(shown), UNITS_A_ROW)
    rows = [shown[i : i + columns] for i in range(0, len(shown), columns)]
    with style((), title) as (title,):
        height, width = tables.shape[1:]
        figure = Figure(figsize=(1.5 + 0.6 * columns, 0.8 + 0.6 * len(rows) * height / width))
        axes = figure.subplots()
        sheet = mosaic(rows, columns, blank=np.nan)
        largest = float(np.abs(shown).max()) or 1.0
        image = axes.imshow(
            sheet, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest"
        )
        axes.set(xticks=[], yticks=[], title=wrapped(title, 1.2 + 0.6 * columns))
        axes.spines[:].set_visible(False)
        figure.colorbar(image, ax=axes, label="weight", ticks=[-largest, 0, largest], format="%.2g")
    return figure


def features(
    images: NDArray[Any],
    maps: Mapping[str, NDArray[Any]],
    class_names: Sequence[str],
    title: str,
    on_paper: bool = True,
) -> Figure:
    """Draw the feature maps of some layers: an image a row, beside it the output of each filter.

    Parameters
    ----------
    images : (n, h, w) or (n, h, w, 3)
    maps : mapping of str to (n, filters, rows, columns) float
        By the layer's name its outputs, the darker the higher; of many filters the first 16.
    class_names : sequence of str, (n,)
        What each image shows.
    title : str
        Whose outputs these are.
    on_paper : bool
        As for `as_pictures`.
    """
    panels = {"image": as_pictures(images, on_paper)[:, None]}
    for name, outputs in maps.items():
        few = outputs[:, :MOST_MAPS]
        pictures = as_pictures(few.reshape(-1, *few.shape[2:]))
        more = f", {few.shape[1]} of {outputs.shape[1]}" * (outputs.shape[1] > few.shape[1])
        panels[name + more] = pictures.reshape(*few.shape[:2], *pictures.shape[1:])
    widths = [panel.shape[1] for panel in panels.values()]
    with style(class_names, title, *panels) as names:
        figure = Figure(figsize=(1.2 + 0.5 * sum(widths), 0.8 + 0.5 * len(images)))
        every = figure.subplots(1, len(panels), width_ratios=widths, squeeze=False)[0]
        for axes, panel, name in zip(every, panels.values(), names[len(images) + 1 :], strict=True):
            sheet = mosaic(list(panel), panel.shape[1])
            show_picture(axes, sheet)
            axes.set_title(name)
        height = len(mosaic(list(panels["image"]), 1))
        every[0].set_yticks(centres(height, len(images)), names[: len(images)])
        figure.suptitle(wrapped(names[len(images)], figure.get_figwidth() - 0.3))
    return figure


def outputs_of_images(
    network: Network, images: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Return the outputs of each activation layer, (n, channels, rows, columns), by its name."""
    network.forward(np.ascontiguousarray(images))
    return {
        name: layer.outputs.transpose(3, 1, 0, 2)
        for name, layer in zip(network.names, network.layers, strict=True)
        if isinstance(layer, Activation) and len(layer.shape_out) == 3
    }


def first_of_each(labels: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.intp]:
    """Return the first position of each class; classes that do not occur are left out.

    >>> first_of_each(np.array([2, 0, 2, 0]), 3)
    array([1, 0])
    """
    found = [np.flatnonzero(labels == label)[:1] for label in range(n_classes)]
    return np.concatenate([np.zeros(0, np.intp), *found])


def tables_of(weights: NDArray[Any], image_shape: Sequence[int]) -> NDArray[Any]:
    """Return the weights of a layer on images as (units, h, w), one for each of their channels.

    Parameters
    ----------
    weights : (pixels, units), or (filters, channels, rows, columns)
        Of a dense layer or a convolution.
    image_shape : sequence of int
        (h, w) or (h, w, channels); anything else is drawn as a bar code.
    """
    if weights.ndim == 4:
        return weights.reshape(-1, *weights.shape[2:])
    units = weights.T.reshape(-1, *image_shape)
    arranged = channels_last(units)
    if arranged is None:
        return bar_codes(units)
    height, width = arranged.shape[1:3]
    return np.moveaxis(arranged.reshape(len(units), height, width, -1), -1, 1).reshape(
        -1, height, width
    )
