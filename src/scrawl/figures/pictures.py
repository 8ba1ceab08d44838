"""Images for figures and pages: brightnesses, and sheets of many pictures in one PNG."""

from __future__ import annotations

import base64
import io
import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.float32]

BARS = 256  # of the bar code of values that make no picture
MOST_SIDE = 224  # pixels: figures and pages show pictures no larger, and hold hundreds of them


def as_pictures(images: NDArray[Any], on_paper: bool = True) -> Pictures:
    """Turn images of any kind into brightnesses.

    Parameters
    ----------
    images : (n, …)
        Of any scale: their lowest value becomes 0 and their highest 1. Grey or colour images, with
        channels last or first, also with transparency, which shows white; anything else is drawn as
        a bar code of its values. Large images are made smaller, see `coarser`.
    on_paper : bool
        Whether high values of grey images are ink, to be drawn dark on white paper; those of a
        photograph are light.

    Returns
    -------
    (n, h, w) or (n, h, w, 3) float32
        From 0, black, to 1, white.

    Examples
    --------
    >>> as_pictures(np.array([[[0, 255], [255, 51]]], np.uint8))
    array([[[1. , 0. ],
            [0. , 0.8]]], dtype=float32)
    """
    arranged = channels_last(images)
    found = bar_codes(images) if arranged is None else coarser(arranged)
    pictures: Pictures = found.astype(np.float32)
    if pictures.size and np.ptp(pictures):
        pictures = (pictures - pictures.min()) / np.ptp(pictures)
    if pictures.ndim == 3:
        return 1 - pictures if on_paper or arranged is None else pictures
    if pictures.shape[3] == 4:
        colours, opacity = pictures[..., :3], pictures[..., 3:]
        return colours * opacity + (1 - opacity)
    return pictures


def as_signed(values: NDArray[Any]) -> NDArray[Any]:
    """Turn images of signed values into one value a pixel, the sum of its channels: (n, h, w).

    >>> as_signed(np.ones((5, 28, 28, 3))).shape, as_signed(np.ones((5, 9))).shape
    ((5, 28, 28), (5, 3, 9))
    """
    arranged = channels_last(values)
    if arranged is None:
        return bar_codes(values)
    arranged = coarser(arranged)
    return arranged if arranged.ndim == 3 else np.asarray(arranged.sum(axis=3))


def coarser(images: NDArray[Any]) -> NDArray[Any]:
    """Return images (n, h, w, …) of at most MOST_SIDE rows and columns: means of square blocks.

    >>> image = np.arange(2 * 500 * 3).reshape(2, 500, 3)
    >>> coarser(image).shape, bool(coarser(image)[0, 0, 0] == image[0, :3].mean())
    ((2, 167, 1), True)
    """
    block = math.ceil(max(images.shape[1:3]) / MOST_SIDE)
    if block <= 1:
        return images
    for axis in (1, 2):
        starts = np.arange(0, images.shape[axis], block)
        sizes = np.diff(starts, append=images.shape[axis])
        sums = np.add.reduceat(images, starts, axis=axis, dtype=np.float32)
        images = np.moveaxis(np.moveaxis(sums, axis, -1) / sizes.astype(np.float32), -1, axis)
    return images


def channels_last(images: NDArray[Any]) -> NDArray[Any] | None:
    """Return images (n, h, w) or (n, h, w, 3 or 4), or None if they have another shape.

    >>> channels_last(np.ones((5, 3, 28, 28))).shape, channels_last(np.ones((5, 28, 28, 1))).shape
    ((5, 28, 28, 3), (5, 28, 28))
    """
    match images.shape:
        case (_, _, _) | (_, _, _, 3 | 4):
            return images
        case (_, _, _, 1):
            return images[..., 0]
        case (_, 1, _, _):
            return images[:, 0]
        case (_, 3 | 4, _, _):
            return np.moveaxis(images, 1, -1)
    return None


