"""The network of an experiment in the report: its layers, weights, feature maps, attributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.figures.network import outputs_of_images
from scrawl.figures.pictures import as_pictures, as_signed, coarser, sheet, signed_sheet
from scrawl.nn.diagnosis.saliency import integrated_gradients
from scrawl.nn.examples import LazyRows
from scrawl.nn.network import Network, is_weights
from scrawl.pages.report.data import ExperimentResults
from scrawl.pages.report.images import ImageAnswers
from scrawl.pages.report.matrix import entries

# Pixels that go through a network together: a convolution holds a hundred times as many values.
MOST_VALUES = 1 << 17
MOST_UNITS = 64  # whose weights are shown
MOST_MAPPED, MOST_MAPS, MOST_LAYERS = 5, 12, 6  # images, feature maps of each, and layers


def architecture(trained: Model) -> list[dict[str, Any]]:
    """Return the layers of a network: kind, size, shape of the outputs, number of parameters."""
    shape = " × ".join(map(str, trained.dataset.image_shape))
    found = [{"name": "input", "size": "", "shape": shape, "parameters": 0}]
    for layer in trained.network.layers:
        shapes = layer.parameter_shapes()
        found.append(
            {
                "name": layer.name.replace("-", " "),
                "size": size(shapes.get("weights", ())),
                "shape": " × ".join(map(str, shown_shape(layer.shape_out))),
                "parameters": sum(int(np.prod(each)) for each in shapes.values()),
            }
        )
    return found


def shown_shape(shape: Sequence[int]) -> Sequence[int]:
    """Return the shape of a layer's outputs with the channels last, as of an image.

    >>> shown_shape((8, 24, 20)), shown_shape((10,))
    ((24, 20, 8), (10,))
    """
    return (*shape[1:], shape[0]) if len(shape) == 3 else shape


def size(weights: Sequence[int]) -> str:
    """Return the size of a layer in words, from the shape of its weights.

    >>> size((784, 30)), size((8, 1, 5, 5)), size(())
    ('30 units', '8 filters of 5 × 5', '')
    """
    match weights:
        case (filters, _, rows, columns):
            return f"{filters} filter{'s' * (filters > 1)} of {rows} × {columns}"
        case (_, units):
            return f"{units} unit{'s' * (units > 1)}"
    return ""


def first_weights(trained: Model) -> dict[str, Any] | None:
    """Return the first weights as pictures: of each unit, or the filters of a convolution."""
    every = [v for name, v in trained.network.named_parameters().items() if is_weights(name)]
    if not every or every[0].ndim not in (2, 4):
        return None
    weights, *others = every
    if weights.ndim == 2:  # (n_in, n_out)
        images = weights.T.reshape(-1, *trained.dataset.image_shape)
    else:  # (filters, channels, rows, columns)
        images = np.moveaxis(weights, 1, -1)
    return {
        "sheet": signed_sheet(as_signed(images[:MOST_UNITS])),
        # A network of one layer has a unit for each class.
        "names": [] if others else list(trained.dataset.class_names[:MOST_UNITS]),
        "sheet_count": min(len(images), MOST_UNITS),
        "kind": "filters" if weights.ndim == 4 else "units",
        "units": len(images),
    }


def explanations(
    results: ExperimentResults, trained: Model, slots: Mapping[int, int], images: Sequence[int]
) -> dict[str, Any] | None:
    """Return the integrated gradients of some test images, for the answer of the first seed."""
    places = np.array(images, np.int64)
    if not len(places):
        return None
    answer = results.answers[0]
    blank = np.full(trained.network.n_in, trained.dataset.background, np.float32)
    shares = [
        integrated_gradients(
            trained.network, results.data.images["test"][part], blank, answer.predicted[part]
        )
        for part in parts(places, trained.network.n_in)
    ]
    return {
        "sheet": signed_sheet(as_signed(results.data.shaped(np.concatenate(shares))), each=True),
        "images": entries(answers_to(places, results), slots),
    }


def feature_maps(
    results: ExperimentResults, trained: Model, slots: Mapping[int, int], images: Sequence[int]
) -> dict[str, Any] | None:
    """Return the feature maps of some test images: a sheet for each convolution's activations."""
    places = np.array(images[:MOST_MAPPED], np.int64)
    filters, maps = first_maps(trained.network, results.data.images["test"], places)
    layers = [
        {
            "name": name.replace("-", " "),
            "sheet": sheet(as_pictures(found)),
            "shown": min(filters[name], MOST_MAPS),
            "all": filters[name],
        }
        for name, found in list(maps.items())[:MOST_LAYERS]
    ]
    if not layers:
        return None
    return {"layers": layers, "images": entries(answers_to(places, results), slots)}


def first_maps(
    network: Network, images: NDArray[np.float32] | LazyRows, places: NDArray[np.int64]
) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """Return how many filters each layer of maps has, and the first maps (n, h, w) of some images.

    A few images at a time, for the layers keep their outputs.
    """
    filters: dict[str, int] = {}
    found: dict[str, list[NDArray[Any]]] = {}
    for part in parts(places, network.n_in):
        for name, maps in outputs_of_images(network, images[part]).items():
            filters[name] = maps.shape[1]
            few = maps[:, :MOST_MAPS]
            found.setdefault(name, []).append(coarser(few.reshape(-1, *few.shape[2:])).copy())
    return filters, {name: np.concatenate(maps) for name, maps in found.items()}


def parts(places: NDArray[np.int64], pixels: int) -> list[NDArray[np.int64]]:
    """Return images in groups that go through a network together.

    >>> [len(part) for part in parts(np.arange(5), 50_000)], parts(np.arange(0), 784)
    ([2, 2, 1], [])
    """
    some = max(1, MOST_VALUES // pixels)
    return [places[start : start + some] for start in range(0, len(places), some)]


def answers_to(places: NDArray[np.int64], results: ExperimentResults) -> ImageAnswers:
    """Return the first seed's answers to some test images."""
    answer = results.answers[0]
    return ImageAnswers(
        places,
        answer.labels[places],
        answer.predicted[places],
        np.ones_like(places),
        answer.confidences[places].astype(float),
    )
