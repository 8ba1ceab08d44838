"""Detection of evaluation images unlike the training images: inverted, rescaled or swapped."""

from __future__ import annotations

import numpy as np

from scrawl.nn import Array
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.diagnosis.wording import percent

# Points of accuracy below that of the validation images. Of the datasets known to scrawl, none has
# test images so much harder.
WORSE = 0.2
# Correlation of two mean images: 0.96 and more for training and test images of MNIST and glyphs,
# 0.91 if one is upside down, 0.7 transposed, below 0 inverted. Standard deviations of the values,
# the larger over the smaller.
ALIKE, SCALED = 0.93, 1.5


def unlike_known(
    known: Array, images: Array, accuracy: float, validation_accuracy: float, which: str
) -> Finding | None:
    """Find that a network fails on images that are inverted, turned, scaled or wrongly labelled.

    Parameters
    ----------
    known, images : (n, pixels), (m, pixels) float32
        Samples of the validation images, and of those answered.
    accuracy, validation_accuracy : float
        Of the latter, and of the former.
    which : str
        What was answered for, such as "test images".
    """
    if validation_accuracy - accuracy <= WORSE:
        return None
    likeness = correlation(known.mean(axis=0), images.mean(axis=0))
    spreads = float(known.std()), float(images.std())
    ratio = max(spreads) / (min(spreads) or np.inf)
    numbers = {
        "accuracy": accuracy,
        "validation_accuracy": validation_accuracy,
        "likeness": likeness,
        "ratio": ratio,
    }
    validated = percent(validation_accuracy)
    right = f"{percent(accuracy)} of the {which} are right, {validated} of the validation"
    if likeness < ALIKE or ratio > SCALED:
        words = (
            f"{right} images: their means are not alike (correlation {likeness:.2f}, standard "
            f"deviations {spreads[1]:.2g} and {spreads[0]:.2g}): they are inverted, turned, scaled "
            "or of another kind; compare some of both"
        )
        return Finding("unlike-images", words, numbers)
    words = (
        f"{right} images, though their means are alike (correlation {likeness:.2f}): compare "
        "some with their labels, which may be in another order"
    )
    return Finding("unlike-labels", words, numbers)


def correlation(one: Array, other: Array) -> float:
    """Return the correlation of two vectors; 0 if one of them is constant."""
    a, b = one - one.mean(), other - other.mean()
    return float(a @ b) / (float(np.linalg.norm(a) * np.linalg.norm(b)) or np.inf)
