"""All corruptions of images by name, the amount of each severity, and how chance is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from zlib import crc32

import numpy as np

from scrawl.data.corruptions import geometry, resolution, values
from scrawl.nn import Array

SEVERITIES = range(1, 6)
SEED = 0  # the same for all networks: they see the same images

# Images whose random numbers come from one stream: an image's depend on its number alone.
BLOCK = 32

Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, int, int]], Array]
"""From a random stream and (height, width, channels), the random numbers of BLOCK images."""


def numbers(count: int, rng: np.random.Generator, _: tuple[int, int, int]) -> Array:
    """Draw some numbers from 0 to 1 for each image, (BLOCK, count)."""
    return rng.random((BLOCK, count), dtype=np.float32)


def of_pixels(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Draw a number from 0 to 1 for each pixel, (BLOCK, height, width, 1)."""
    return rng.random((BLOCK, *shape[:2], 1), dtype=np.float32)


def of_values(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Draw a number from 0 to 1 for each value, (BLOCK, height, width, channels)."""
    return rng.random((BLOCK, *shape), dtype=np.float32)


def normal(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Draw a normally distributed number for each value, (BLOCK, height, width, channels)."""
    return rng.standard_normal((BLOCK, *shape), dtype=np.float32)


def displacements(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Draw two numbers from −½ to ½ for each pixel, (BLOCK, 2, height, width)."""
    return rng.random((BLOCK, 2, *shape[:2]), dtype=np.float32) - np.float32(0.5)


@dataclass(frozen=True)
class Corruption:
    """One way to make images worse.

    Attributes
    ----------
    words : str
        What the amounts are.
    amounts : five floats
        By severity, from 1 to 5.
    apply : function
        Takes amounts of ink (n, height, width, channels), an amount, and what is drawn, if it is.
    draw : function, optional
        See `Draw`.
    """

    words: str
    amounts: tuple[float, ...]
    apply: Callable[..., Array]
    draw: Draw | None = None


def of_28(*pixels: float) -> tuple[float, ...]:
    """Return pixels of an image with 28 a side as shares of that side."""
    return tuple(number / 28 for number in pixels)


ONE, TWO = partial(numbers, 1), partial(numbers, 2)
SIDE = "of the shorter side"

CORRUPTIONS = {
    "rotation": Corruption("degrees", (10, 20, 30, 40, 50), geometry.rotated, ONE),
    "shift": Corruption(SIDE, of_28(1, 2, 3, 4, 5), geometry.shifted, ONE),
    "scale": Corruption("larger or smaller", (0.1, 0.2, 0.3, 0.4, 0.5), geometry.scaled, ONE),
    "shear": Corruption("of the height", (0.15, 0.3, 0.45, 0.6, 0.75), geometry.sheared, ONE),
    "elastic": Corruption(SIDE, of_28(1, 1.5, 2, 2.5, 3), geometry.bent, displacements),
    "thinner": Corruption(SIDE, of_28(0.2, 0.4, 0.6, 0.8, 1), geometry.thinner),
    "thicker": Corruption(SIDE, of_28(0.5, 1, 1.5, 2, 2.5), geometry.thicker),
    "gaussian noise": Corruption(
        "standard deviation", (0.1, 0.2, 0.3, 0.45, 0.6), values.noisy, normal
    ),
    "shot noise": Corruption("photons", (20, 10, 5, 3, 2), values.as_shot, of_values),
    "salt and pepper": Corruption(
        "of the pixels", (0.03, 0.07, 0.13, 0.2, 0.3), values.peppered, of_pixels
    ),
    "blur": Corruption(SIDE, of_28(0.75, 1.1, 1.5, 2, 2.5), resolution.blurred),
    "contrast": Corruption("of it lost", (0.4, 0.55, 0.7, 0.8, 0.9), values.faded),
    "brightness": Corruption("of full ink added", (0.1, 0.2, 0.3, 0.4, 0.5), values.shaded),
    "inversion": Corruption("of the image", (0.1, 0.2, 0.35, 0.6, 1), values.inverted, ONE),
    "occlusion": Corruption(SIDE, (0.15, 0.22, 0.3, 0.38, 0.46), values.blanked, TWO),
    "stripes": Corruption("lines a side", (1, 2, 3, 4, 5), values.ruled, TWO),
    "pixelation": Corruption(
        "of the resolution", (0.5, 0.36, 0.29, 0.22, 0.18), resolution.pixelated
    ),
    "jpeg": Corruption("quality", (30, 15, 8, 4, 1), resolution.compressed),
}


def corrupted(name: str, images: Array, first: int = 0, seed: int = SEED) -> Iterator[Array]:
    """Yield images corrupted with severity 1, 2, 3, 4 and 5.

    What is drawn for an image is the same for all severities, so that they are steps on one way;
    it follows from the seed, the corruption and the image's number, whichever others are with it.

    Parameters
    ----------
    name : str
        One of `CORRUPTIONS`.
    images : (n, height, width, channels) float32
        Amounts of ink, 0 for paper and 1 for full ink.
    first : int
        The number of the first of them in the dataset.
    seed : int

    Yields
    ------
    (n, height, width, channels) float32
        From 0 to 1.

    Examples
    --------
    >>> edge = np.float32([0, 0, 1, 1]).reshape(1, 1, 4, 1)
    >>> [image.ravel().tolist() for image in corrupted("inversion", edge)][-1]
    [1.0, 1.0, 0.0, 0.0]
    """
    corruption = CORRUPTIONS[name]
    numbered = range(first, first + len(images))
    draws = (
        [drawn(name, corruption.draw, images.shape[1:], numbered, seed)] if corruption.draw else []
    )
    for amount in corruption.amounts:
        result = corruption.apply(images, amount, *draws)
        yield np.clip(result, 0, 1).astype(np.float32, copy=False)


def drawn(name: str, draw: Draw, shape: tuple[int, int, int], images: range, seed: int) -> Array:
    """Return the random numbers of some images, by their numbers in the dataset."""
    key = crc32(name.encode())
    blocks = range(images.start // BLOCK, -(-images.stop // BLOCK))
    streams = (np.random.default_rng((seed, key, block)) for block in blocks)
    start = images.start - BLOCK * blocks.start
    return np.concatenate([draw(rng, shape) for rng in streams])[start : start + len(images)]
