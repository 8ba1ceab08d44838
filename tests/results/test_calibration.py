"""Calibration: confidences against right answers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.results.calibration import are_probabilities, log_loss, reliability


def test_each_bin_has_its_mean_confidence_and_its_share_of_right_answers() -> None:
    confidences = np.array([0.30, 0.34, 0.90, 0.96, 1.00])
    found = reliability(confidences, np.array([1, 0, 1, 1, 0], bool))
    assert found.counts.tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 0, 3]
    np.testing.assert_allclose(found.confidence[[3, 9]], [0.32, 0.953333], atol=1e-6)
    np.testing.assert_allclose(found.accuracy[[3, 9]], [1 / 2, 2 / 3])
    assert np.isnan(found.accuracy[found.counts == 0]).all()
    # (2·|0.5 − 0.32| + 3·|0.666667 − 0.953333|)/5
    assert found.expected_calibration_error == pytest.approx((0.36 + 0.86) / 5)


def test_a_bound_belongs_to_the_upper_bin_and_1_to_the_last() -> None:
    found = reliability(np.array([0.0, 0.25, 0.5, 0.75, 1.0]), np.ones(5, bool), bins=4)
    assert found.counts.tolist() == [1, 1, 1, 2]


def test_a_classifier_that_is_right_as_often_as_it_believes_has_a_small_error() -> None:
    rng = np.random.default_rng(0)
    confidences = rng.uniform(0.1, 1, 200_000)
    right = rng.random(200_000) < confidences
    assert reliability(confidences, right).expected_calibration_error < 0.005
    assert reliability(confidences, np.ones_like(right)).expected_calibration_error > 0.4


@pytest.mark.parametrize(
    ("confidences", "right", "message"),
    [
        ([], [], "of 0 confidences and 0 answers"),
        ([0.5], [True, False], "of 1 confidences and 2 answers"),
        ([0.5, 1.5], [True, False], "found confidences from 0.5 to 1.5"),
        ([0.5, float("nan")], [True, False], "expected probabilities"),
    ],
)
def test_what_is_no_probability_is_refused(
    confidences: list[float], right: list[bool], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(np.array(confidences, float), np.array(right, bool))


def test_rounding_does_not_make_a_probability_something_else() -> None:
    assert are_probabilities(np.array([0, 1, 1.0000001], np.float32))
    assert not are_probabilities(np.array([-0.1, 0.5]))


def test_the_log_loss_is_that_of_the_best_temperature() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(3000, 5))
    powers = np.exp(logits)
    honest = powers / powers.sum(axis=1, keepdims=True)
    labels = (honest.cumsum(axis=1) < rng.random((3000, 1))).sum(axis=1)
    found = log_loss(honest, labels)
    plain = -np.log(honest[np.arange(3000), labels]).mean()
    assert plain - 0.001 < found <= plain  # they say what is so, so that little can be gained
    for factor in (0.3, 4.0):  # made surer or less sure, they are as good
        changed = honest**factor
        changed /= changed.sum(axis=1, keepdims=True)
        assert log_loss(changed.astype(np.float32), labels) == pytest.approx(found, rel=1e-4)
    assert log_loss(np.full((4, 5), 0.2), labels[:4]) == pytest.approx(np.log(5))


def test_a_class_that_was_ruled_out_costs_much_but_not_everything() -> None:
    certain = np.array([[1.0, 0.0]] * 99 + [[0.0, 1.0]])
    assert 0.05 < log_loss(certain, np.zeros(100, np.int64)) < 0.06  # −log of 99 % and of 1 %


def test_the_temperature_of_answers_that_are_all_right_is_the_coldest_that_is_looked_for() -> None:
    nearly_even = np.array([[0.501, 0.499]] * 10)
    coldest = np.log1p((0.499 / 0.501) ** np.exp(5))
    assert log_loss(nearly_even, np.zeros(10, np.int64)) == pytest.approx(coldest, rel=1e-3)
