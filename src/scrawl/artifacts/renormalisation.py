"""Images of one dataset in the pixel values of another: what a network trained on that is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.prepared import Dataset
from scrawl.nn.examples import LazyRows


def check_same_kind(trained: Dataset, other: Dataset, model: Path, data: Path) -> None:
    """Refuse images that a network has no inputs for, or classes that it does not answer with.

    Raises
    ------
    ValueError
        Naming shapes or classes that differ.
    """
    for what, here, there in (
        ("images of shape", other.image_shape, trained.image_shape),
        ("the classes", other.class_names, trained.class_names),
    ):
        if here != there:
            raise ValueError(
                f"{data}: found {what} {here!s:.70}, but {model} was trained on {there!s:.70}; "
                "evaluate it on datasets of the same shape and classes"
            )


def renormalised(
    images: NDArray[np.float32] | LazyRows, other: Dataset, trained: Dataset
) -> NDArray[np.float32] | LazyRows:
    """Return prepared images of a dataset as those of another, (n, pixels) float32.

    A value v of a dataset stands for the pixel p = v × scale + offset, whose share of ink is
    u = (p − paper) / (ink − paper). The same share of ink in the training images is the pixel
    paper + u × (ink − paper) of theirs, and is shown as they are. Where that changes nothing, the
    images themselves come back.
    """
    ours, theirs = trained.appearance, other.appearance
    stretch = (ours.ink - ours.paper) / (theirs.ink - theirs.paper)
    factor = other.scale * stretch / trained.scale
    shift = ((other.offset - theirs.paper) * stretch + ours.paper - trained.offset) / trained.scale
    if (factor, shift) == (1, 0):
        return images
    values = np.asarray(images[0 : len(images)], np.float64)
    return np.asarray(values * factor + shift, np.float32)
