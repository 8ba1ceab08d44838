"""Detection of what a dataset's images look like: paper, ink, range, placement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.appearance import MNIST_BOX, Appearance
from scrawl.data.centring import centre
from scrawl.data.treatment import edge, papers, treated, wanted
from scrawl.settings.dataset import Preparation

Pixels = NDArray[Any]

# Images are read in blocks, so that memory does not grow with the dataset.
BLOCK_BYTES = 4 << 20

# Images that are looked at, spread over all, for everything but the range of values.
SAMPLE, SAMPLE_BYTES = 1000, 4 << 20
PLACED = 200  # of those, how many tell where digits are placed

WHITES = (1, 15, 16, 255, 1023, 4095, 16_383, 32_767, 65_535)  # the highest value of image types
SIGNED = ((-128, 127), (-32_768, 32_767), (-1, 1), (-0.5, 0.5))  # types with values below 0
NEAR = 0.05  # a range that ends so near to a type's, as a share of the range, is the type's
RARE = 0.001  # a share of pixels: what lies beyond is an outlier if most of the range is empty
# Half of the margin within ± this share of the range is paper. Of the margin of photographs of
# things (CIFAR-10) a third is.
SPREAD, MOST = 0.15, 0.5
SHEET = 0.9  # where light differs: so much of the margin is like paper, image by image
FAINT = 0.5  # less than this, of full ink, is grain or shadow
FRAME = 0.9  # a pixel that is ink in so many images, as a share, belongs to a frame around them
CENTRED = 0.2  # re-centred, a fiftieth of the ink of MNIST's images is elsewhere


@dataclass(frozen=True)
class Found:
    """Findings in the training images of a dataset.

    Attributes
    ----------
    appearance : Appearance
    low, high : float
        Their lowest and highest value.
    warnings : list of str
        What is doubtful.
    """

    appearance: Appearance
    low: float
    high: float
    warnings: list[str]


class NotFiniteError(ValueError):
    """A pixel that is no number; `split` tells in which images."""

    def __init__(self, split: str, words: str) -> None:
        super().__init__(words)
        self.split = split


def look(images: Any, chosen: NDArray[np.bool_], settings: Preparation) -> Found:
    """Find out how the training images of a dataset look.

    Parameters
    ----------
    images : (n, …) dataset or array
        Decoded images.
    chosen : (n,) bool
        Those that are trained on; no other is looked at.
    settings : Preparation
        What the dataset says of itself takes the place of what is found.

    Raises
    ------
    NotFiniteError
        If a pixel is.
    ValueError
        If negative pixels come from an overflow.
    """
    axes = axes_of(images.shape[1:], settings)
    low, high = value_range(images, chosen)
    some = Appearance(axes=axes).as_shown(sample(images, chosen))
    paper, ink, on_paper = paper_and_ink(some, low, high)
    refuse_overflow(some, low, high, paper if on_paper else None)
    said = settings.paper is not None or settings.ink is not None
    warnings = list(doubts(low, high, on_paper or said))
    if said:
        paper, ink = stated(settings, paper, ink)
    kind = str(images.dtype)
    told = Appearance(paper, ink, on_paper or said, axes, pixel_type=kind)
    margin = float(np.median(told.amount(margins(some)))) if some.size and said else 0.0
    treatment = wanted(some, told, low, high)
    as_they_are = {"normalisation": "none", "stored_as": "uint8"}.items()
    kept = [f"{key}: {value}" for key, value in as_they_are if getattr(settings, key) == value]
    if treatment and kept:
        warnings.append(
            f"`{kept[0]}` keeps pixels as they are: images that would be "
            f"{' and '.join(treatment)} are not"
        )
    told = replace(told, treatment=() if kept else treatment)
    placed = treated(some[:: max(len(some) // PLACED, 1)], told)
    centred, box = placement(told.amount(placed))
    appearance = replace(told, centred=centred and told.on_paper, box=box, margin=margin)
    return Found(appearance, low, high, warnings)


def axes_of(shape: tuple[int, ...], settings: Preparation) -> tuple[int, ...]:
    """Return the stored axis of each axis of a shown image.

    Three or four long first axes before long ones are channels: they are shown last.

    >>> axes_of((28, 28), Preparation()), axes_of((28, 20), Preparation(transposed=True))
    ((0, 1), (1, 0))
    >>> axes_of((3, 32, 32), Preparation()), axes_of((32, 32, 3), Preparation())
    ((1, 2, 0), (0, 1, 2))
    """
    axes = list(range(len(shape)))
    if len(shape) == 3 and shape[0] in {1, 3, 4} and min(shape[1:]) > 4:
        axes = [1, 2, 0]
    if settings.transposed:
        axes[:2] = axes[1::-1]
    return tuple(axes)


def value_range(images: Any, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the lowest and the highest value of the chosen images; (0, 0) without any."""
    low, high = np.inf, -np.inf
    for block, numbers in blocks(images, chosen):
        refuse_non_finite(block, numbers, "train")
        if block.size:
            low, high = min(low, float(block.min())), max(high, float(block.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def refuse_non_finite(block: Pixels, numbers: NDArray[np.int64], split: str) -> None:
    """Raise a NotFiniteError that names the first image (n, …) with a value that is not finite."""
    if block.dtype.kind != "f":
        return
    good = np.isfinite(block).all(axis=tuple(range(1, block.ndim)))
    if not good.all():
        raise NotFiniteError(
            split,
            f"/{split}/images: found values that are not finite in image {numbers[~good][0]} of "
            f"the {split} images (counted from 0), expected numbers",
        )


def sample(images: Any, chosen: NDArray[np.bool_]) -> Pixels:
    """Return some of the chosen images, spread over all of them."""
    image_bytes = max(int(np.prod(images.shape[1:])) * images.dtype.itemsize, 1)
    n = min(SAMPLE, max(SAMPLE_BYTES // image_bytes, 1))
    places = np.flatnonzero(chosen)
    some = places[np.unique(np.linspace(0, len(places) - 1, n).astype(int))] if len(places) else []
    rows = [images[int(place)] for place in some]
    return np.array(rows).reshape(len(rows), *images.shape[1:])


def paper_and_ink(images: Pixels, low: float, high: float) -> tuple[float, float, bool]:
    """Return the values of an empty sheet and of full ink, and whether paper could be told.

    Paper is the median of the images' margins, if half of the margin is like it; ink is the end
    of the range that is farther away. Single values far from all others are no end of the range.

    Parameters
    ----------
    images : (n, h, w, …)
        Some images, with the axes that they are shown with.
    low, high : float
        The lowest and the highest value of all images.

    Examples
    --------
    >>> page = np.full((1, 28, 28), 255, np.uint8)
    >>> page[:, 8:20, 13:15] = 30
    >>> paper_and_ink(page, 30, 255), paper_and_ink(255 - page, 0, 225)
    ((255.0, 30.0, True), (0.0, 225.0, True))
    """
    if not images.size or low == high:
        return low, low + 1, False  # any ink will do: there is none
    low, high = nominal(*without_outliers(images, float(low), float(high)))
    span = high - low
    margin = margins(images)
    usual = float(np.median(margin))
    like = np.mean(np.abs(margin - usual) <= SPREAD * span)
    if like < MOST and not on_sheets(images, SPREAD * span):
        return low, high, False
    ends = (low, high) if usual - low < high - usual else (high, low)
    paper = ends[0] if abs(usual - ends[0]) <= NEAR * span else usual
    return paper, ends[1], True


def on_sheets(images: Pixels, room: float) -> bool:
    """Return whether the margin of each image is like paper, in a light of its own."""
    if images.ndim < 3:
        return False
    own = papers(images).repeat(margins(images).size // len(images))
    return bool(np.mean(np.abs(margins(images) - own) <= room) > SHEET)


def without_outliers(images: Pixels, low: float, high: float) -> tuple[float, float]:
    """Return the ends of a range, without rare values if they are most of it."""
    usual = np.quantile(images, (RARE, 1 - RARE))
    if 0 < usual[1] - usual[0] < (high - low) / 2:
        return float(usual[0]), float(usual[1])
    return low, high


def nominal(low: float, high: float) -> tuple[float, float]:
    """Return the ends of the narrowest image type that a range nearly fills, or the range itself.

    >>> nominal(0, 254), nominal(0, 15), nominal(2, 16_300), nominal(90, 160)
    ((0.0, 255.0), (0.0, 15.0), (0.0, 16383.0), (90, 160))
    """
    for first, last in (*((0, white) for white in WHITES), *SIGNED):
        room = NEAR * (last - first)
        if first <= low <= first + room and last - room <= high <= last:
            return float(first), float(last)
    return low, high


def margins(images: Pixels) -> NDArray[np.float64]:
    """Return the values at the margins of images (n, h, w, …)."""
    if images.ndim < 3:
        return images.astype(np.float64).ravel()
    return images[:, edge(*images.shape[1:3])].astype(np.float64).ravel()


def stated(settings: Preparation, paper: float, ink: float) -> tuple[float, float]:
    """Return paper and ink as a dataset says them; what it leaves out is what was found."""
    paper = paper if settings.paper is None else settings.paper
    ink = ink if settings.ink is None else settings.ink
    if paper == ink:
        raise ValueError(f"paper and ink: found {paper:g} for both, expected two values")
    return paper, ink


def placement(amounts: NDArray[np.float64]) -> tuple[bool, float]:
    """Return whether images (n, h, w, …) of ink are placed as MNIST's, and how large the ink is.

    Returns
    -------
    centred : bool
        Whether centring would move little of the usual image's ink.
    box : float
        The longer side of the usual image's ink, as a share of the image's side.
    """
    if amounts.ndim < 3:
        return False, 1.0
    grey = amounts.reshape(*amounts.shape[:3], -1).mean(axis=3)
    ink = np.where(grey < FAINT, 0.0, grey)
    if len(ink) > 1:
        ink[:, (ink > 0).mean(axis=0) > FRAME] = 0.0  # what every image has is a frame
    changes, boxes = [], []
    for image in ink[ink.any(axis=(1, 2))]:
        changes.append(np.abs(centre(image, image.shape) - image).sum() / image.sum())
        sides = [np.flatnonzero(image.any(axis=axis)) for axis in (1, 0)]
        boxes.append(
            max((at[-1] - at[0] + 1) / n for at, n in zip(sides, image.shape, strict=True))
        )
    if not changes:
        return False, 1.0
    centred = bool(np.median(changes) < CENTRED)
    return centred, MNIST_BOX if centred else float(np.median(boxes))


def refuse_overflow(images: Pixels, low: float, high: float, paper: float | None) -> None:
    """Raise a ValueError where integers below 0 are larger ones that were cut off.

    They fill the range of their type, and yet paper has a value in its middle, where any other
    coding has one of its ends. Where no paper can be told, neighbours jump from the highest value
    to the lowest: they are nearer to each other once the sign is left out.
    """
    if images.dtype.kind != "i" or images.ndim < 3:
        return
    ends = np.iinfo(images.dtype)
    if low > 0.9 * ends.min or high < 0.9 * ends.max:
        return
    if paper is not None:
        overflow = 0.1 < (paper - low) / (high - low) < 0.9
    else:
        pair = images, images.view(f"u{images.dtype.itemsize}")
        steps = [np.abs(np.diff(values.astype(np.float64), axis=2)).sum() for values in pair]
        overflow = steps[1] < steps[0]
    if overflow:
        raise ValueError(
            f"/train/images: found pixels of {low:g} to {high:g}, {images.dtype}, which look like "
            f"an overflow: values above {ends.max} that became negative; write the images again "
            "with a type that has room for them, uint8 or int32"
        )


def doubts(low: float, high: float, on_paper: bool) -> Iterator[str]:
    """Yield a line about a range of values that no image type has, and one if there's no paper."""
    if low == high:
        yield f"all pixels of the training images are {low:g}"
        return
    fits = any(first <= low and high <= last for first, last in SIGNED[2:] if low < 0)
    fits |= any(nominal(low, high) == pair for pair in SIGNED)
    if low >= 0:
        white = next((white for white in WHITES if high <= white), None)
        # Of a type of more than eight bits at least the upper half should be used.
        fits = white is not None and (white <= 255 or high >= white / 2)
    if not fits:
        yield (
            f"pixels range from {low:g} to {high:g}, as those of no image type do (0 to 1, 0 to "
            "255, 0 to 65535, -1 to 1, …); is this how the file was to be written?"
        )
    if not on_paper:
        yield (
            f"no paper could be told from ink: pixels are shown from {low:g} to {high:g}; if there "
            "is paper, say `paper` and `ink` of the dataset"
        )


def difference(found: Found, test: Pixels) -> Iterator[str]:
    """Yield a line about test images that look otherwise than the training images.

    Parameters
    ----------
    found : Found
        In the training images.
    test : (n, h, w, …)
        Some test images, with the axes that they are shown with.
    """
    if not test.size or found.low == found.high:
        return
    low, high, span = float(test.min()), float(test.max()), found.high - found.low
    if low < found.low - span / 2 or high > found.high + span / 2 or high - low < span / 10:
        yield (
            f"pixels of the test images range from {low:g} to {high:g}, those of the training "
            f"images from {found.low:g} to {found.high:g}"
        )
    look = found.appearance
    if look.on_paper and abs(np.median(look.amount(margins(test))) - look.margin) > 0.9:
        yield "paper and ink of the test images are the other way round than in training"


def blocks(images: Any, chosen: NDArray[np.bool_]) -> Iterator[tuple[Pixels, NDArray[np.int64]]]:
    """Yield the chosen images in file order, some at a time, and their places among all."""
    row_bytes = max(int(np.prod(images.shape[1:])) * images.dtype.itemsize, 1)
    rows = max(BLOCK_BYTES // row_bytes, 1)
    for start in range(0, len(images), rows):
        some = chosen[start : start + rows]
        yield images[start : start + rows][some], start + np.flatnonzero(some)
