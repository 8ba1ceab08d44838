"""Segmentation of ink and paper, ignoring frames, tables, shadows and ruled lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scrawl.data.centring import averaging

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LONGEST = 512  # pixels of a side that are looked at: a digit is read from 28
STROKES = 96  # and where the widths of strokes are compared

BLANK = 0.1  # less contrast than this, of black to white, is paper with nothing on it
# Fainter than this, of the strongest ink, is paper: grain, shadows, what JPEG leaves around edges
# (`python -m benchmarks.photographs` compares thresholds).
PAPER = 0.5
EDGE = 0.04  # the margin that tells the paper, as a share of the sides
ALIKE = 0.15  # brightness by which two places of one paper may differ
CLEAN, HALF = 0.9, 0.6  # so much of a margin is alike if it is paper; with ink that touches it
BROADEST = 0.4  # a stroke is narrower than this share of a side, a shadow or a table is broader
SPECK = 0.01  # ink smaller than this, as a share of the largest piece, is dirt
LINE, THIN = 0.9, 0.06  # a ruled line: as long as this share of a side, and no broader than that
TEXTURE = 40  # so many pieces of ink are a texture
FRAME, UNBROKEN = 0.1, 0.95  # a frame: at most so broad, and of one brightness to this share
SHEET, RECTANGLE = 0.08, 0.88  # a sheet: so large, and filling its rectangle so far (a disc: 0.79)


@dataclass(frozen=True)
class Told:
    """Ink on a picture.

    Attributes
    ----------
    ink : (h, w) float64, optional
        From 0, paper, to 1, the strongest ink, on the picture without a frame and perhaps reduced.
        None where there is none, or nothing that could be told.
    dark_on_light : bool
    trouble : str
        Why there is none; empty where there is.
    """

    ink: Floats | None
    dark_on_light: bool
    trouble: str = ""


def tell(brightness: Floats) -> Told:
    """Tell ink from paper.

    Paper is the brightness of the margin where that is clean; otherwise, by a frame, a table
    around the sheet or a shadow, the side with the broader areas. What is broader than any stroke
    belongs to the paper, whatever its brightness.

    Parameters
    ----------
    brightness : (h, w) float64
        From 0 to 1.

    Examples
    --------
    >>> page = np.ones((200, 100))
    >>> page[50:90, 47:51] = 0.2  # a stroke
    >>> page[:, 0] = page[:, -1] = 0  # and a frame
    >>> told = tell(page)
    >>> told.ink.shape, np.argwhere(told.ink)[[0, -1]].tolist(), told.dark_on_light
    ((200, 100), [[50, 47], [89, 50]], True)
    """
    picture = reduced(brightness)
    if np.ptp(picture) < BLANK:
        return Told(None, True, "blank")
    outside = frame(picture)
    picture = picture[outside : len(picture) - outside, outside : picture.shape[1] - outside]
    found = find_sheet(picture)
    dark = found.dark_on_light
    bright = picture if dark else 1 - picture
    paper = np.full_like(bright, np.median(margin(bright))) if found.clean else broad(bright)
    contrast = (paper - bright).clip(0, None)
    if found.inside is not None:
        contrast[~found.inside] = 0.0
    if contrast.max(initial=0.0) < BLANK:
        return Told(None, dark, "blank")
    # A shadow makes ink darker by the same share as paper.
    share = contrast / np.maximum(paper, BLANK)
    ink = share / share.max()
    ink[ink < PAPER] = 0.0
    ink = without_dirt(without_lines(ink))
    if not ink.any():
        return Told(None, dark, "blank")
    trouble = doubt(ink > 0)
    return Told(None if trouble else ink, dark, trouble)


def reduced(brightness: Floats, most: int = LONGEST) -> Floats:
    """Return a picture of at most so many pixels a side."""
    longest = max(brightness.shape)
    if longest <= most:
        return brightness
    h, w = (max(round(most * n / longest), 1) for n in brightness.shape)
    rows, columns = averaging(brightness.shape[0], h), averaging(brightness.shape[1], w)
    smaller: Floats = rows @ brightness @ columns.T
    return smaller


def margin(picture: Floats, depth: float = 0.0) -> Floats:
    """Return the values of a strip along the edges, from a depth inwards (a share of the sides)."""
    start, end = ([round(share * n) for n in picture.shape] for share in (depth, depth + EDGE))
    inner = picture[start[0] : picture.shape[0] - start[0], start[1] : picture.shape[1] - start[1]]
    strip = np.ones(inner.shape, bool)
    rows, columns = (max(b - a, 1) for a, b in zip(start, end, strict=True))
    strip[rows:-rows, columns:-columns] = False
    values: Floats = inner[strip]
    return values


@dataclass(frozen=True)
class Sheet:
    """The part of a picture that is paper with ink.

    Attributes
    ----------
    dark_on_light : bool
    clean : bool
        Whether its margin is clean, so that the paper has one brightness.
    inside : (h, w) bool, optional
        Where it is; everywhere without it.
    """

    dark_on_light: bool
    clean: bool
    inside: Mask | None = None


def find_sheet(picture: Floats) -> Sheet:
    """Return which part of a picture is paper, and whether ink is darker."""
    edge, within = margin(picture), margin(picture, 2 * EDGE)
    ground = float(np.median(edge))
    dark = ground - picture.min() > picture.max() - ground
    alike = float(np.mean(np.abs(edge - ground) <= ALIKE)) >= CLEAN
    light = picture > split(picture)
    if alike and abs(ground - float(np.median(within))) <= ALIKE:  # or a table around the sheet
        inside = sheet(light if not dark else ~light)
        return Sheet(dark, True) if inside is None else Sheet(not dark, False, inside)
    insides = [sheet(light), sheet(~light)]
    if (insides[0] is None) != (insides[1] is None):
        dark = insides[0] is not None
        return Sheet(dark, False, insides[0] if dark else insides[1])
    even = [uniform(picture, light), uniform(picture, ~light)]
    if even[0] != even[1]:
        return Sheet(even[0], True)
    return Sheet(thinner(picture), False)


def uniform(picture: Floats, paper: Mask) -> bool:
    """Tell whether paper has one brightness and most of the margin: ink touches the edges then."""
    usual = float(np.median(picture[paper]))
    alike = [np.abs(part - usual) <= ALIKE for part in (picture[paper], margin(picture))]
    return bool(alike[0].mean() >= UNBROKEN and alike[1].mean() >= HALF)


def frame(picture: Floats) -> int:
    """Return how broad a frame of one brightness is around a picture; 0 without one.

    >>> frame(np.pad(np.ones((90, 90)), 5))
    5
    """
    deepest = max(int(FRAME * min(picture.shape)), 1)
    ground = float(np.median(ring(picture, 0)))
    for depth in range(min(deepest + 1, min(picture.shape) // 4)):
        values = ring(picture, depth)
        if abs(float(np.median(values)) - ground) > ALIKE:
            return depth
        if float(np.mean(np.abs(values - ground) <= ALIKE)) < UNBROKEN:
            return 0
    return 0


def ring(picture: Floats, depth: int) -> Floats:
    """Return the pixels at one distance from the nearest edge."""
    inner = picture[depth : picture.shape[0] - depth, depth : picture.shape[1] - depth]
    return np.concatenate([*inner[[0, -1]], *inner[1:-1, [0, -1]].T])


def split(picture: Floats) -> float:
    """Return the brightness that parts dark from light best: Otsu's threshold, 1979."""
    counts, edges = np.histogram(picture, 64)
    levels = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * levels).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1:][np.nanargmax(between)])


