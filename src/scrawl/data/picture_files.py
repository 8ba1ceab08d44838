"""Pictures of any kind of file, as values from black to white or in a dataset's own pixels."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.data import idx

Floats = NDArray[np.float64]

WHITES = (1, 16, 255, 1023, 4095, 16_383, 65_535)  # the highest value of kinds of pictures
OVER = 0.1  # so far beyond 1, of a picture of floats, sharpening and resizing go
KINDS = "a picture (PNG, JPEG, …), an IDX file or a NumPy file (.npy)"

# What Pillow may be asked to read. Never EPS, for which it starts Ghostscript, nor what needs
# another program or shows no pixels.
FORMATS = (
    *("AVIF", "BLP", "BMP", "CUR", "DCX", "DDS", "DIB", "FITS", "FLI", "FTEX", "GBR", "GIF"),
    *("ICNS", "ICO", "IM", "JPEG", "JPEG2000", "MCIDAS", "MPO", "MSP", "PCX", "PIXAR", "PNG"),
    *("PPM", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "TIFF", "WEBP", "XBM", "XPM"),
)
PAGES = {"TIFF", "GIF"}  # may hold several pictures; those of others are sizes or parts of one
MOST_PIXELS = 80_000_000  # a telephone's largest picture has 50 million; 80 take about 1 GB
LONGEST = 1024  # of a picture that is larger in both directions, the mean of its pixels is taken
HEIC = ("heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1")

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601, as Pillow has it


@dataclass(frozen=True)
class Picture:
    """One picture of a file.

    Attributes
    ----------
    name : str
        The file's, with the picture's number from 0 where there are several, as `digits.npy[3]`.
    values : (h, w) or (h, w, channels) float64
        From 0, black, to 1, white.
    """

    name: str
    values: Floats


@dataclass(frozen=True)
class Arrays:
    """Pictures that a file holds as one array.

    Attributes
    ----------
    path : Path
    shape : tuple of int
        Of the whole array.
    blocks : iterator of (≤ rows, …) array
        Its rows: the pictures, if there are several.
    """

    path: Path
    shape: tuple[int, ...]
    blocks: Iterator[NDArray[Any]]


def read(path: Path, rows: int = 512, channels: int = 1) -> Iterator[Picture] | Arrays:
    """Open a file of pictures; its first bytes tell the format, not its name.

    Parameters
    ----------
    path : Path
    rows : int
        Of a block of an array.
    channels : int
        1 for grey pictures, 3 or 4 for those in colour.

    Raises
    ------
    ValueError
        If it is of none of the kinds, damaged, too large, or no regular file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError(
            f"{path}: found no regular file, expected {KINDS}; write what comes through it into one"
        )
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"\x93NUMPY"):
        return _array(path, rows)
    if is_idx(start):
        return _idx(path, rows)
    if start[4:8] == b"ftyp" and start[8:12].decode("latin-1") in HEIC and b"avif" not in start:
        raise ValueError(
            f"{path}: found a HEIC picture, which can't be read here; save it as JPEG or PNG (on "
            "an iPhone: Settings, Camera, Formats, Most Compatible)"
        )
    return _pictures(path, channels)


def is_idx(start: bytes) -> bool:
    """Tell whether a file may be IDX by its first bytes; JPEG 2000, TGA and icons begin alike.

    >>> is_idx(bytes([0, 0, 8, 3])), is_idx(bytes([0, 0, 1, 0])), is_idx(bytes([0, 0, 11, 0]))
    (True, False, False)
    """
    if start.startswith((idx.GZIP, idx.XZ)):
        return True
    return start[:2] == b"\0\0" and len(start) > 3 and start[2] in idx.TYPES and start[3] > 0


# What numpy.load raises about headers: TokenError where Python cannot be parsed, OverflowError
# where sizes are beyond 64 bits.
BAD_HEADER = (
    *(ValueError, EOFError, OSError, TypeError, SyntaxError, RecursionError, OverflowError),
    TokenError,
)


