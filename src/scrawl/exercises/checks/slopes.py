"""Central differences: the derivatives that a gradient must be equal to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Float64: TypeAlias = npt.NDArray[np.float64]


def slopes(function: Callable[[Float64], Any], at: Float64, step: float) -> Float64:
    """Return the derivative of a number by each of the values that it depends on.

    Parameters
    ----------
    function : function
        Takes an array and returns a number.
    at : (…) float64
    step : float
        Where the function is linear, the difference is exact whatever the step.

    Returns
    -------
    (…) float64

    Examples
    --------
    >>> slopes(lambda x: float(x @ x), np.array([1.0, -2.0]), 0.5)
    array([ 2., -4.])
    """
    result = np.empty_like(at)
    for place in np.ndindex(at.shape):
        more, less = at.copy(), at.copy()
        more[place] += step
        less[place] -= step
        result[place] = (function(more) - function(less)) / (2 * step)
    return result


def wide(array: npt.NDArray[Any]) -> Float64:
    """Return an array's numbers as float64."""
    return array.astype(np.float64)
