"""Metrics against numbers worked out by hand, and against what must hold for any answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scrawl.results import metrics

# Six examples of three classes: one 0 is taken for a 1, one 1 for a 0; 2 never occurs.
LABELS = np.array([0, 0, 0, 1, 1, 1])
PREDICTED = np.array([0, 0, 1, 1, 1, 0])
CONFUSION = np.array([[2, 1, 0], [1, 2, 0], [0, 0, 0]])

pairs_of_classes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1)


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert metrics.accuracy(LABELS, PREDICTED) == pytest.approx(4 / 6)
    assert metrics.accuracy(LABELS, LABELS) == 1.0


def test_accuracy_of_no_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        metrics.accuracy(LABELS[:0], PREDICTED[:0])


def test_labels_and_answers_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(6,\).*\(5,\)"):
        metrics.accuracy(LABELS, PREDICTED[:5])


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_has_the_published_ends(correct: int, n: int, low: float, high: float) -> None:
    assert metrics.wilson_interval(correct, n) == pytest.approx((low, high), abs=5.1e-5)


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_each_end_is_z_standard_errors_away_from_the_measured_share(n: int, p: float) -> None:
    # The definition of the interval: at its end x the measured p lies z standard errors of x off.
    for end in metrics.wilson_interval(p * n, n, z=1.5):
        assert (end - p) ** 2 == pytest.approx(1.5**2 * end * (1 - end) / n, abs=1e-12)


@given(st.integers(1, 100_000))
def test_the_interval_is_exact_where_all_or_nothing_is_right(n: int) -> None:
    assert metrics.wilson_interval(0, n)[0] == 0.0
    assert metrics.wilson_interval(n, n)[1] == 1.0


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (-1, 5), (6, 5), (math.nan, 5)])
def test_an_impossible_count_has_no_interval(correct: float, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= correct <= n"):
        metrics.wilson_interval(correct, n)


def test_rows_of_the_confusion_matrix_are_true_classes() -> None:
    np.testing.assert_array_equal(metrics.confusion_matrix(LABELS, PREDICTED, 3), CONFUSION)
    # Not symmetric: here it shows which way round the matrix lies.
    confusion = metrics.confusion_matrix(np.array([0, 0]), np.array([2, 2]), 3)
    assert confusion[0, 2] == 2
    assert confusion.sum() == 2


def test_labels_stored_as_bytes_do_not_overflow() -> None:
    labels = np.array([61], np.uint8)
    assert metrics.confusion_matrix(labels, labels, 62)[61, 61] == 1


@given(pairs_of_classes)
def test_the_confusion_matrix_counts_every_example_once(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = np.array(pairs).T
    confusion = metrics.confusion_matrix(labels, predicted, 5)
    expected = [[pairs.count((i, j)) for j in range(5)] for i in range(5)]
    assert confusion.tolist() == expected
    assert confusion.dtype == np.int64
    assert np.trace(confusion) / len(pairs) == pytest.approx(metrics.accuracy(labels, predicted))


@pytest.mark.parametrize("wrong", [np.array([-1]), np.array([3])])
def test_an_index_that_is_no_class_is_refused(wrong: NDArray[np.int64]) -> None:
    with pytest.raises(ValueError, match=r"predicted: .* expected 0 to 2"):
        metrics.confusion_matrix(np.array([0]), wrong, 3)
    with pytest.raises(ValueError, match=r"labels: .* expected 0 to 2"):
        metrics.confusion_matrix(wrong, np.array([0]), 3)


def test_precision_goes_down_columns_and_recall_along_rows() -> None:
    confusion = np.array([[8, 2], [0, 10]])
    np.testing.assert_allclose(metrics.precision(confusion), [8 / 8, 10 / 12])
    np.testing.assert_allclose(metrics.recall(confusion), [8 / 10, 10 / 10])


def test_a_class_without_examples_or_answers_has_no_recall_or_precision() -> None:
    never_predicted = np.array([[0, 4], [0, 6]])
    np.testing.assert_array_equal(metrics.precision(never_predicted), [np.nan, 0.6])
    np.testing.assert_array_equal(metrics.recall(never_predicted), [0.0, 1.0])
    np.testing.assert_array_equal(metrics.precision(never_predicted.T), [0.0, 1.0])
    np.testing.assert_array_equal(metrics.recall(never_predicted.T), [np.nan, 0.6])


def test_the_baseline_is_chosen_in_training_and_scored_on_test() -> None:
    training, test = np.array([2, 2, 2, 0, 0, 1]), np.array([0, 0, 0, 2, 1])
    assert metrics.commonest_class(training) == 2
    assert metrics.commonest_class_accuracy(training, test) == pytest.approx(1 / 5)


def test_of_two_equally_common_classes_the_lower_one_is_taken() -> None:
    assert metrics.commonest_class(np.array([5, 3, 5, 3])) == 3


def test_there_is_no_commonest_class_of_no_labels() -> None:
    with pytest.raises(ValueError, match="no labels"):
        metrics.commonest_class(LABELS[:0])


# --- comparing runs and classifiers ---------------------------------------------------------------


def right(*flags: int) -> Any:
    """Return answers to examples that are all of class 1."""
    return np.array(flags)


def test_mcnemars_p_is_the_binomial_one_of_hand_computed_tosses() -> None:
    ones = np.ones(10, int)
    # 8 discordant, 1 to 7: 2 · (1 + 8)/256
    first, second = right(1, 0, 0, 0, 0, 0, 0, 0, 1, 0), right(0, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    assert metrics.mcnemar(ones, first, second) == (1, 7, 18 / 256)
    assert metrics.mcnemar(ones, second, first) == (7, 1, 18 / 256)
    # 10 discordant, 0 to 10: 2/1024
    assert metrics.mcnemar(ones, right(*[0] * 10), ones) == (0, 10, 2 / 1024)


def test_mcnemar_of_equal_or_evenly_differing_classifiers_is_certain_of_nothing() -> None:
    ones = np.ones(4, int)
    assert metrics.mcnemar(ones, ones, ones) == (0, 0, 1.0)
    assert metrics.mcnemar(ones, right(1, 0, 1, 0), right(0, 1, 1, 0)) == (1, 1, 1.0)


def test_mcnemar_of_thousands_of_differences_neither_overflows_nor_vanishes() -> None:
    ones = np.ones(3000, int)
    first = np.repeat([1, 0], [1000, 2000])
    b, c, p = metrics.mcnemar(ones, first, 1 - first)
    assert (b, c) == (1000, 2000)
    # the normal law puts 18.26 standard deviations at 1.7e-74
    assert 1e-77 < p < 1e-73


def test_mcnemar_refuses_answers_to_other_examples() -> None:
    with pytest.raises(ValueError, match="expected \\(n,\\) class indices"):
        metrics.mcnemar(right(1, 1), right(1), right(1, 1))


def test_the_interval_of_a_mean_uses_students_tables() -> None:
    # Student's t for 4 degrees of freedom: 2.776 at 95 %, 4.604 at 99 %; s = √2.5, √5 runs
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    for level, t in {0.95: 2.776, 0.99: 4.604}.items():
        low, high = metrics.mean_interval(values, level)
        assert low == pytest.approx(3 - t * (2.5 / 5) ** 0.5, abs=1e-3)
        assert high == pytest.approx(3 + t * (2.5 / 5) ** 0.5, abs=1e-3)


def test_a_single_run_has_no_interval() -> None:
    with pytest.raises(ValueError, match=r"found \[0.9\], expected two or more"):
        metrics.mean_interval([0.9])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_mean_of_what_is_not_finite_has_no_interval(value: float) -> None:
    with pytest.raises(ValueError, match=f"0.5, {value}.*, expected two or more finite numbers"):
        metrics.mean_interval([0.5, value, 0.6])
