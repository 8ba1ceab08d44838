"""Places, numbers and patterns in words, for messages about arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.exercises.child import Other
from scrawl.exercises.sandbox import Linear, Seeded

LONGEST = 80  # characters of a value
# What the axes of an array count, by its name and number of dimensions.
IMAGE = ("image", "channel", "row", "column")
KERNEL = ("filter", "channel", "row", "column")
OUTPUT = ("image", "filter", "row", "column")
AXES: dict[tuple[str, int], tuple[str, ...]] = {
    ("images", 2): ("image", "pixel"),
    ("train", 2): ("image", "pixel"),
    ("validation", 2): ("image", "pixel"),
    ("labels", 1): ("image",),
    ("predicted", 1): ("image",),
    ("one-hot labels", 2): ("image", "class"),
    ("labels", 2): ("image", "class"),
    ("logits", 2): ("image", "class"),
    ("gradient", 2): ("image", "class"),
    ("z", 2): ("image", "unit"),
    ("z_gradient", 2): ("image", "unit"),
    ("inputs", 2): ("image", "input"),
    ("weights", 2): ("input", "unit"),
    ("biases", 1): ("unit",),
    ("outputs", 2): ("image", "unit"),
    ("output_gradient", 2): ("image", "unit"),
    ("weight_gradient", 2): ("input", "unit"),
    ("bias_gradient", 1): ("unit",),
    ("bias_gradient of filters", 1): ("filter",),
    ("input_gradient", 2): ("image", "input"),
    ("parameters", 1): ("parameter",),
    ("velocity", 1): ("parameter",),
    ("gradient", 1): ("parameter",),
    ("images", 4): IMAGE,
    ("kernels", 4): KERNEL,
    ("outputs", 4): OUTPUT,
    ("output_gradient", 4): OUTPUT,
    ("kernel_gradient", 4): KERNEL,
    ("image_gradient", 4): IMAGE,
}


def axes_of(what: str, dimensions: int) -> tuple[str, ...]:
    """Return what the axes of an array count.

    >>> axes_of("logits", 2)
    ('image', 'class')
    """
    return AXES.get((what, dimensions), tuple(f"axis {i}" for i in range(dimensions)))


def at(what: str, place: Sequence[int], name: str = "", dimensions: int = 0) -> str:
    """Return the place of a number in words.

    >>> at("outputs", (0, 1))
    'outputs, image 0, unit 1'
    """
    axes = axes_of(name or what, dimensions or len(place))
    words = [f"{axis} {i}" for axis, i in zip(axes, place, strict=False)]
    return ", ".join(filter(None, [what, *words]))


def where(what: str, place: Sequence[int]) -> dict[str, Any]:
    """Return the place of a number for JSON."""
    return {"what": what, **dict(zip(axes_of(what, len(place)), place, strict=True))}


def in_digits(one: Any, other: Any) -> tuple[str, str]:
    """Return two numbers with as many digits as tell them apart, six at least.

    >>> in_digits(0.5, 0.25), in_digits(1.0, 1.0000001), in_digits(60000000, 7)
    (('0.5', '0.25'), ('1', '1.0000001'), ('60000000', '7'))
    """
    if isinstance(one, int | np.integer) and isinstance(other, int | np.integer):
        return str(one), str(other)
    for digits in range(6, 18):
        words = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if words[0] != words[1]:
            break
    return words


def described(value: Any) -> str:
    """Return a value in few words: arrays as shape and type.

    >>> described(np.zeros((2, 3))), described((1, 2.5)), described(b"ab")
    ('(2, 3) float64', '(1, 2.5)', "b'ab'")
    """
    if isinstance(value, np.ndarray):
        number = value.ndim == 0
        return f"{value.item()!r} ({value.dtype})" if number else f"{value.shape} {value.dtype}"
    if isinstance(value, tuple):
        words = ", ".join(map(described, value))
        return f"({words})" if len(value) <= 8 else f"{len(value)} values"
    if isinstance(value, Other | Seeded | Linear):
        return str(value)
    if isinstance(value, bytes | str) and len(value) > 40:
        return f"{len(value)} {'bytes' if isinstance(value, bytes) else 'characters'}"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)[:LONGEST]


def pattern(
    got: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    different: npt.NDArray[np.bool_],
    axes: Sequence[str],
) -> str:
    """Return what the differences have in common, or nothing.

    Parameters
    ----------
    got, expected : (…) float64
    different : (…) bool
        Where they differ.
    axes : sequence of str
        What each axis counts.
    """
    if got.size < 2 or not np.isfinite(got).all():
        return ""
    scale = float(np.abs(expected).max()) or 1.0

    def close(one: Any, other: Any) -> bool:
        return bool(np.allclose(one, other, rtol=0, atol=1e-5 * scale))

    factor = float(np.vdot(got, expected) / (np.vdot(expected, expected) or 1.0))
    if abs(factor) > 1e-3 and close(got, factor * expected):
        return f"every number is {ratio_in_words(factor)}"
    difference = got - expected
    if got.ndim > 1 and len(got) > 1 and close(difference, difference[:1]):
        return f"the difference is the same for every {axes[0]}"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and close(got, expected.T):
        return f"{axes[0]} and {axes[1]} are exchanged"
    if len(got) > 1 and not different[:-1].any():
        return f"only the last {axes[0]} is wrong"
    if close(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "the right numbers, in the wrong places"
    return ""


def ratio_in_words(factor: float) -> str:
    """Return how many times the expected number something is.

    >>> ratio_in_words(-1.0), ratio_in_words(4.0)
    ('the expected one with the opposite sign', '4 times the expected one')
    """
    if abs(factor + 1) < 1e-6:
        return "the expected one with the opposite sign"
    return f"{factor:.4g} times the expected one"
