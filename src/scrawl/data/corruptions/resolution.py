"""Corruptions of resolution: blur, pixelation, JPEG."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from scrawl.data.centring import averaging
from scrawl.data.corruptions.geometry import shorter_side
from scrawl.nn import Array

BLOCK = 8  # pixels: JPEG cuts pictures into squares of this side and alters each by itself
MOST_ROWS = 2**15  # of one picture: JPEG has no more than 65,535


def blurred(images: Array, share: float) -> Array:
    """Blur images with a Gaussian whose standard deviation is a share of the shorter side."""
    sigma = share * shorter_side(images)
    return filtered(images, *(gaussian(length, sigma) for length in images.shape[1:3]))


def gaussian(length: int, sigma: float) -> Array:
    """Return the matrix (length, length) that blurs a row of pixels; its rows have the sum 1."""
    places = np.arange(length)
    rows = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), np.float32)


def pixelated(images: Array, share: float) -> Array:
    """Resize images to a share of their size, and back with each new pixel as a rectangle."""
    return filtered(images, *(coarse(length, share) for length in images.shape[1:3]))


def coarse(length: int, share: float) -> Array:
    """Return the matrix (length, length) that gives pixels the mean of the larger one they are in.

    >>> coarse(4, 0.5).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.5]]
    """
    few = max(round(share * length), 1)
    larger = (2 * np.arange(length) + 1) * few // (2 * length)
    return averaging(length, few)[larger].astype(np.float32)


def filtered(images: Array, rows: Array, columns: Array) -> Array:
    """Apply a matrix (h, h) to the columns of images (n, h, w, c), and one (w, w) to their rows."""
    planes = np.ascontiguousarray(np.moveaxis(images, 3, 1))
    return np.moveaxis(rows @ (planes @ columns.T), 1, 3)


def compressed(images: Array, quality: float) -> Array:
    """Store images (n, h, w, c) as JPEG of a quality from 100 to 1, and read them again.

    Many lie below one another in one picture, each filled up with its last row and column to whole
    blocks, as the format does: nothing of one image is seen in another.
    """
    height, width, channels = images.shape[1:]
    if channels not in {1, 3}:
        planes = [compressed(images[..., i : i + 1], quality) for i in range(channels)]
        return np.concatenate(planes, axis=3)
    filling = [(0, 0), (0, -height % BLOCK), (0, -width % BLOCK), (0, 0)]
    levels = np.rint(255 * images.clip(0, 1)).astype(np.uint8)
    tiles = np.pad(levels, filling, mode="edge")
    some = max(MOST_ROWS // tiles.shape[1], 1)
    read = [as_jpeg(tiles[i : i + some], int(quality)) for i in range(0, len(tiles), some)]
    return np.concatenate(read)[:, :height, :width].astype(np.float32) / np.float32(255)


def as_jpeg(tiles: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return tiles (n, h, w, 1 or 3) uint8 as JPEG gives them back."""
    from PIL import Image  # here: few commands need it

    rows = tiles.reshape(-1, *tiles.shape[2:])
    file = BytesIO()
    picture = Image.fromarray(rows[..., 0] if rows.shape[2] == 1 else rows)
    # Colours keep their resolution: halved, they would be smoothed across the edges of tiles.
    picture.save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file)).reshape(tiles.shape)
