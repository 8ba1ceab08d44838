"""Calibration: the accuracy of a classifier's answers against their confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 10
# Of the inverse temperature b: beyond, answers are as good as certain, or as good as none.
LOG_B = (-5.0, 5.0)


@dataclass(frozen=True)
class Reliability:
    """Answers by their confidence, in bins of equal width from 0 to 1.

    Attributes
    ----------
    counts : (bins,) int64
        The number of answers in each.
    confidence, accuracy : (bins,) float64
        Their mean confidence, and the part of them that is right; nan in an empty bin.
    """

    counts: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def expected_calibration_error(self) -> float:
        """The mean distance of accuracy and confidence, weighted by the answers in each bin.

        Examples
        --------
        Two answers with 0.9, of which one is right, and two with 0.6, both right:

        >>> found = reliability(np.array([0.9, 0.9, 0.6, 0.6]), np.array([1, 0, 1, 1], bool))
        >>> round(found.expected_calibration_error, 6)  # (2·|0.5 − 0.9| + 2·|1 − 0.6|)/4
        0.4
        """
        gaps = np.abs(self.accuracy - self.confidence)[self.counts > 0]
        return float(gaps @ self.counts[self.counts > 0] / self.counts.sum())


def reliability(
    confidences: NDArray[np.floating[Any]], right: NDArray[np.bool_], bins: int = BINS
) -> Reliability:
    """Compare the confidence of a classifier's answers with their accuracy.

    Parameters
    ----------
    confidences : (n,) float
        The probability of the predicted class. A bound between two bins belongs to the upper one,
        1 to the last.
    right : (n,) bool
        Whether that class is the true one.
    bins : int

    Raises
    ------
    ValueError
        If there are no answers, the lengths differ, or a confidence is not a probability.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks,
    International Conference on Machine Learning (2017), section 2.
    """
    if len(confidences) != len(right) or not len(right):
        raise ValueError(
            f"calibration of {len(confidences)} confidences and {len(right)} answers: "
            "expected as many, and one at least"
        )
    if not are_probabilities(confidences):
        raise ValueError(
            f"calibration: found confidences from {confidences.min()} to {confidences.max()}, "
            "expected probabilities from 0 to 1"
        )
    values = confidences.astype(np.float64)
    places = np.minimum((values * bins).astype(np.int64), bins - 1)
    counts = np.bincount(places, minlength=bins)
    sums = (np.bincount(places, weights, minlength=bins) for weights in (values, right))
    # An empty bin has no mean.
    means = (np.divide(total, counts, np.full(bins, np.nan), where=counts > 0) for total in sums)
    confidence, accuracy = means
    return Reliability(counts, confidence, accuracy)


def log_loss(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return −log p of the true class, the mean over all answers, at their best temperature.

    All answers are made more or less confident alike, p ∝ pᵇ, with the b for which the mean is
    least: a classifier that is overconfident, or that learnt from smoothed labels, is not worse for
    that. Nearly equal classifiers are told apart by less data than by counting mistakes.

    The inverse temperature b is looked for from 1/148 to 148 (e⁻⁵ to e⁵). Where the loss goes on
    falling beyond, as it does if all answers are right, it is that at 148, and not the limit, 0.

    Parameters
    ----------
    probabilities : (n, classes) float
    labels : (n,) integers
        The true class indices.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks,
    International Conference on Machine Learning (2017), section 4.

    Examples
    --------
    Three of four are right, but each was given 0.99: 0.75 would have been calibrated.

    >>> said = np.array([[0.99, 0.01], [0.01, 0.99], [0.99, 0.01], [0.01, 0.99]])
    >>> found = log_loss(said, np.array([0, 1, 0, 0]))
    >>> honest = -(3 * np.log(0.75) + np.log(0.25)) / 4
    >>> print(f"{found:.4f} {honest:.4f}")
    0.5623 0.5623
    """
    from scipy.optimize import minimize_scalar  # half a second that other stages need not wait
    from scipy.special import logsumexp

    logs = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny, dtype=np.float64))
    of_truth = logs[np.arange(len(labels)), labels]

    def mean_loss(log_b: float) -> float:
        b = np.exp(log_b)
        return float(np.mean(logsumexp(b * logs, axis=1) - b * of_truth))

    return float(minimize_scalar(mean_loss, bounds=LOG_B, method="bounded").fun)


def are_probabilities(confidences: NDArray[np.floating[Any]]) -> bool:
    """Return whether all scores lie from 0 to 1, but for rounding."""
    return bool(np.all((confidences >= 0) & (confidences <= 1 + 1e-6)))
