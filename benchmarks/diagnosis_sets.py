"""Small labelled image sets for the bed of `benchmarks.diagnosis`: drawn, or generated.

Each function takes a random generator and how many images, and returns images (n, side, side)
between 0 and 1, and labels (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.data import idx

Images = tuple[NDArray[np.float32], NDArray[np.int64]]
Draw = Callable[[np.random.Generator, int], Images]

GLYPHS = Path(__file__).parents[1] / "data/glyphs"


def glyphs(rng: np.random.Generator, n: int, *, half: int, step: int, digits: int = 10) -> Images:
    """Return some of one half of the bundled glyphs, of the first digits, every so many pixels."""
    images, labels = (idx.read(GLYPHS / f"train-{kind}.idx.gz") for kind in ("images", "labels"))
    middle = len(labels) // 2
    rows = np.arange(middle) + half * middle
    rows = rng.choice(rows[labels[rows] < digits], n, replace=False)
    return (images[rows, ::step, ::step] / 255).astype(np.float32), labels[rows].astype(np.int64)


def bumps(
    rng: np.random.Generator, n: int, *, classes: int, side: int, spread: float = 1.0
) -> Images:
    """Return noisy sums of three bumps, whose places a class decides up to some pixels."""
    places = rng.uniform(2, side - 2, (classes, 3, 2))
    labels = rng.integers(0, classes, n)
    centres = places[labels] + rng.normal(0, spread, (n, 3, 2))
    y, x = np.mgrid[:side, :side]
    squares = (y - centres[..., :1, None]) ** 2 + (x - centres[..., 1:, None]) ** 2
    images = np.exp(-squares / 4).sum(axis=1) * rng.uniform(0.5, 1, (n, 1, 1))
    return finished(images + rng.normal(0, 0.1, images.shape)), labels


def gratings(rng: np.random.Generator, n: int, *, classes: int, side: int) -> Images:
    """Return stripes whose direction is the class, in any phase: no linear layer can tell them."""
    labels = rng.integers(0, classes, n)
    angles = (np.pi * labels / classes + rng.normal(0, 0.05, n))[:, None, None]
    y, x = np.mgrid[:side, :side]
    along = x * np.cos(angles) + y * np.sin(angles)
    phases = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    images = 0.5 + 0.4 * np.sin(2 * np.pi * along / 5 + phases)
    return finished(images + rng.normal(0, 0.05, images.shape)), labels


def shapes(rng: np.random.Generator, n: int, *, side: int) -> Images:
    """Return discs, rings, squares, frames, crosses and bars, somewhere near the middle."""
    labels = rng.integers(0, 6, n)
    centres = side / 2 + rng.uniform(-1.5, 1.5, (n, 2, 1, 1))
    radii = rng.uniform(0.25, 0.45, (n, 1, 1)) * side
    grid = np.mgrid[:side, :side] + 0.5
    dy, dx = (np.abs(grid[i] - centres[:, i]) for i in (0, 1))
    round_, square = np.hypot(dy, dx), np.maximum(dy, dx)
    inside = [
        round_ < radii,
        np.abs(round_ - radii) < 1.2,
        square < radii,
        np.abs(square - radii) < 1.2,
        (np.minimum(dy, dx) < 1.2) & (square < radii),
        (dy < 1.2) & (dx < radii),
    ]
    images = np.choose(labels[:, None, None], inside).astype(float)
    return finished(0.8 * images + rng.normal(0, 0.1, images.shape)), labels


def finished(images: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return images as they come from a file of bytes: between 0 and 1, in steps of 1/255."""
    return (np.round(np.clip(images, 0, 1) * 255) / 255).astype(np.float32)


# No dataset, and no half of the glyphs, is in both beds.
SETS: dict[str, dict[str, Draw]] = {
    "choose": {
        "glyphs": partial(glyphs, half=0, step=1),
        "small glyphs": partial(glyphs, half=0, step=2),
        "bumps": partial(bumps, classes=5, side=12),
        "overlapping bumps": partial(bumps, classes=5, side=12, spread=2.5),
        "gratings": partial(gratings, classes=4, side=12),
    },
    "judge": {
        "other glyphs": partial(glyphs, half=1, step=1),
        "other small glyphs": partial(glyphs, half=1, step=2),
        "eight digits": partial(glyphs, half=1, step=2, digits=8),
        "bumps": partial(bumps, classes=12, side=16),
        "overlapping bumps": partial(bumps, classes=4, side=16, spread=3),
        "gratings": partial(gratings, classes=6, side=16),
        "shapes": partial(shapes, side=14),
    },
}
