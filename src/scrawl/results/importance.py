"""Importance of settings: their main effects on the scores of many runs, by ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# For a number with many values: enough groups to see a rise and fall, and enough points in each
# that its mean does not depend on one.
MOST_GROUPS, LEAST_POINTS = 8, 4


def explained(values: Sequence[Any], scores: ArrayLike) -> float | None:
    """Return the share of the scores' variance that one setting explains alone, on ranks.

    With the scores' ranks in groups by the setting, η² = Σ nᵍ(r̄ᵍ − r̄)² / Σ(r − r̄)², that is
    Kruskal and Wallis' H/(n − 1); of it 1 − (1 − η²)(n − 1)/(n − k) is returned, which takes off
    what k groups explain by chance, and at least 0. It is the first-order effect of functional
    analysis of variance; what settings do only together belongs to none of them. Ranks, because
    a few runs that learn nothing would otherwise be nearly all of the variance, and because a run
    that diverged has a rank, the last, but no score.

    Parameters
    ----------
    values : sequence, (n,)
        The setting at each point. Of numbers with many values, neighbours form a group.
    scores : (n,) float
        The larger, the better; −inf for runs that diverged.

    Returns
    -------
    float or None
        From 0 to 1; None where groups or scores don't differ, or each point has a group of its own.

    References
    ----------
    W. H. Kruskal, W. A. Wallis, Use of ranks in one-criterion variance analysis, Journal of the
    American Statistical Association 47 (1952) 583-621. T. L. Kelley, An unbiased correlation ratio
    measure, Proceedings of the National Academy of Sciences 21 (1935) 554-559.

    Examples
    --------
    >>> explained(["a", "a", "b", "b"], [0.1, 0.2, 0.8, 0.9])  # η² = 0.8
    0.7
    """
    group, rank = groups(values), ranks(scores)
    counts = np.bincount(group)
    n, k = len(rank), len(counts)
    total = float(((rank - rank.mean()) ** 2).sum())
    if k < 2 or k == n or not total:
        return None
    means = np.bincount(group, rank) / counts
    share = float((counts * (means - rank.mean()) ** 2).sum()) / total
    return max(0.0, round(1 - (1 - share) * (n - 1) / (n - k), 12))


def ranks(scores: ArrayLike) -> NDArray[np.float64]:
    """Return ranks from 1 up; equal scores share the mean of theirs.

    >>> ranks([0.5, -np.inf, 0.9, 0.5])
    array([2.5, 1. , 4. , 2.5])
    """
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    share: NDArray[np.float64] = (np.cumsum(count) - (count - 1) / 2)[place]
    return share


def groups(values: Sequence[Any]) -> NDArray[np.int64]:
    """Return a group for each value, (n,) from 0: equal ones, or neighbours of many numbers.

    >>> groups([(64,), (32,), (64,)])
    array([0, 1, 0])
    >>> groups(range(100, 0, -5))  # 20 numbers make 5 groups of 4
    array([4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0])
    """
    places = {value: i for i, value in enumerate(dict.fromkeys(values))}
    if len(places) <= MOST_GROUPS or not all(isinstance(value, int | float) for value in places):
        return np.array([places[value] for value in values])
    k = min(MOST_GROUPS, max(2, len(values) // LEAST_POINTS))
    found = ((ranks(list(values)) - 0.5) * k / len(values)).astype(np.int64)
    return np.unique(found, return_inverse=True)[1]