def sheet(light: Mask) -> Mask | None:
    """Return the largest piece of a mask, holes filled, if it is a rectangle with marks inside."""
    from scipy import ndimage  # here: a tenth of a second

    labels, n = ndimage.label(light)
    if not n:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    piece = labels == sizes.argmax() + 1
    filled: Mask = ndimage.binary_fill_holes(piece)
    area = int(filled.sum())
    marked = 0.003 * area < area - int(piece.sum()) < area / 2
    if marked and area > SHEET * light.size and area > RECTANGLE * rectangle(filled):
        return filled
    return None


def rectangle(mask: Mask) -> float:
    """Return the area of the least rectangle, however it is turned, around a mask."""
    points = np.argwhere(mask & ~np.pad(mask, 1)[2:, 1:-1] | mask & ~np.pad(mask, 1)[:-2, 1:-1])
    angles = np.radians(np.arange(0, 90, 2))
    along = points @ np.array([np.cos(angles), np.sin(angles)])
    across = points @ np.array([-np.sin(angles), np.cos(angles)])
    return float(((np.ptp(along, axis=0) + 1) * (np.ptp(across, axis=0) + 1)).min())


def thinner(picture: Floats) -> bool:
    """Tell whether what is dark consists of narrower strokes than what is light.

    Narrow is what is gone where every place takes the lightest (or the darkest) value of a window:
    as windows grow, ink goes before the paper between its strokes does.
    """
    small = reduced(picture, STROKES)
    windows = range(2, max(int(BROADEST * min(small.shape)), 3) + 1)
    gone = np.array(
        [
            [(filled_up(small, k) - small).sum(), (filled_up(-small, k) + small).sum()]
            for k in windows
        ]
    )
    first = gone[(gone >= gone.max() / 4).any(axis=1).argmax()]
    return bool(first[0] >= first[1])


