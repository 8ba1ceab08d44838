"""Pictures as images of a dataset: its pixel values, size and placement of ink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.data.appearance_detection import margins
from scrawl.data.centring import averaging, centre
from scrawl.data.ink import Told, tell
from scrawl.data.line_width import redrawn
from scrawl.data.picture_files import (
    Arrays,
    Floats,
    Picture,
    checked,
    gathered,
    grey,
    peeked,
    pictures_of,
    read,
)
from scrawl.data.treatment import treated

# Values that use less than this share of a dataset's range are in another unit than it.
LEAST = 0.1
# A margin with this amount of ink, more or less, is paper (0) or ink (1): of all images together,
# and of a single picture, which may be a photograph.
TOLERANCE, CLOSE = 0.3, 0.1


@dataclass(frozen=True)
class Seen:
    """A picture as an image of a dataset.

    Attributes
    ----------
    name : str
        The picture's.
    pixels : (h, w) or (h, w, channels) array, optional
        In the dataset's pixel values, with the axes that it is shown with; None where there is
        nothing to ask about.
    words : str
        What was done to get there, for a person to read.
    trouble : str
        Why there is nothing to ask about.
    """

    name: str
    pixels: NDArray[Any] | None
    words: str
    trouble: str = ""


def seen(path: Path, dataset: Dataset, rows: int = 512) -> Iterator[list[Seen]]:
    """Yield the pictures of a file as images of a dataset, some at a time.

    An array with the shape of the dataset's images and values of their range is taken as one of the
    dataset's own files: value for value what `scrawl prepare` would read. Anything else is looked
    at picture by picture.

    Parameters
    ----------
    path : Path
        Of any kind that `picture_files.read` knows.
    dataset : Dataset
    rows : int
        Of an array, how many pictures at a time.

    Raises
    ------
    ValueError
        As `picture_files.read` does.
    """
    source = read(path, rows, channels_of(dataset))
    if isinstance(source, Arrays):
        whole, shape = own_shape(source.shape, dataset)
        if shape:
            first, source = peeked(gathered(source) if whole else source)
            checked(path, first)
            if how := own_units(as_images(first, shape, dataset), dataset):
                yield from own_files(source, whole, shape, how, dataset)
                return
        source = pictures_of(source)
    for picture in source:
        yield [as_image(picture, dataset)]


def channels_of(dataset: Dataset) -> int:
    """Return how many values a pixel of a dataset's images has: 3 or 4, or 1 for grey images."""
    shape = dataset.image_shape
    if len(shape) not in {2, 3} or (len(shape) == 3 and shape[2] not in {1, 3, 4}):
        raise ValueError(
            f"trained on images of shape {shape}; expected (h, w), or (h, w, channels) with 1, 3 "
            "or 4 channels"
        )
    return shape[2] if len(shape) == 3 else 1


def own_shape(shape: tuple[int, ...], dataset: Dataset) -> tuple[bool, tuple[int, ...] | None]:
    """Return whether an array is a single image, and the shape that it has its images in.

    That is the shape in the dataset's files or, where they swap axes, the shown one; None if the
    array has neither. Images may also be flat, or have an axis for one channel.
    """
    stored, shown = dataset.appearance.stored_shape(dataset.image_shape), dataset.image_shape
    forms = {stored: stored, shown: shown}
    forms |= dict.fromkeys(((*stored, 1), (1, *stored), (dataset.pixels,)), stored)
    if 1 in stored:
        forms |= {tuple(n for n in stored if n > 1): stored}
    for form, canonical in reversed(forms.items()):
        if shape[1:] == form:
            return False, canonical
        if shape == form:
            return True, canonical
    return False, None


def as_images(block: NDArray[Any], shape: tuple[int, ...], dataset: Dataset) -> NDArray[Any]:
    """Return rows of an array as images (n, …) with the axes that they are shown with."""
    images = block.reshape(-1, *shape)
    look = dataset.appearance
    return look.as_shown(images) if shape == look.stored_shape(dataset.image_shape) else images


def own_units(images: NDArray[Any], dataset: Dataset) -> str | None:
    """Return how images (n, …) have the values of a dataset's files, or None if they don't.

    Returns
    -------
    str, optional
        "as it is", or "turned" where paper has the value of ink.
    """
    look = dataset.appearance
    low, high = sorted((look.paper, look.ink))
    found, span = (float(images.min()), float(images.max())), high - low
    outside = found[0] < low - span / 2 or found[1] > high + span
    if outside or found[1] - found[0] < LEAST * span:
        return None
    if not look.on_paper:
        return "as it is"
    ground = float(np.median(look.amount(margins(images))))
    if abs(ground - look.margin) <= TOLERANCE:
        return "as it is"
    return "turned" if abs(ground - (1 - look.margin)) <= TOLERANCE else None


def own_files(
    source: Arrays, whole: bool, shape: tuple[int, ...], how: str, dataset: Dataset
) -> Iterator[list[Seen]]:
    """Yield the images of an array that is as one of the dataset's own files."""
    number = 0
    for block in source.blocks:
        checked(source.path, block)
        images = as_images(block, shape, dataset)
        if how == "turned":
            images = dataset.appearance.pixels(1 - dataset.appearance.amount(images))
        images = treated(images, dataset.appearance)
        words = size_of(images.shape[1:]) + kind_of(dataset.appearance, how) + ", as it is"
        names = (
            [str(source.path)]
            if whole
            else [f"{source.path}[{number + i}]" for i in range(len(images))]
        )
        yield [Seen(name, image, words) for name, image in zip(names, images, strict=True)]
        number += len(images)


