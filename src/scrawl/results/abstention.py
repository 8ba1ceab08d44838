"""Abstention: the error of a classifier that answers only where it is sure enough."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def risk(sureness: NDArray[np.floating[Any]], right: NDArray[np.bool_], coverage: Floats) -> Floats:
    """Return the share of wrong answers among the surest.

    Answers that are equally sure are taken in any order: the risk is the mean over all orders.

    Parameters
    ----------
    sureness : (n,) float
        Of each answer: its confidence, or how many members of an ensemble agree with it.
    right : (n,) bool
        Whether the answer is right.
    coverage : (m,) float64
        Shares of the answers that are given, above 0 and up to 1.

    Returns
    -------
    (m,) float64

    References
    ----------
    Y. Geifman and R. El-Yaniv, Selective classification for deep neural networks, Advances in
    Neural Information Processing Systems 30 (2017).

    Examples
    --------
    The surest of four answers is right; of the next two, equally sure, one is:

    >>> risk(np.array([0.9, 0.6, 0.6, 0.5]), np.array([1, 0, 1, 1], bool), np.array([0.25, 0.5, 1]))
    array([0.  , 0.25, 0.25])
    """
    levels, place = np.unique(-sureness, return_inverse=True)
    given = np.cumsum(np.bincount(place, minlength=len(levels)))
    wrong = np.cumsum(np.bincount(place, ~right, len(levels)))
    answered = coverage * len(right)
    return np.asarray(np.interp(answered, [0, *given], [0, *wrong]) / answered)