def broad(bright: Floats) -> Floats:
    """Return the picture without what is darker than its surroundings and narrower than a stroke.

    Shadows, tables and frames stay, as the values at the edges go on beyond them.
    """
    from scipy import ndimage

    calm = ndimage.gaussian_filter(bright, min(bright.shape) / 200, mode="nearest")
    return filled_up(calm, max(int(BROADEST * min(bright.shape)), 3))


def filled_up(picture: Floats, window: int) -> Floats:
    """Return a picture in which what is dark and narrower than a window has become light."""
    from scipy import ndimage

    around = np.pad(picture, window, mode="edge")  # the filter itself knows nothing beyond
    closed: Floats = ndimage.grey_closing(around, (window, window))
    return closed[window:-window, window:-window]


def without_lines(ink: Floats) -> Floats:
    """Return ink without ruled lines: straight across the picture, thin, other ink beside them."""
    for turned in (ink, ink.T):
        lines = (turned > 0).mean(axis=1) >= LINE
        if not lines.any():
            continue
        others = turned[~lines]
        narrow = (others > 0).any(axis=0).mean() < LINE and others.any()
        if not narrow or longest_run(lines) > max(THIN * len(lines), 1):
            continue
        # Where ink goes on above and below, a stroke crosses the line.
        kept = np.flatnonzero(~lines)
        for row in np.flatnonzero(lines):
            above, below = kept[kept < row][-1:], kept[kept > row][:1]
            near = [turned[at[0]] for at in (above, below) if len(at)]
            turned[row] = np.minimum.reduce(near) if len(near) == 2 else 0.0
    return ink


def longest_run(flags: Mask) -> int:
    """Return the length of the longest run of True.

    >>> longest_run(np.array([True, False, True, True]))
    2
    """
    ends = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(int)))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def without_dirt(ink: Floats) -> Floats:
    """Return ink without pieces that are specks beside the largest one."""
    labels, sizes = pieces(ink > 0)
    small = np.flatnonzero(sizes < SPECK * sizes.max(initial=0)) + 1
    cleaned: Floats = np.where(np.isin(labels, small), 0.0, ink)
    return cleaned


def pieces(mask: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of the piece at each place, from 1, and the pieces' sizes."""
    from scipy import ndimage

    labels, n = ndimage.label(mask, np.ones((3, 3)))
    return labels, np.bincount(labels.ravel(), minlength=n + 1)[1:]


def doubt(mask: Mask) -> str:
    """Return why ink may be no single character; nothing if it may be one.

    Several stand in a row: groups with empty columns (or rows) between them, each nearly as high as
    all, that together are longer than high. The strokes of one, as of い or 川, are not so long.
    """
    if len(pieces(mask)[1]) > TEXTURE:
        return "no ink that could be told from paper"
    sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    high, wide = (int(at[-1] - at[0] + 1) for at in sides)
    for turned, length, breadth, ratio in ((mask, wide, high, 1.3), (mask.T, high, wide, 2.2)):
        groups = [group for group in apart(turned) if group >= 0.6 * breadth]
        if len(groups) > 1 and length >= ratio * breadth:
            return f"{len(groups)} characters, expected one"
    return ""


def apart(mask: Mask) -> list[int]:
    """Return the heights of the groups of ink between empty columns."""
    columns = mask.any(axis=0)
    starts = np.flatnonzero(np.diff(np.concatenate([[0], columns]).astype(int)) == 1)
    heights = []
    for part in np.split(mask, starts[1:], axis=1):
        rows = np.flatnonzero(part.any(axis=1))
        heights.append(int(rows[-1] - rows[0] + 1) if len(rows) else 0)
    return heights
