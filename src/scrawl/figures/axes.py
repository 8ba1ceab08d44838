"""Scales of figures and pages: the positions of values on an axis, and its ticks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Added to an error before its logarithm is taken, so that 100 % has a place on the axis of
# accuracies: one decade above 99 %.
LEAST_ERROR = 0.001
ACCURACY_TICKS = (
    np.array([0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 1]),
    np.array([0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993]),
)
FEWEST_TICKS = 4
# Values that differ by less than this factor are as easily read on a plain axis.
LOGARITHMIC_FROM = 8


@dataclass(frozen=True)
class Scale:
    """The scale of an axis.

    Attributes
    ----------
    low, high : float
        The values at its ends.
    ticks : list of float
        The values that are written beside it.
    place : function
        Where values stand, before the ends are brought to 0 and 1.
    words : function
        How a value is written.
    """

    low: float
    high: float
    ticks: list[float]
    place: Callable[[ArrayLike], Floats]
    words: Callable[[float], str]

    def at(self, values: ArrayLike) -> Floats:
        """Return the positions of values, from 0 at `low` to 1 at `high`.

        >>> plain([0, 8]).at([0, 2, 8])
        array([0.  , 0.25, 1.  ])
        """
        ends = self.place([self.low, self.high])
        places: Floats = (self.place(values) - ends[0]) / (ends[1] - ends[0])
        return places


def plain(values: ArrayLike) -> Scale:
    """Return the linear scale of some values; of a single value, a scale around it."""
    low, high = float(np.min(values)), float(np.max(values))
    if low == high:
        low, high = low - 0.5, high + 0.5
    return Scale(low, high, round_ticks(low, high), np.asarray, "{:g}".format)


def epochs(values: ArrayLike) -> Scale:
    """Return the scale of some epochs, with whole numbers as ticks.

    >>> epochs([1, 2, 3]).ticks
    [1.0, 2.0, 3.0]
    """
    scale = plain(values)
    return replace(scale, ticks=[tick for tick in scale.ticks if tick.is_integer()])


def losses(values: ArrayLike) -> Scale:
    """Return the scale of some losses: logarithmic, if they are positive and far apart."""
    low, high = float(np.min(values)), float(np.max(values))
    if not 0 < LOGARITHMIC_FROM * low < high:
        return plain(values)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if high < 1000 * low else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    return Scale(low, high, [t for t in ticks if low <= t <= high], np.log10, "{:g}".format)


def accuracies(values: ArrayLike) -> Scale:
    """Return the scale of some accuracies, logarithmic in the error, with a margin.

    A project meets 11 % and 99.5 %. On a plain axis, those that are worth comparing would share a
    fiftieth of its length; on this one, halving the error takes nearly the same length everywhere.
    """
    places = accuracy_place(values)
    extent = float(np.ptp(places))
    margin = max(0.05 * extent, 0.1 - extent, 0.01)  # one value alone has an axis, too
    low, high = accuracy_at([places.min() - margin, places.max() + margin]).tolist()
    return Scale(low, high, accuracy_ticks(low, high), accuracy_place, tick_percent)


def accuracy_place(accuracy: ArrayLike) -> Floats:
    """Return the position of an accuracy: the decades of its error below 1."""
    return -np.log10(np.maximum(1 + LEAST_ERROR - np.asarray(accuracy), 1e-9))


def accuracy_at(place: ArrayLike) -> Floats:
    """Return the accuracy at a position: the inverse of `accuracy_place`."""
    return 1 + LEAST_ERROR - 10.0 ** -np.asarray(place, float)


def accuracy_ticks(low: float, high: float) -> list[float]:
    """Return the coarsest ticks with enough of them between two accuracies."""
    for ticks in ACCURACY_TICKS:
        inside = ticks[(low <= ticks) & (ticks <= high)]
        if len(inside) >= FEWEST_TICKS:
            return [float(tick) for tick in inside]
    return round_ticks(low, min(high, 1.0))  # the margin beyond 100 % has no ticks


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten from `low` to `high`, `most` of them.

    >>> round_ticks(0.985, 0.9912)
    [0.986, 0.988, 0.99]
    >>> round_ticks(1, 10)
    [2.0, 4.0, 6.0, 8.0, 10.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (power, 2 * power, 5 * power, 10 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def tick_percent(share: float) -> str:
    """Return the label of a tick of an axis of shares: 0.985 as 98.5 %."""
    return f"{round(100 * share, 6):g} %"