def _array(path: Path, rows: int) -> Arrays:
    """Open a NumPy file; NumPy unpickles nothing unless it is asked to."""
    try:
        array = np.load(path, mmap_mode="r")  # claims no memory, whatever the header promises
    except BAD_HEADER as error:
        raise ValueError(f"{path}: not a whole NumPy file of numbers ({error})") from error
    return Arrays(path, array.shape, (array[i : i + rows] for i in range(0, len(array), rows)))


def _idx(path: Path, rows: int) -> Arrays:
    with idx.reading(path) as reader:
        shape = reader.header.shape

    def blocks() -> Iterator[NDArray[Any]]:
        with idx.reading(path) as reader:
            yield from reader.blocks(rows)

    return Arrays(path, shape, blocks())


def checked(path: Path, values: NDArray[Any]) -> None:
    """Raise a ValueError unless an array holds finite numbers."""
    if values.dtype.kind not in "biuf" or not values.size:
        raise ValueError(f"{path}: found {values.shape} {values.dtype}, expected pixels")
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: found values that are not finite (nan), expected pixels")


def lightness(path: Path, values: NDArray[Any]) -> Floats:
    """Return the pixels of any array as values from 0, black, to 1, white.

    White is the highest value of the narrowest kind of picture that has room for all.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    checked(path, values)
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "f" and -1 - OVER <= low < -OVER and high <= 1 + OVER:
        return np.clip((values.astype(np.float64) + 1) / 2, 0, 1)
    over = OVER if values.dtype.kind == "f" and high <= 1 + OVER else 0.0
    white = next((white for white in WHITES if high <= white + over), None)
    if white is None or low < -over:
        raise ValueError(
            f"{path}: found values from {low:g} to {high:g}, expected 0 for black, up to "
            f"{', '.join(map(str, WHITES[:-1]))} or {WHITES[-1]} for white, or -1 to 1"
        )
    return np.clip(values.astype(np.float64) / white, 0, 1)


def grey(values: Floats) -> Floats:
    """Return the brightness of pictures (…, channels): of colours their luma, else their mean."""
    colours = values.shape[-1] in {3, 4}
    result: Floats = values[..., :3] @ LUMA if colours else values.mean(axis=-1)
    return result


def _pictures(path: Path, channels: int) -> Iterator[Picture]:
    """Yield the pictures of a file that Pillow can read."""
    from PIL import Image, ImageSequence, UnidentifiedImageError  # here: a tenth of a second

    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=formats)
        with opened as image:
            several = image.format in PAGES and getattr(image, "n_frames", 1) > 1
            for i, page in enumerate(ImageSequence.Iterator(image) if several else [image]):
                refuse_huge(path, page.size)
                yield Picture(
                    f"{path}[{i}]" if several else str(path), _values(path, page, channels)
                )
    except UnidentifiedImageError:
        raise ValueError(f"{path}: found none of the known formats, expected {KINDS}") from None
    except (
        *(OSError, SyntaxError, Image.DecompressionBombError, EOFError, OverflowError),
        NotImplementedError,
    ) as error:
        raise ValueError(f"{path}: a damaged, too large or unknown picture ({error})") from error


def refuse_huge(path: Path, size: tuple[int, int]) -> None:
    """Raise a ValueError for a picture that would take gigabytes, before it is decoded."""
    if size[0] * size[1] > MOST_PIXELS:
        raise ValueError(
            f"{path}: found {size[0]} × {size[1]} pixels, expected at most {MOST_PIXELS:,}; save "
            "it smaller"
        )


def _values(path: Path, image: Any, channels: int) -> Floats:
    """Return a picture of Pillow's, upright, as values from 0 to 1."""
    from PIL import ImageOps

    if image.format == "JPEG":  # decoded at a fraction of its size, where that is enough
        image.draft("RGB" if channels > 1 else "L", (LONGEST, LONGEST))
    small = ImageOps.exif_transpose(image)
    if small.mode.startswith(("I", "F")):  # 16 bits and more
        grey_values = lightness(path, np.asarray(small))
        return grey_values if channels == 1 else grey_values[..., None].repeat(channels, axis=-1)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    if small.has_transparency_data and channels < 4:
        return on_paper(small, mode)
    return np.asarray(reduced(small.convert(mode))) / 255


