"""The bundled dataset: digits drawn by a generator, so that a first run needs no network.

An imagined writer has a slant, a pen and a form of each digit; each image is that form with the
writer's habits and the moment's accidents, then scaled and centred as MNIST's images are (LeCun,
Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998). The test
images are by other writers than the training images. Image number i of a split depends on the seed
and on i alone: any image can be drawn by itself, and a smaller dataset is the start of a larger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scrawl.data.centring import centre
from scrawl.data.strokes import FORMS, Points, curve

Split = Literal["train", "test"]

Floats = NDArray[np.float64]

Distortion = Callable[[Points], Points]

SEED = 1998  # the year of MNIST; no other was tried

SPLITS: tuple[Split, ...] = ("train", "test")

PER_WRITER = 5  # 4,000 + 400 writers: with a quarter as many, accuracy hangs on who they are

# How writers and their images differ. Lengths are hundredths of a digit's height. Ranges are
# uniform where outliers would be unreadable to people too. Chosen so that networks with hidden
# layers score about as on MNIST, and read real pen strokes (`python -m benchmarks.strokes`).
# The default networks, seeds 1 to 3, read 86.6 to 86.8 % (linear), 93.2 to 93.5 % (sigmoid-30),
# 97.6 to 97.8 % (dense-128) and 98.7 to 98.8 % (conv-8-16) of the test images.
SLANT = (-0.25, 0.55)  # of a writer: shift to the right per unit of height

WIDTH = (0.65, 1.6)  # of a writer's digits, as a factor

PEN = (5.0, 11.5)  # radius

HABIT = 4.5  # how far a writer bends a form, root mean square

ACCIDENT = 1.5  # how far one image is bent beyond that

JITTER = 0.8  # how far one control point slips

WAIST = 14.0  # how far up or down a writer moves a form's waist

TAPER = 0.35  # how much wider or narrower a writer makes its head than its base

APART = 3.0  # how far a stroke slips from those before it, root mean square

CUT = 0.08  # most that is missing at each end of a stroke: the pen lands late and lifts early

REACH = 40.0  # points much nearer to each other than this are bent alike

WAVES = 6  # in a distortion: enough for no two to look alike

TILT = 0.2  # rotation of an image, radians either way

VARIATION = 0.08  # of slant, width and pen from image to image

PRESSURE = 0.18  # waxing and waning of the pen's radius along a stroke

PIXELS = 0.4  # canvas pixels per unit of length: the canvas is about twice as fine as the image


@dataclass(frozen=True)
class Writer:
    """Habits of one writer, common to all of the writer's digits.

    Attributes
    ----------
    forms : (10,) int
        Which form of each digit.
    habits : ten functions
        How this hand bends each digit.
    slant, width, pen : float
        Shift to the right per unit of height, factor, radius in hundredths of a digit's height.
    """

    forms: tuple[int, ...]
    habits: tuple[Distortion, ...]
    slant: float
    width: float
    pen: float


def writer(rng: np.random.Generator) -> Writer:
    """Imagine a writer."""
    return Writer(
        forms=tuple(int(rng.integers(len(FORMS[label]))) for label in range(10)),
        habits=tuple(habit(rng) for _ in range(10)),
        slant=rng.uniform(*SLANT),
        width=float(np.exp(rng.uniform(*np.log(WIDTH)))),
        pen=rng.uniform(*PEN),
    )


def habit(rng: np.random.Generator) -> Distortion:
    """Imagine how a hand bends a digit: proportions of its own, then smooth bends."""
    change, bend = (
        proportions(rng.uniform(-WAIST, WAIST), rng.uniform(-TAPER, TAPER)),
        distortion(HABIT, rng),
    )
    return lambda points: bend(change(points))


def proportions(waist: float, taper: float) -> Distortion:
    """Move the waist of a digit up or down, and widen its head or its base.

    Examples
    --------
    >>> head, waist, base = proportions(10.0, 0.5)(np.array([[63.0, 0], [63.0, 50], [63.0, 100]]))
    >>> head.tolist(), waist.tolist(), base.tolist()
    ([48.0, 0.0], [63.0, 60.0], [78.0, 100.0])
    """

    def change(points: Points) -> Points:
        x, y = points.T
        height = y / 100
        x = 33 + (x - 33) * (1 + taper * (2 * height - 1))
        return np.stack([x, y + 4 * waist * height * (1 - height)], axis=1)

    return change


def distortion(size: float, rng: np.random.Generator) -> Distortion:
    """Bend the plane at random, smoothly.

    Each coordinate is displaced by a sum of plane waves with random directions: about a Gaussian
    random field of standard deviation `size` and correlation length `REACH` (Rahimi, Recht: Random
    features for large-scale kernel machines, 2007). It bends points and not pixels, as the elastic
    distortion of Simard, Steinkraus, Platt (2003) does, so the pen keeps its width.
    """
    vectors = rng.normal(0.0, 1 / REACH, (2, WAVES))
    phases = rng.uniform(0.0, 2 * np.pi, WAVES)
    amplitudes = rng.normal(0.0, size * np.sqrt(2 / WAVES), (WAVES, 2))
    return lambda points: points + np.sin(points @ vectors + phases) @ amplitudes


def draw(label: int, by: Writer, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one digit.

    Parameters
    ----------
    label : int
        0 to 9.
    by : Writer
    rng : numpy.random.Generator
        The accidents of this image.

    Returns
    -------
    (28, 28) uint8
        Ink 255, ground 0.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> seven = draw(7, writer(rng), rng)
    >>> seven.shape, seven.dtype, int(seven.max())
    ((28, 28), dtype('uint8'), 255)
    """
    accident = distortion(ACCIDENT, rng)
    slant = by.slant + VARIATION * rng.uniform(-1, 1)
    width = by.width * (1 + VARIATION * rng.uniform(-1, 1))
    # A narrow digit with a broad pen would be a blot.
    pen = by.pen * min(width, 1.0) * (1 + VARIATION * rng.uniform(-1, 1))
    shape = np.array([[width, 0], [-slant, 1]]) @ rotation(TILT * rng.uniform(-1, 1))
    paths, radii = [], []
    for number, stroke in enumerate(FORMS[label][by.forms[label]]):
        slip = rng.normal(0.0, JITTER, stroke.control.shape)
        slip += rng.normal(0.0, APART, 2) * (number > 0)
        path = shortened(curve(stroke.control + slip, stroke.repeats), *rng.uniform(0, CUT, 2))
        bent = accident(by.habits[label](path))
        path = evenly_spaced(bent @ shape * PIXELS)
        wave = np.sin(np.arange(len(path)) / 20 + rng.uniform(0, 2 * np.pi))
        paths.append(path)
        radii.append(pen * PIXELS * (1 + PRESSURE * wave))
    image = centre(ink(np.concatenate(paths), np.concatenate(radii)))
    return np.rint(255 * image).astype(np.uint8)


