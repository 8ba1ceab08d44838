"""Metrics of a classifier: functions of class indices, with confidence intervals and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.integer[Any]]


def accuracy(labels: Indices, predicted: Indices) -> float:
    """Return the share of right answers.

    Parameters
    ----------
    labels, predicted : (n,) integers
        The true and the predicted class of every example.

    Raises
    ------
    ValueError
        If there are no examples, or the lengths differ.

    Examples
    --------
    >>> accuracy(np.array([7, 2, 1, 0]), np.array([7, 2, 1, 6]))
    0.75
    """
    check_same_length(labels, predicted)
    if len(labels) == 0:
        raise ValueError("accuracy of no examples: found n = 0, expected at least one example")
    return float(np.mean(labels == predicted))


def wilson_interval(correct: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's score interval of a share that was measured as `correct` of `n`.

    With p = correct / n its ends are (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Unlike
    p ± z √(p(1−p)/n) it stays inside 0 … 1 and keeps a width when every answer is right.

    Parameters
    ----------
    correct : float
        The number of right answers; a mean over several runs need not be whole.
    n : int
        The number of answers.
    z : float
        The normal quantile of the level; 1.959964 is that of 95 %.

    Returns
    -------
    low, high : float
        Exactly 0 where nothing is right, exactly 1 where everything is.

    Raises
    ------
    ValueError
        Unless 0 ≤ correct ≤ n and n > 0.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (1927) 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(9417, 10_000)
    >>> f"{low:.4f} {high:.4f}"
    '0.9369 0.9461'
    >>> wilson_interval(10, 10)[1]
    1.0
    """
    if not (n > 0 and 0 <= correct <= n):
        raise ValueError(f"interval of {correct} of {n}: expected 0 <= correct <= n and n > 0")
    # The upper end mirrors the lower one of the wrong answers, so both ends are exact.
    return wilson_low(correct, n, z), 1.0 - wilson_low(n - correct, n, z)


def wilson_low(correct: float, n: int, z: float) -> float:
    """Return the lower end of the interval: the formula above, times n above and below."""
    half_width = z * math.sqrt(correct * (n - correct) / n + z * z / 4)
    return (correct + z * z / 2 - half_width) / (n + z * z)


def confusion_matrix(labels: Indices, predicted: Indices, classes: int) -> NDArray[np.int64]:
    """Count each pair of a true and a predicted class.

    Parameters
    ----------
    labels, predicted : (n,) integers
        Class indices from 0 to classes − 1.
    classes : int
        The number of classes, whether or not each occurs.

    Returns
    -------
    (classes, classes) int64
        Rows are the true classes, columns the predicted ones; the sum is n.

    Raises
    ------
    ValueError
        If an index is not a class, or the lengths differ.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    check_same_length(labels, predicted)
    for name, indices in {"labels": labels, "predicted": predicted}.items():
        check_classes(name, indices, classes)
    # int64 first: the product overflows the uint8 that labels are stored in.
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def precision(confusion: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each class, the share of right answers among those that predict it.

    Parameters
    ----------
    confusion : (classes, classes)
        Counts of one network, or means of several. Rows are the true classes, columns the predicted
        ones.

    Returns
    -------
    (classes,) float64
        nan for a class that was never predicted.

    Examples
    --------
    >>> precision(np.array([[1, 1, 0], [0, 3, 0], [0, 0, 0]]))
    array([1.  , 0.75,  nan])
    """
    return share(np.diagonal(confusion), confusion.sum(axis=0))


