"""A page on which to draw what a trained network then reads, live, in the browser.

The page is made of the files in `pages/draw`. It holds the weights, some test images and some
training pictures to compare with, as numbers in JSON, and asks for nothing outside of it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.model import Model
from scrawl.artifacts.prepared import Dataset, images_of
from scrawl.data.centring import centre
from scrawl.nn.examples import LazyRows
from scrawl.nn.losses import CrossEntropy
from scrawl.pages.draw.layers import described, packed, unknown_kinds
from scrawl.pages.draw.novelty import LEVELS, Likeness, Novelty, spread
from scrawl.pages.draw.pen import Pen

Array = NDArray[Any]

PAGES = Path(__file__).parent
SCRIPTS = ("network.js", "picture.js", "page.js", "view.js", "diagram.js", "keep.js", "draw.js")

PER_CLASS, MOST_TESTS = 10, 120  # test images: 120 of 28×28 are 125 KB of text
SAMPLE = 200  # training images that tell whether a dataset is centred

# Weights that a page holds, in bytes, beside those of the best network: with a third more, as text,
# and all the rest a page takes up to 1.2 MB. A network 784-128-10 has 407 KB.
MOST_BYTES = 700_000


@dataclass(frozen=True)
class Pictures:
    """What the page has to know of a dataset.

    Attributes
    ----------
    shape : (int, int, int)
        Rows, columns, channels.
    paper, ink : float
        The pixel values of an empty sheet and of full ink.
    centred : bool
        Whether the images are scaled and placed as MNIST's are.
    pen : Pen or None
        How the images are inked, if they hold ink.
    images : (n, pixels) float32
        Some test images of each class, pixel values.
    labels : (n,) int64
    likeness : Likeness or None
        Training pictures to compare with, if there are others to tell what is usual.
    validation : (m, pixels) float32
        These others: some validation images, pixel values.
    """

    shape: tuple[int, int, int]
    paper: float
    ink: float
    centred: bool
    pen: Pen | None
    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    likeness: Likeness | None
    validation: NDArray[np.float32]

    @classmethod
    def of(cls, file: Any) -> Pictures:
        """Read them from an open `prepared.h5`."""
        dataset = Dataset.of(file)
        shape = as_image(dataset.image_shape)
        split = {name: images_of(file, name) for name in ("train", "validation", "test")}
        training, validation = (
            as_pixels(split[name][spread(len(split[name]))], dataset)
            for name in ("train", "validation")
        )
        paper, ink = paper_and_ink(training.reshape(-1, *shape))
        inked = as_ink(training, shape, paper, ink)
        labels = store.mapped(file["test/labels"]).argmax(axis=1)
        chosen = first_of_each(labels, len(dataset.class_names))
        return cls(
            shape,
            paper,
            ink,
            are_centred(inked[:SAMPLE]),
            Pen.of(inked),
            as_pixels(split["test"][chosen], dataset),
            labels[chosen],
            Likeness.of(inked) if len(inked) and len(validation) else None,
            validation,
        )

    @property
    def validation_ink(self) -> Array:
        """The ink of the validation images, (m, rows, columns)."""
        return as_ink(self.validation, self.shape, self.paper, self.ink)


def as_ink(pixels: Array, shape: tuple[int, int, int], paper: float, ink: float) -> Array:
    """Return the ink of images (n, pixels), 0 to 1: (n, rows, columns), the mean of channels."""
    grey: Array = (pixels.reshape(-1, *shape).mean(axis=3) - paper) / (ink - paper)
    return grey.clip(0, 1)


def as_image(shape: Sequence[int]) -> tuple[int, int, int]:
    """Return rows, columns and channels of images of any shape; what is no image is one row.

    >>> as_image((28, 28)), as_image((32, 32, 3)), as_image((7,))
    ((28, 28, 1), (32, 32, 3), (1, 7, 1))
    """
    if len(shape) not in {2, 3}:
        return 1, int(np.prod(shape)), 1
    rows, columns, channels = (*shape, 1)[:3]
    return rows, columns, channels


def as_pixels(images: Array | LazyRows, dataset: Dataset) -> NDArray[np.float32]:
    """Return prepared images as the pixels that they were made from; whole numbers are exact."""
    pixels = np.asarray(images) * np.float32(dataset.scale) + np.float32(dataset.offset)
    whole = np.rint(pixels)
    # Preparing and going back errs by a few units in the last place of a float32.
    error = 1e-5 * max(abs(dataset.offset), abs(dataset.scale))
    return whole if np.abs(pixels - whole).max(initial=0) <= error else pixels


def paper_and_ink(images: NDArray[np.float32]) -> tuple[float, float]:
    """Return the pixel values of an empty sheet and of full ink.

    Of the lowest and the highest value, paper is the one that is nearer to the usual border.

    Parameters
    ----------
    images : (n, rows, columns, channels) float32

    Examples
    --------
    >>> dark = np.zeros((1, 3, 3, 1), np.float32)
    >>> dark[0, 1, 1] = 255
    >>> paper_and_ink(dark), paper_and_ink(255 - dark)
    ((0.0, 255.0), (255.0, 0.0))
    """
    low, high = (
        float(find(initial=at)) for find, at in ((images.min, np.inf), (images.max, -np.inf))
    )
    if not low < high:
        return 0.0, 1.0  # no image, or images of one grey
    sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    border = np.median(np.concatenate([side.ravel() for side in sides]))
    return (low, high) if border - low <= high - border else (high, low)


def are_centred(images: Array) -> bool:
    """Tell whether centring would change the usual image (n, rows, columns) of ink little.

    Little is a fifth of the ink: re-centred, MNIST's images change by a fiftieth.
    """
    changes = [
        np.abs(centre(image, image.shape) - image).sum() / image.sum()
        for image in images.astype(np.float64)
        if image.any()
    ]
    return bool(changes) and bool(np.median(changes) < 0.2)


def first_of_each(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return the places of the first images of every class, class by class."""
    n = min(max(MOST_TESTS // classes, 1), PER_CLASS)
    places = [np.flatnonzero(labels == index)[:n] for index in range(classes)]
    return np.concatenate(places)


def by_validation(models: Sequence[tuple[str, Model]], file: Any) -> list[tuple[str, Model]]:
    """Put the networks that are right about most validation images first.

    Parameters
    ----------
    models : sequence of (title, Model)
        On the dataset of the file, whatever their normalisation.
    file : h5py.File
        An open `prepared.h5`.
    """
    dataset = Dataset.of(file)
    images = as_pixels(images_of(file, "validation"), dataset)
    labels = store.mapped(file["validation/labels"]).argmax(axis=1)

    def right(model: Model) -> int:
        if not model.answers:
            return -1
        return int((outputs_of(model, images).argmax(axis=1) == labels).sum())

    return sorted(models, key=lambda one: -right(one[1]))


def fragment(models: Sequence[tuple[str, Model]], pictures: Pictures) -> str:
    """Return the page's content: HTML that can stand in any page, alone or several times.

    Its styles stay inside, and no style or script of the page around it reaches in.

    Parameters
    ----------
    models : sequence of (title, Model)
        The first is shown first. Those that would make the page too large, or that have a layer
        that it cannot compute, are left out and named.
    pictures : Pictures
        Of the dataset that all were trained on.

    """
    known, unknown = computable(models)
    if not known:
        return f"<p>{html.escape(unknown_in_words(unknown))}</p>\n"
    style, markup, *scripts = (
        (PAGES / name).read_text(encoding="utf-8")
        for name in ("style.css", "markup.html", *SCRIPTS)
    )
    about = json.dumps(facts(models, pictures), ensure_ascii=False, allow_nan=False)
    # In a script element, only `<` can mean anything to HTML.
    data = about.replace("<", "\\u003c")
    return (
        '<div class="scrawl-draw">\n'
        f"<template><style>\n{style}</style>\n{markup}</template>\n"
        f'<script type="application/json">{data}</script>\n'
        "<noscript>Drawing needs JavaScript.</noscript>\n"
        '</div>\n<script>\n"use strict";\n{\n' + "".join(scripts) + "}\n</script>\n"
    )


def facts(models: Sequence[tuple[str, Model]], pictures: Pictures) -> dict[str, Any]:
    """Return all that the scripts are told."""
    known, unknown = computable(models)
    kept = affordable(known)
    rows, columns, channels = pictures.shape
    return {
        "classes": list(models[0][1].dataset.class_names),
        "rows": rows,
        "columns": columns,
        "channels": channels,
        "paper": pictures.paper,
        "ink": pictures.ink,
        "centred": pictures.centred,
        "pen": pictures.pen and asdict(pictures.pen),
        "images": {**packed(pictures.images), "labels": pictures.labels.tolist()},
        "likeness": likeness_facts(pictures.likeness),
        "models": [model_facts(title, model, pictures) for title, model in kept],
        "left_out": [title for title, _ in known[len(kept) :]],
        "unknown": unknown_in_words(unknown),
    }


def computable(
    models: Sequence[tuple[str, Model]],
) -> tuple[Sequence[tuple[str, Model]], Mapping[str, Sequence[str]]]:
    """Return the networks that the page can compute, and of each other one the unknown layers."""
    kinds = {title: unknown_kinds(model.network) for title, model in models}
    known = [(title, model) for title, model in models if not kinds[title]]
    return known, {title: found for title, found in kinds.items() if found}


def unknown_in_words(unknown: Mapping[str, Sequence[str]]) -> str:
    """Return a sentence about networks that are left out, empty if there are none.

    >>> unknown_in_words({"mine": ["softplus"]})
    'Left out, because this page cannot compute a layer of theirs: mine (softplus).'
    """
    if not unknown:
        return ""
    names = ", ".join(f"{title} ({', '.join(kinds)})" for title, kinds in unknown.items())
    return f"Left out, because this page cannot compute a layer of theirs: {names}."


def affordable(models: Sequence[tuple[str, Model]]) -> Sequence[tuple[str, Model]]:
    """Return the first network, and those after it for which there is room."""
    sizes = accumulate(model.network.parameters.nbytes for _, model in models)
    n = sum(size <= MOST_BYTES for size in sizes)
    return models[: max(n, 1)]


def model_facts(title: str, model: Model, pictures: Pictures) -> dict[str, Any]:
    """Return what the page has to know of one network."""
    layers = described(model.network, pictures.shape)
    if isinstance(model.loss, CrossEntropy):
        layers.append({"kind": "softmax"})  # it belongs to the loss, which the page lacks
    return {
        "title": title,
        "offset": model.dataset.offset,
        "scale": model.dataset.scale,
        "probabilities": layers[-1]["kind"] == "softmax",
        "novelty": novelty_facts(model, pictures),
        "layers": layers,
    }


def novelty_facts(model: Model, pictures: Pictures) -> dict[str, Any] | None:
    """Return what is usual for one network."""
    if pictures.likeness is None:
        return None
    distances = pictures.likeness.distances(pictures.validation_ink)
    return asdict(Novelty.of(distances, outputs_of(model, pictures.validation).max(axis=1)))


def outputs_of(model: Model, pixels: Array) -> Array:
    """Return what a network answers to pixel values (n, pixels), whatever its normalisation."""
    return model.predict(
        (pixels - np.float32(model.dataset.offset)) / np.float32(model.dataset.scale)
    )


def likeness_facts(likeness: Likeness | None) -> Mapping[str, Any] | None:
    """Return the pictures, two cells in a byte, and in words what is compared."""
    if likeness is None:
        return None
    n, *grid = likeness.pictures.shape
    cells = likeness.pictures.ravel()
    cells = np.append(cells, np.zeros(len(cells) % 2, np.uint8))
    return {
        "grid": grid,
        "levels": LEVELS,
        "pictures": packed(cells[::2] << 4 | cells[1::2]) | {"shape": [n, *grid]},
        "words": (
            f"a drawing is reduced to the ink in {grid[0]} × {grid[1]} cells and compared with "
            f"{n:,} training pictures. Its distance from the nearest and the uncertainty of the "
            "answer are added, and remarked on where 95 % of the validation pictures have less. "
            "Blots, noise and most scribbles, letters and symbols are told in this way, and many "
            "wrong answers; of what passes, nothing is known."
        ),
    }


def page(title: str, introduction: str, content: str) -> str:
    """Return a whole page around a fragment."""
    template = Template((PAGES / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(title), introduction=html.escape(introduction), fragment=content
    )