def shortened(path: Points, start: float, end: float) -> Points:
    """Leave out the first and the last of the points of a path, as shares of their number.

    >>> shortened(np.arange(20.0).reshape(10, 2), 0.1, 0.25).tolist()[:: 6]
    [[2.0, 3.0], [14.0, 15.0]]
    """
    n = len(path)
    return path[int(start * n) : n - int(end * n)]


def rotation(angle: float) -> Floats:
    """Return the matrix that turns row vectors by an angle in radians."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def evenly_spaced(path: Points, spacing: float = 0.5) -> Points:
    """Place points along a polyline at equal distances, at most `spacing`.

    Examples
    --------
    >>> evenly_spaced(np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 3.0]]), 2.5).tolist()
    [[0.0, 0.0], [2.0, 0.0], [3.0, 1.0], [3.0, 3.0]]
    """
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0.0, along[-1], int(along[-1] / spacing) + 2)
    return np.stack([np.interp(places, along, axis) for axis in path.T], axis=1)


def ink(points: Points, radii: Floats) -> Floats:
    """Press a round pen on paper at each point; the edge of the ink is one pixel wide.

    Parameters
    ----------
    points : (points, 2) float64
        x to the right and y down, in pixels, at any place: the canvas is made to fit.
    radii : (points,) float64
        In pixels.

    Returns
    -------
    (h, w) float64
        0 (paper) to 1 (ink).

    Examples
    --------
    >>> ink(np.array([[8.0, 8.0]]), np.array([1.25])).round(2).tolist()
    [[0.34, 0.75, 0.34], [0.75, 1.0, 0.75], [0.34, 0.75, 0.34]]
    """
    reach = radii[:, None]
    # A quarter of a pixel off the grid: an outline on the grid would leave it to rounding errors
    # whether the next column holds any ink.
    places = points - (points - reach).min(axis=0) + 0.25
    w, h = np.ceil((places + reach).max(axis=0)).astype(int)
    # float32 halves the time; distances are below 100 pixels, so they err by 1/100,000 of one.
    x, y = (places.astype(np.float32)).T
    across = (np.arange(w, dtype=np.float32) + np.float32(0.5) - x[:, None]) ** 2
    down = (np.arange(h, dtype=np.float32) + np.float32(0.5) - y[:, None]) ** 2
    distance = np.sqrt(down[:, :, None] + across[:, None, :])  # (points, h, w)
    depth = (reach[:, :, None].astype(np.float32) - distance).max(axis=0).astype(np.float64)
    covered: Floats = np.clip(depth + 0.5, 0.0, 1.0)
    return covered


def example(index: int, split: Split, seed: int = SEED) -> tuple[NDArray[np.uint8], int]:
    """Draw image number `index` of a split, and say which digit it shows.

    Digits are drawn by lot, so that their counts differ as they do in real data.
    """
    key = (SPLITS.index(split), index // PER_WRITER)
    by = writer(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)))
    moment = np.random.SeedSequence(seed, spawn_key=(*key, index % PER_WRITER))
    rng = np.random.default_rng(moment)
    label = int(rng.integers(10))
    return draw(label, by, rng), label


def dataset(
    indices: Iterable[int], split: Split, seed: int = SEED
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw images of a split.

    Parameters
    ----------
    indices : iterable of int
        Which images: `range(20_000)` and `range(2_000)` give the bundled data.
    split : "train" or "test"
        Whose: no writer is in both.
    seed : int
        The random seed.

    Returns
    -------
    images : (n, 28, 28) uint8
    labels : (n,) uint8
    """
    images, labels = zip(*(example(index, split, seed) for index in indices), strict=True)
    return np.stack(images), np.array(labels, np.uint8)