def size_of(shape: tuple[int, ...]) -> str:
    """Return width × height."""
    return f"{shape[1]} × {shape[0]}"


def kind_of(look: Appearance, how: str = "as it is") -> str:
    """Return whether ink of a dataset, or of what is turned to be like it, is dark or light."""
    if not look.on_paper:
        return ""
    dark = look.dark_on_light != (how == "turned")
    return ", dark on light" if dark else ", light on dark"


def as_image(picture: Picture, dataset: Dataset) -> Seen:
    """Turn a picture of any size into an image of a dataset.

    A picture of the dataset's size on black or on white comes from a dataset, or is meant to: it is
    given the dataset's paper and ink and otherwise left alone. Of any other the ink is told from
    paper, scaled and placed as the dataset's is, with lines as wide where that is centred as
    MNIST's. Where the dataset has no paper, or has colours,
    the whole picture is scaled.
    """
    look, field = dataset.appearance, dataset.image_shape[:2]
    values = picture.values
    if channels_of(dataset) > 1 or not look.on_paper:
        return whole_picture(picture, dataset)
    brightness = grey(values) if values.ndim == 3 else values
    size = size_of(brightness.shape)
    if brightness.shape == field and (plain := as_drawn(brightness, look)) is not None:
        dark = plain[1]
        words = f"{size}, {'dark on light' if dark else 'light on dark'}, as it is"
        return Seen(picture.name, in_shape(look.pixels(plain[0]), dataset), words)
    told = tell(brightness)
    if told.ink is None:
        return Seen(picture.name, None, f"{size}, {told.trouble}", told.trouble)
    return placed(picture.name, size, told.ink, told, dataset)


def placed(name: str, size: str, ink: Floats, told: Told, dataset: Dataset) -> Seen:
    """Return ink scaled and placed as a dataset's is, with lines as wide."""
    look, field = dataset.appearance, dataset.image_shape[:2]
    drawn = redrawn(ink) if look.centred else ink
    image = centre(drawn, (field[0], field[1]), look.box)
    kind = "dark on light" if told.dark_on_light else "light on dark"
    pixels = look.pixels(image / image.max())
    return Seen(name, in_shape(pixels, dataset), f"{size}, {kind}, centred")


def as_drawn(brightness: Floats, look: Appearance) -> tuple[Floats, bool] | None:
    """Return the amounts of ink of a picture on black or white, and whether ink is dark.

    None where the paper is grey, or nothing is on it.
    """
    if look.pixel_type == "uint8":
        amount = look.amount(brightness * 255)
        ground = float(np.median(margins(amount[None])))
        within = amount.min() > -TOLERANCE and amount.max() < 1 + TOLERANCE
        if within and np.ptp(amount) >= LEAST and min(abs(ground), abs(ground - 1)) <= CLOSE:
            turned = abs(ground) > CLOSE
            return (1 - amount if turned else amount), look.dark_on_light != turned
    edge = np.concatenate([brightness[[0, -1]].ravel(), brightness[:, [0, -1]].ravel()])
    ground = float(np.median(edge))
    if ground not in {0.0, 1.0} or np.abs(brightness - ground).max() < LEAST:
        return None
    return np.abs(brightness - ground), bool(ground)


def whole_picture(picture: Picture, dataset: Dataset) -> Seen:
    """Return a whole picture, scaled to the size of a dataset's images, on its paper."""
    look, field = dataset.appearance, dataset.image_shape[:2]
    channels = channels_of(dataset)
    values = with_channels(picture.values, channels)
    h, w = values.shape[:2]
    scale = min(field[0] / h, field[1] / w)
    new = [max(round(scale * n), 1) for n in (h, w)]
    rows, columns = averaging(h, new[0]), averaging(w, new[1])
    small = np.einsum("ih,hwc,jw->ijc", rows, values, columns, optimize=True)
    low, high = sorted((look.paper, look.ink))
    ground = look.paper if look.on_paper else (low + high) / 2
    pixels = np.full((*field, channels), ground)
    top, left = ((n - m) // 2 for n, m in zip(field, new, strict=True))
    pixels[top : top + new[0], left : left + new[1]] = low + small * (high - low)
    words = "as it is" if (h, w) == field else "scaled"
    return Seen(picture.name, in_shape(pixels, dataset), f"{w} × {h}, {words}")


def with_channels(values: Floats, channels: int) -> Floats:
    """Return a picture (h, w) or (h, w, any) as (h, w, channels); opaque, where that is new."""
    values = values[..., None] if values.ndim == 2 else values
    if channels == 1:
        return grey(values)[..., None]
    if values.shape[2] == 1:
        values = values.repeat(3, axis=2)
    opaque = np.ones((*values.shape[:2], 1))
    return np.concatenate([values[..., :3], values[..., 3:], opaque], axis=2)[..., :channels]


def in_shape(pixels: Floats, dataset: Dataset) -> Floats:
    """Return an image with or without an axis for its one channel, as the dataset has it."""
    return pixels.reshape(dataset.image_shape)
