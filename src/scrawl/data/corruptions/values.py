"""Corruptions of values: noise, contrast, brightness, and parts inverted, blanked or ruled."""

from __future__ import annotations

import math

import numpy as np

from scrawl.data.corruptions.geometry import shorter_side
from scrawl.nn import Array

LINE = 1 / 14  # the width of a ruled line, as a share of the shorter side


def noisy(images: Array, deviation: float, draws: Array) -> Array:
    """Add noise: normally distributed draws (n, h, w, c) times a standard deviation."""
    return images + np.float32(deviation) * draws


def as_shot(images: Array, photons: float, draws: Array) -> Array:
    """Count photons: Poisson numbers of which full ink has so many in the mean, and paper none.

    Those are the least with a cumulative probability of at least the draws (n, h, w, c), from 0
    to 1. Fewer photons are another draw of the same luck, not another draw.
    """
    inked = images > 0
    expected, luck = photons * images[inked].astype(np.float64), draws[inked]
    counts = np.zeros(len(expected), np.float32)
    probability = np.exp(-expected)
    total = probability.copy()
    for number in range(1, most_photons(photons)):
        missing = luck > total
        if not missing.any():
            break
        counts += missing
        probability *= expected / number
        total += probability
    results = np.zeros_like(images)
    results[inked] = counts / np.float32(photons)
    return results


def most_photons(expected: float) -> int:
    """Return a number of photons that practically no pixel exceeds: ten deviations above."""
    return math.ceil(expected + 10 * math.sqrt(expected) + 10)


def peppered(images: Array, share: float, draws: Array) -> Array:
    """Set a share of the pixels to paper or to full ink, half and half.

    Pixels (n, h, w, 1) with low draws become paper, those with high ones ink.
    """
    kept = np.where(draws < share / 2, np.float32(0), images)
    return np.where(draws > 1 - share / 2, np.float32(1), kept)


def faded(images: Array, share: float) -> Array:
    """Take a share of the contrast away: pixels move towards the mean of their image."""
    mean: Array = images.mean(axis=(1, 2, 3), keepdims=True)
    return np.asarray(images + np.float32(share) * (mean - images))


def shaded(images: Array, amount: float) -> Array:
    """Add an amount of ink to every pixel: a change of brightness, as by a veil."""
    return images + np.float32(amount)


def inverted(images: Array, share: float, draws: Array) -> Array:
    """Invert a share of each image, from one of its four edges on: ink is paper there."""
    height, width = images.shape[1:3]
    down, right = (covered(length, 0, share * length) for length in (height, width))
    masks = np.broadcast_arrays(down[:, None], down[::-1, None], right, right[::-1])
    mask = np.stack(masks)[np.minimum((4 * draws[:, 0]).astype(int), 3)]
    return np.asarray(images + mask[..., None] * (1 - 2 * images))


def blanked(images: Array, share: float, draws: Array) -> Array:
    """Blank a square, as paper, with a share of the shorter side; its centre is near the middle."""
    half = share * shorter_side(images) / 2
    centres = (0.25 + 0.5 * draws) * images.shape[1:3]
    down, right = (
        covered(length, centre[:, None] - half, centre[:, None] + half)
        for length, centre in zip(images.shape[1:3], centres.T, strict=True)
    )
    return images * (1 - down[:, :, None, None] * right[:, None, :, None])


def ruled(images: Array, lines: float, draws: Array) -> Array:
    """Draw parallel lines of full ink over images, along or across; as many a side, evenly."""
    height, width = images.shape[1:3]
    spacing, line = shorter_side(images) / lines, LINE * shorter_side(images)
    longest = max(height, width)
    places = (np.arange(longest) + 0.5 - spacing * draws[:, :1]) % spacing
    distance = np.minimum(places, spacing - places)  # to the nearest line's centre
    ink = np.clip((line + 1) / 2 - distance, 0, min(line, 1)).astype(np.float32)
    along = draws[:, 1, None, None, None] < 0.5
    lines_of_each = np.where(along, ink[:, :height, None, None], ink[:, None, :width, None])
    return np.maximum(images, lines_of_each)


def covered(length: int, start: Array | float, end: Array | float) -> Array:
    """Return which part of each of a row of pixels lies between two places, (…, length)."""
    pixels = np.arange(length)
    shares = np.minimum(end, pixels + 1) - np.maximum(start, pixels)
    return np.asarray(np.clip(shares, 0, 1), np.float32)
