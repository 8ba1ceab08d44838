"""Corruptions that move ink: rotation, shift, scale, shear, elastic, strokes thinner or thicker."""

from __future__ import annotations

import math

import numpy as np

from scrawl.nn import Array
from scrawl.nn.distortion import SHARD, Distortion, Warper

# Of the Gaussian that smoothes elastic displacements: the distance within which ink moves alike.
ELASTIC_SIGMA = 1 / 7


def shorter_side(images: Array) -> int:
    """Return the shorter side of images (n, h, w, c), in pixels."""
    height, width = images.shape[1:3]
    return int(min(height, width))


def rotated(images: Array, degrees: float, draws: Array) -> Array:
    """Turn images about their centre, each to one side or the other."""
    return warped(images, Distortion(rotation_degrees=degrees), along(signs(draws), 2))


def shifted(images: Array, share: float, draws: Array) -> Array:
    """Move images by a share of their shorter side, each in a direction of its own."""
    distance, angle = share * shorter_side(images), 2 * math.pi * draws
    directions = np.concatenate(
        [np.sin(angle), np.cos(angle), np.zeros((len(draws), 4), np.float32)], axis=1
    )
    return warped(images, Distortion(shift_pixels=distance), directions)


def scaled(images: Array, share: float, draws: Array) -> Array:
    """Make images larger or smaller by a share of their size."""
    return warped(images, Distortion(scale_share=share), along(signs(draws), 3, 4))


def sheared(images: Array, share: float, draws: Array) -> Array:
    """Slant images to one side or the other: a row moves by a share of its height."""
    return warped(images, Distortion(shear_share=share), along(signs(draws), 5))


def bent(images: Array, share: float, draws: Array) -> Array:
    """Displace pixels by smooth random amounts, whose standard deviation is a share of a side."""
    side = shorter_side(images)
    distortion = Distortion(elastic_pixels=share * side, elastic_sigma_pixels=ELASTIC_SIGMA * side)
    return warped(images, distortion, np.zeros((len(images), 6), np.float32), draws)


def warped(
    images: Array, distortion: Distortion, draws: Array, displacements: Array | None = None
) -> Array:
    """Return images (n, h, w, c) distorted by exactly what is drawn, (n, 6); see `nn.distortion`.

    `displacements` (n, 2, h, w) are uniform from −½ to ½, not smoothed yet.
    """
    results = np.empty_like(images)
    warper = Warper(distortion, images.shape[1:], 0.0)
    for start in range(0, len(images), SHARD):
        rows = slice(start, start + SHARD)
        if displacements is not None:
            warper.noise[: len(images[rows])] = displacements[rows]
        warper.warp(images[rows], results[rows], draws[rows].astype(np.float64))
    return results


def signs(draws: Array) -> Array:
    """Return −1 or 1 for numbers (n, 1) from 0 to 1."""
    return np.where(draws[:, 0] < 0.5, np.float32(-1), np.float32(1))


def along(values: Array, *columns: int) -> Array:
    """Return draws (n, 6) that have values (n,) in some columns, and 0 in the others."""
    draws = np.zeros((len(values), 6), np.float32)
    draws[:, columns] = values[:, None]
    return draws


def thicker(images: Array, share: float) -> Array:
    """Move the outlines of strokes outwards by a share of the shorter side."""
    return grown(images, share * shorter_side(images), np.maximum)


def thinner(images: Array, share: float) -> Array:
    """Move the outlines of strokes inwards by a share of the shorter side."""
    return grown(images, share * shorter_side(images), np.minimum)


def grown(images: Array, radius: float, end: np.ufunc) -> Array:
    """Return images (n, h, w, c) whose pixels are the maximum, or minimum, within a radius.

    Crosses and squares in turn make an octagon; of the last pixel of the radius a part is taken.
    """
    for step in range(math.ceil(radius)):
        part = min(radius - step, 1.0)
        images = images + np.float32(part) * (neighbours(images, end, bool(step % 2)) - images)
    return images


def neighbours(images: Array, end: np.ufunc, diagonal: bool) -> Array:
    """Return the maximum, or minimum, of each pixel of (n, h, w, c) and those beside it."""
    result = images.copy()
    for axis in (1, 2):
        source = result.copy() if diagonal else images
        for target, other in ((slice(1, None), slice(-1)), (slice(-1), slice(1, None))):
            at, beside = (np.index_exp[:] * axis + (part,) for part in (target, other))
            end(result[at], source[beside], out=result[at])
    return result