def reduced(image: Any) -> Any:
    """Return a large picture of Pillow's made smaller by a whole number."""
    times = min(image.size) // LONGEST
    return image.reduce(times) if times > 1 else image


def on_paper(image: Any, mode: str) -> Floats:
    """Lay a picture with transparent parts on paper, white or black, that its ink shows on.

    A sheet with transparent edges, a rectangle with something on it, lies on paper like its own.
    """
    seen = reduced(image.convert("RGBA"))
    light, opacity = (
        np.asarray(channel) / 255 for channel in (seen.convert("L"), seen.getchannel("A"))
    )
    colours = np.asarray(seen.convert(mode)) / 255
    solid = opacity > 0.5
    if is_sheet(solid, light):
        paper = float(np.median(light[solid]))
    else:
        paper = float((light * opacity).sum() <= opacity.sum() / 2)
    if mode != "L":
        opacity = opacity[..., None]
    result: Floats = colours * opacity + paper * (1 - opacity)
    return result


def is_sheet(solid: NDArray[np.bool_], light: Floats) -> bool:
    """Tell whether the solid part of a picture (h, w) is a rectangle with something on it."""
    if not solid.any():
        return False
    sides = [np.flatnonzero(solid.any(axis=axis)) for axis in (1, 0)]
    inside = tuple(slice(at[0], at[-1] + 1) for at in sides)
    return bool(solid[inside].mean() > 0.8 and np.ptp(light[solid]) > 0.25)


def several(shape: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    """Return the shape (n, h, w[, channels]) that an array of pictures has, and where channels are.

    Returns
    -------
    shape : tuple of int
        As if there were several pictures.
    channels : str
        "none", "last" or "first".

    Raises
    ------
    ValueError
        For shapes that are no pictures.

    Examples
    --------
    >>> several((280, 280)), several((5, 28, 28))
    (((1, 280, 280), 'none'), ((5, 28, 28), 'none'))
    >>> several((90, 60, 3)), several((5, 1, 28, 28))
    (((1, 90, 60, 3), 'last'), ((5, 1, 28, 28), 'first'))
    """
    if len(shape) == 2:
        return (1, *shape), "none"
    if len(shape) == 3 and shape[-1] in {1, 3, 4}:
        return (1, *shape), "last"
    if len(shape) == 3:
        return shape, "none"
    if len(shape) == 4 and shape[-1] in {1, 3, 4}:
        return shape, "last"
    if len(shape) == 4 and shape[1] in {1, 3, 4}:
        return shape, "first"
    raise ValueError(f"found an array of shape {shape}, expected pictures, (h, w) or (n, h, w)")


def pictures_of(arrays: Arrays) -> Iterator[Picture]:
    """Yield each picture of an array, whatever its size, from 0, black, to 1, white."""
    try:
        shape, channels = several(arrays.shape)
    except ValueError as error:
        raise ValueError(f"{arrays.path}: {error}") from None
    if not np.prod(shape):
        raise ValueError(f"{arrays.path}: found an array of shape {shape}, expected pixels")
    numbered = shape == arrays.shape
    blocks = arrays.blocks if numbered else gathered(arrays).blocks
    number = 0
    for block in blocks:
        values = lightness(arrays.path, block)
        if channels == "first":
            values = np.moveaxis(values, 1, -1)
        for value in values:
            yield Picture(f"{arrays.path}[{number}]" if numbered else str(arrays.path), value)
            number += 1


def gathered(arrays: Arrays) -> Arrays:
    """Return an array that is a single picture as the only one of several."""
    picture = np.concatenate(list(arrays.blocks))[None]
    return Arrays(arrays.path, picture.shape, iter([picture]))


def peeked(arrays: Arrays) -> tuple[NDArray[Any], Arrays]:
    """Return the first block of an array, and the array with all of its blocks."""
    first = next(arrays.blocks, np.zeros(0))
    return first, Arrays(arrays.path, arrays.shape, chain([first], arrays.blocks))
