"""Risk against coverage, against a loop over thresholds and over orders of equally sure answers."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from scrawl.results.abstention import risk


def test_risk_is_that_of_a_loop_over_the_surest_answers() -> None:
    rng = np.random.default_rng(0)
    sureness, right = rng.random(200), rng.random(200) < 0.8
    order = sorted(range(200), key=lambda i: -sureness[i])
    expected = []
    for k in range(1, 201):
        wrong = sum(not right[i] for i in order[:k])
        expected.append(wrong / k)
    np.testing.assert_allclose(risk(sureness, right, np.arange(1, 201) / 200), expected)


def test_equally_sure_answers_count_as_the_mean_over_their_orders() -> None:
    sureness, right = np.array([3, 2, 2, 2, 1]), np.array([True, False, True, False, True])
    for k in range(1, 6):
        risks = []
        for tied in permutations([1, 2, 3]):
            taken = [0, *tied, 4][:k]
            risks.append(np.mean(~right[taken]))
        found = risk(sureness.astype(float), right, np.array([k / 5]))[0]
        assert found == pytest.approx(np.mean(risks))


def test_whoever_answers_everything_has_the_error_of_all_answers() -> None:
    rng = np.random.default_rng(1)
    right = rng.random(57) < 0.6
    assert risk(rng.random(57), right, np.array([1.0]))[0] == pytest.approx(1 - right.mean())