def recall(confusion: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each class, the share of its examples that are predicted right: see `precision`.

    It is nan for a class that does not occur.

    >>> recall(np.array([[1, 1, 0], [0, 3, 0], [0, 0, 0]]))
    array([0.5, 1. , nan])
    """
    return share(np.diagonal(confusion), confusion.sum(axis=1))


def share(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """Return part / whole, element by element, and nan where the whole is 0."""
    result = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def commonest_class(labels: Indices) -> int:
    """Return the class that occurs most often, the lowest one of several.

    Parameters
    ----------
    labels : (n,) integers
        Class indices, at least one.

    Raises
    ------
    ValueError
        If there are no labels.

    Examples
    --------
    >>> commonest_class(np.array([3, 1, 3, 1, 0]))
    1
    """
    if len(labels) == 0:
        raise ValueError("commonest class of no labels: expected at least one training example")
    return int(np.argmax(np.bincount(labels)))


def commonest_class_accuracy(training_labels: Indices, test_labels: Indices) -> float:
    """Return the test accuracy of always answering the class commonest in training.

    The baseline that a network must beat. On MNIST it is "always 1": 1135 of 10,000 test digits.

    Parameters
    ----------
    training_labels : (n_training,) integers
        The answer is chosen among these.
    test_labels : (n,) integers
        It is scored on these.

    Examples
    --------
    >>> commonest_class_accuracy(np.array([1, 1, 0]), np.array([0, 1, 0, 0]))
    0.25
    """
    return accuracy(test_labels, np.full_like(test_labels, commonest_class(training_labels)))


def confident_mistakes(
    labels: Indices, predicted: Indices, confidences: NDArray[np.floating[Any]]
) -> NDArray[np.int64]:
    """Return the places of wrong answers, the most confident first.

    Parameters
    ----------
    labels, predicted : (n,) integers
        The true and the predicted class of every example.
    confidences : (n,) float
        The score of the predicted class.

    Returns
    -------
    (mistakes,) int64
        Places from 0 to n − 1; equally confident ones in their order.

    Examples
    --------
    >>> confident_mistakes(np.array([0, 1, 1]), np.array([1, 1, 0]), np.array([0.6, 0.9, 0.8]))
    array([2, 0])
    """
    check_same_length(labels, predicted)
    mistakes = np.flatnonzero(labels != predicted)
    return mistakes[np.argsort(-confidences[mistakes], kind="stable")]


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return Student's interval of a mean: x̄ ± t·s/√k, with the quantile t of k − 1 degrees.

    It covers other random seeds, not another test set.

    Parameters
    ----------
    values : (k,) float
        Such as the accuracy of each random seed.
    level : float
        The probability that such an interval contains the true mean, for normally distributed
        values.

    Returns
    -------
    low, high : float

    Raises
    ------
    ValueError
        With fewer than two values, which have no spread, or one that is not finite.

    References
    ----------
    Student, The probable error of a mean, Biometrika 6 (1908) 1-25.

    Examples
    --------
    The quantile for three values at 95 % is 4.303, their standard deviation 1:

    >>> low, high = mean_interval([1, 2, 3])
    >>> f"{low:.3f} {high:.3f}"
    '-0.484 4.484'
    """
    from scipy.special import stdtrit  # here, since few commands need it

    k = len(values)
    if k < 2 or not all(map(math.isfinite, values)):
        raise ValueError(
            f"interval of a mean: found {list(values)!s:.70}, expected two or more finite numbers"
        )
    reach = float(stdtrit(k - 1, (1 + level) / 2)) * stdev(values) / math.sqrt(k)
    return fmean(values) - reach, fmean(values) + reach


def mcnemar(labels: Indices, first: Indices, second: Indices) -> tuple[int, int, float]:
    """McNemar's exact test that two classifiers err equally often on the same examples.

    Examples that both have right, or both wrong, do not count. If the classifiers were equally
    good, each of the others would be a toss of a coin: p is the probability that b + c tosses are
    as uneven as b to c, or more, 2·Σ C(b + c, k)/2^(b+c) over k ≤ min(b, c), and at most 1.

    Parameters
    ----------
    labels, first, second : (n,) integers
        The true class of every example, and the answers of the two.

    Returns
    -------
    b, c : int
        The numbers of examples that only the first and only the second classifier has right.
    p : float
        Two-sided.

    References
    ----------
    Q. McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, Psychometrika 12 (1947) 153-157; here with the binomial law itself.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 0, 0, 0])
    >>> mcnemar(labels, np.array([0, 0, 1, 1, 1, 1]), np.array([0, 1, 0, 0, 0, 1]))
    (1, 3, 0.625)
    """
    check_same_length(labels, first)
    check_same_length(labels, second)
    first_right, second_right = first == labels, second == labels
    b = int(np.count_nonzero(first_right & ~second_right))
    c = int(np.count_nonzero(second_right & ~first_right))
    # Each coefficient from the one before: 10,000 tosses take milliseconds, by math.comb seconds.
    tail = coefficient = 1
    for k in range(1, min(b, c) + 1):
        coefficient = coefficient * (b + c - k + 1) // k
        tail += coefficient
    return b, c, min(1.0, 2 * tail / 2 ** (b + c))


def check_same_length(labels: Indices, predicted: Indices) -> None:
    """Refuse labels and answers of different lengths."""
    if labels.shape != predicted.shape or labels.ndim != 1:
        raise ValueError(
            f"labels of shape {labels.shape}, predicted of shape {predicted.shape}: "
            "expected (n,) class indices for the same examples"
        )


def check_classes(name: str, indices: Indices, classes: int) -> None:
    """Refuse an index that is not a class."""
    if len(indices) and not (indices.min() >= 0 and indices.max() < classes):
        raise ValueError(
            f"{name}: found class indices from {indices.min()} to {indices.max()}, "
            f"expected 0 to {classes - 1}"
        )
