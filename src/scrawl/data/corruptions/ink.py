"""Amounts of ink, which corruptions work on, from what a network is shown, and back."""

from __future__ import annotations

import numpy as np

from scrawl.artifacts.prepared import Dataset
from scrawl.nn import Array


def as_ink(images: Array, dataset: Dataset) -> Array:
    """Return prepared images (n, pixels) as amounts of ink, (n, height, width, channels).

    Of images without paper, 0 is the lowest value and 1 the highest.
    """
    height, width, channels, *_ = (*dataset.image_shape, 1)
    paper, full = values_of(dataset)
    amounts = (images - paper) / (full - paper)
    return amounts.reshape(len(images), height, width, channels)


def from_ink(amounts: Array, dataset: Dataset) -> Array:
    """Return amounts of ink as prepared images (n, pixels)."""
    paper, full = values_of(dataset)
    return paper + amounts.reshape(len(amounts), -1) * (full - paper)


def values_of(dataset: Dataset) -> tuple[np.float32, np.float32]:
    """Return what a network is shown of empty paper and of full ink."""
    full = (dataset.appearance.ink - dataset.offset) / dataset.scale
    return np.float32(dataset.background), np.float32(full)
