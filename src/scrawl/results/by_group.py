"""Accuracy by groups of images, such as their writers: intervals by a bootstrap over groups.

Images by one person resemble each other, so that their answers are right or wrong together. The
intervals of `metrics` take images as independent; these take groups as what was drawn at random,
and say how far an accuracy would move with other people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
# At 4,999 the ends of an interval move by 1 % of its width from one seed to the next.
RESAMPLES, SEED = 4999, 0
DRAWS_AT_ONCE = 1 << 22

Indices = NDArray[np.integer[Any]]
Numbers = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """Sums over the images of each group.

    Attributes
    ----------
    names : (groups,) int64
        The number of each group, rising.
    sizes : (groups,) int64
        How many images it has.
    sums : (groups,) int64 or float64
        Of its images, such as right answers.
    """

    names: NDArray[np.int64]
    sizes: NDArray[np.int64]
    sums: Numbers

    @classmethod
    def of(cls, groups: Indices, values: NDArray[Any]) -> Totals:
        """Sum values (n,) of images by their groups (n,): whole numbers, or truths.

        >>> Totals.of(np.array([7, 5, 7]), np.array([True, True, False])).sums
        array([1, 1])
        """
        names, places = np.unique(groups, return_inverse=True)
        sums = np.zeros(len(names), np.int64)
        np.add.at(sums, places, values)
        return cls(names.astype(np.int64), np.bincount(places, minlength=len(names)), sums)

    @property
    def mean(self) -> float:
        """The mean over all images."""
        return float(self.sums.sum() / self.sizes.sum())


def bootstrap_interval(
    totals: Totals, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[float, float]:
    """Return the interval of a mean over images, by a bootstrap over their groups.

    As many groups as there are, are drawn at random and with replacement, again and again. The mean
    over all images of those drawn is between the ends in the share `level` of the draws;
    more for few groups, by the quantile t of Student's distribution in place of the normal one and
    by √(G/(G − 1)), as the variance among G groups is too small by as much: the expanded
    percentile interval. The ends are order statistics, ratios of whole numbers: the same bytes on
    every machine.

    Parameters
    ----------
    totals : Totals
        Of two groups or more.
    level : float
    resamples : int
        How often groups are drawn.
    seed : int
        Of the draws. Intervals of the same groups share their draws.

    Raises
    ------
    ValueError
        With fewer than two groups.

    References
    ----------
    T. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69
    (2015) 371-386, section 3.3. A. C. Davison, D. V. Hinkley, Bootstrap Methods and their
    Application, Cambridge 1997, section 3.8: hierarchical data are resampled by their groups.

    Examples
    --------
    Of four writers one is hard to read:

    >>> low, high = bootstrap_interval(Totals(np.arange(4), np.full(4, 10), np.array([9, 9, 8, 2])))
    >>> f"{low:.3f} {high:.3f}"
    '0.200 0.900'
    """
    n = len(totals.sizes)
    if n < 2:
        raise ValueError(f"interval by group: found {n} groups, expected two or more")
    rng = np.random.default_rng(seed)
    rows = max(DRAWS_AT_ONCE // n, 1)
    means = []
    for start in range(0, resamples, rows):
        drawn = rng.integers(n, size=(min(rows, resamples - start), n))
        means.append(totals.sums[drawn].sum(axis=1) / totals.sizes[drawn].sum(axis=1))
    ordered = np.sort(np.concatenate(means))
    outside = max(math.floor(tail(n, level) * (resamples + 1)), 1)
    return float(ordered[outside - 1]), float(ordered[-outside])


def tail(groups: int, level: float) -> float:
    """Return the share of the draws beyond each end of an expanded percentile interval.

    >>> f"{tail(5, 0.95):.4f} {tail(1000, 0.95):.4f}"
    '0.0010 0.0248'
    """
    from scipy.special import ndtr, stdtrit  # here, since only datasets with groups need it

    t = float(stdtrit(groups - 1, (1 + level) / 2))
    return float(ndtr(-t * math.sqrt(groups / (groups - 1))))


def design_effect(totals: Totals) -> float | None:
    """Return how many times the variance of independent images that of an accuracy is.

    The variance is that of a ratio, G/(G − 1) · Σ (c − p·m)² / M², for c right ones of m images in
    each of G groups and p of M in all; that of independent images p(1 − p)/M. None where it is not
    known: with one group only, or if all answers are right, or all wrong.

    References
    ----------
    L. Kish, Survey Sampling, Wiley 1965, sections 5.4 and 6.3.
    """
    n, images, p = len(totals.sizes), totals.sizes.sum(), totals.mean
    if n < 2 or not 0 < p < 1:
        return None
    squares = math.fsum(np.square(totals.sums - p * totals.sizes))  # in any order the same
    return float(n / (n - 1) * squares / images / (p * (1 - p)))


def correlation(totals: Totals) -> float | None:
    """Return the correlation of answers to images of one group: ρ = (d − 1) / (m − 1).

    d is the design effect and m the mean number of images that share an image's group. None where
    it is not known.
    """
    effect = design_effect(totals)
    shared = float(np.square(totals.sizes).sum() / totals.sizes.sum())
    return None if effect is None or shared <= 1 else (effect - 1) / (shared - 1)


def scores(groups: Indices, right: NDArray[np.bool_]) -> dict[str, Any]:
    """Return what `metrics.json` says of groups (n,) of images and right answers (n,).

    Returns
    -------
    dict
        `groups`, their number; `interval`, None with one group only; `design_effect` and
        `correlation`; `resamples`.
    """
    totals = Totals.of(groups, right)
    interval = None
    if len(totals.names) > 1:
        low, high = bootstrap_interval(totals)
        interval = {"low": low, "high": high, "level": LEVEL}
    return {
        "groups": len(totals.names),
        "interval": interval,
        "design_effect": design_effect(totals),
        "correlation": correlation(totals),
        "resamples": RESAMPLES,
    }