def bar_codes(images: NDArray[Any]) -> NDArray[Any]:
    """Return values (n, …) as pictures (n, ≤ 64, ≤ 256): a bar for each, or for a mean of some."""
    flat = images.reshape(len(images), -1)
    if flat.shape[1] > BARS:
        starts = np.linspace(0, flat.shape[1], BARS, endpoint=False, dtype=np.intp)
        sizes = np.diff(starts, append=flat.shape[1])
        flat = np.add.reduceat(flat.astype(np.float32), starts, axis=1) / sizes
    return np.repeat(flat[:, None], math.ceil(flat.shape[1] / 4), axis=1)


@dataclass(frozen=True)
class Sheet:
    """Many pictures of one size in one PNG, which a page loads and decodes once.

    Attributes
    ----------
    png : bytes
    columns : int
        How many pictures stand in a row; the n-th stands in row n // columns, column n % columns.
    rows, height, width : int
        Height and width are those of a picture, in its own pixels.
    grey : bool
        Whether it is black ink on white paper, which a dark page shows the other way round.
    """

    png: bytes
    columns: int
    rows: int
    height: int
    width: int
    grey: bool = False

    @property
    def uri(self) -> str:
        """The PNG as text, to stand in a page itself."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


GAP = 1  # between pictures, so that none shows a line of its neighbour where pages are zoomed


def sheet(pictures: Pictures) -> Sheet:
    """Lay out pictures (n, h, w) or (n, h, w, 3) from 0, black, to 1, white.

    Grey ones get 16 levels, which nobody tells from 256 at this size: half the bytes.
    """
    if pictures.ndim == 4:
        return laid_out(np.round(255 * pictures).astype(np.uint8), 255)
    levels = np.round(15 * pictures).astype(np.uint8)
    greys = bytes(17 * level for level in range(16) for _ in "rgb")
    return replace(laid_out(levels, 15, palette=greys, bits=4), grey=True)


STEPS = 31  # of each colour: with the middle and the gap 64, six bits
AGAINST, FOR = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)  # blue and vermilion, as in the figures


def signed_sheet(values: NDArray[np.floating[Any]], *, each: bool = False) -> Sheet:
    """Lay out images (n, h, w) of signed values: blue below 0, vermilion above, the rest clear.

    Parameters
    ----------
    values : (n, h, w) float
        Nearly the largest value in size gets the full colour: a few outliers, a thousandth of
        all, would make the rest pale.
    each : bool
        Whether each picture is scaled by itself, not all together.
    """
    sizes = np.abs(values)
    if values.size:
        full = np.quantile(sizes, 0.999, axis=(1, 2) if each else None, keepdims=True)
        values = np.divide(values, full, np.zeros_like(values), where=full > 0)
    levels = np.round(STEPS * np.clip(values, -1, 1)).astype(np.int64) + STEPS
    colours = [AGAINST] * STEPS + [FOR] * (STEPS + 1)
    alpha = bytes(round(255 * abs(i - STEPS) / STEPS) for i in range(2 * STEPS + 1))
    palette = bytes(itertools.chain(*colours))
    return laid_out(levels.astype(np.uint8), STEPS, palette=palette, transparency=alpha)


def laid_out(
    cells: NDArray[np.uint8], background: int, *, palette: bytes = b"", **options: Any
) -> Sheet:
    """Write cells (n, h, w[, 3]), colours or places in a palette, as one PNG, about square."""
    from PIL import Image  # here, since most commands make no pictures

    n, height, width, *channels = cells.shape
    columns = max(1, min(n, round(math.sqrt(n * (height + GAP) / (width + GAP)))))
    rows = max(1, math.ceil(n / columns))
    canvas = np.full((rows * columns, height + GAP, width + GAP, *channels), background, np.uint8)
    canvas[:n, :height, :width] = cells
    grid = canvas.reshape(rows, columns, *canvas.shape[1:]).swapaxes(1, 2)
    image = Image.fromarray(grid.reshape(rows * (height + GAP), -1, *channels))
    if palette:
        image.putpalette(palette)
    with io.BytesIO() as file:
        image.save(file, "png", optimize=True, **options)
        return Sheet(file.getvalue(), columns, rows, height, width)
