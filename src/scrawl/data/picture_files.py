"""Pictures of any kind, as a network is shown them: read, ink told from paper, placed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.data import idx
from scrawl.data.centring import centre

Floats = NDArray[np.float64]

WHITES = (1, 255, 65_535)  # what white can be in an array: the least that no value exceeds
BLANK = 0.1  # less contrast than this, of black to white, is paper with nothing on it
# Fainter than this, of the strongest ink, is paper: grain, shadows, what JPEG leaves around edges.
# Of 1,000 MNIST test images dense-128 has 98.4 % right; enlarged to 360 × 360, dark on light, as
# JPEG 98.2 %; the same on paper that is darker by 25 % (40 %) at its lower edge, with grain, 97.9 %
# (96.9 %). With 0.4 these are 98.1, 97.8 and 78 %, with 0.25 they are 98.2, 77 and 63 %
# (`python -m benchmarks.photographs`).
PAPER = 0.5
KINDS = "a picture (PNG, JPEG, …), an IDX file or a NumPy file (.npy)"


@dataclass(frozen=True)
class Picture:
    """One picture of a file.

    Attributes
    ----------
    name : str
        The file's, with the picture's number from 0 where there are several, as `digits.npy[3]`.
    brightness : (h, w) float64
        From 0, black, to 1, white.
    """

    name: str
    brightness: Floats


@dataclass(frozen=True)
class Shown:
    """A picture as a network is to be shown it.

    Attributes
    ----------
    ink : (h, w) float64, optional
        Of the dataset's image size, 0 to 1, light ink on a dark ground; None for a blank picture.
    words : str
        What was done to get there, for a person to read.
    """

    ink: Floats | None
    words: str


def read(path: Path, field: tuple[int, int]) -> Iterator[Picture]:
    """Read every picture of a file; its first bytes tell the format, not its name.

    Parameters
    ----------
    path : Path
    field : (int, int)
        Rows and columns of the dataset's images: an array (n, 6, 4) is taken for a picture in
        four colours unless the images are 6 × 4.

    Raises
    ------
    ValueError
        If it is of none of the kinds, damaged, or not grey pictures (h, w) or (n, h, w).
    """
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith(b"\x93NUMPY"):
        values = _array(path)
    elif start.startswith((b"\0\0", idx.GZIP, idx.XZ)) and start[:4] != b"\0\0\1\0":  # an icon
        values = idx.read(path)
    else:
        yield Picture(str(path), _drawing(path))
        return
    in_colour = values.shape[-1:] in {(3,), (4,)} and values.shape[1:] != field
    if values.ndim not in {2, 3} or (values.ndim == 3 and in_colour):
        raise ValueError(
            f"{path}: found an array of shape {values.shape}, expected grey pictures, (h, w) or "
            "(n, h, w)"
        )
    several = values.ndim == 3
    white = _white(path, values)
    for i, one in enumerate(values if several else values[None]):
        yield Picture(f"{path}[{i}]" if several else str(path), one / white)


def shown(brightness: Floats, field: tuple[int, int]) -> Shown:
    """Turn a picture into what a network knows: light ink on a dark ground, of one size.

    The ground is the median of the picture's border; what differs more from it, the darkest or
    the lightest pixel, is ink. A picture that has the field's size and a black or a white ground
    comes from a dataset, or is meant to: it is turned to light on dark and otherwise left alone.
    Any other is scaled and placed as `centring.centre` does, its strongest ink made white.

    Parameters
    ----------
    brightness : (h, w) float64
        From 0 to 1.
    field : (int, int)
        Rows and columns of the dataset's images.

    Examples
    --------
    >>> page = np.ones((200, 100))
    >>> page[50:90, 7:11] = 0.2  # a stroke
    >>> result = shown(page, (28, 28))
    >>> result.words
    '200 × 100, dark on light, centred'
    >>> np.argwhere(result.ink)[0].tolist(), float(result.ink.max())
    ([4, 14], 1.0)
    """
    size = f"{brightness.shape[0]} × {brightness.shape[1]}"
    border = np.concatenate([brightness[[0, -1]].ravel(), brightness[:, [0, -1]].ravel()])
    ground = float(np.median(border))
    dark_on_light = ground - brightness.min() > brightness.max() - ground
    contrast = np.abs(brightness - ground).max()
    if contrast < BLANK:
        return Shown(None, f"{size}, blank")
    kind = "dark on light" if dark_on_light else "light on dark"
    if brightness.shape == field and ground == dark_on_light:
        return Shown(1 - brightness if dark_on_light else brightness, f"{size}, {kind}, as it is")
    ink = (ground - brightness if dark_on_light else brightness - ground) / contrast
    image = centre(np.where(ink < PAPER, 0.0, ink), field)
    return Shown(image / image.max(), f"{size}, {kind}, centred")


def _array(path: Path) -> NDArray[Any]:
    """Read a NumPy file; NumPy unpickles nothing unless it is asked to."""
    try:
        return np.asarray(np.load(path))
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: not a whole NumPy file of numbers ({error})") from error


def _white(path: Path, values: NDArray[Any]) -> int:
    """Return the value of white in an array of pictures."""
    if values.dtype.kind not in "biuf" or not values.size:
        raise ValueError(f"{path}: found {values.shape} {values.dtype}, expected pixels")
    low, high = float(values.min()), float(values.max())
    if not 0 <= low <= high <= WHITES[-1]:  # nor is nan
        raise ValueError(
            f"{path}: found values from {low:g} to {high:g}, expected 0 for black, up to "
            f"{', '.join(map(str, WHITES[:-1]))} or {WHITES[-1]} for white"
        )
    return next(white for white in WHITES if high <= white)


def _drawing(path: Path) -> Floats:
    """Return the brightness (h, w) of a picture that Pillow can read."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # here: a tenth of a second

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith(("I", "F")):  # 16 bits and more
                values = np.asarray(upright)
                return values / _white(path, values)
            if upright.has_transparency_data:
                return _on_paper(upright.convert("RGBA"))
            return np.asarray(upright.convert("L")) / 255
    except UnidentifiedImageError:
        raise ValueError(f"{path}: found none of the known formats, expected {KINDS}") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: a damaged or too large picture ({error})") from error


def _on_paper(image: Any) -> Floats:
    """Lay a picture with transparent parts on paper, white or black, that its ink shows on."""
    light, opacity = (np.asarray(one) / 255 for one in (image.convert("L"), image.getchannel("A")))
    dark_ink = float((light * opacity).sum()) <= opacity.sum() / 2
    result: Floats = light * opacity + dark_ink * (1 - opacity)
    return result
