"""Importance of settings, against numbers by hand and SciPy's Kruskal-Wallis test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kruskal, rankdata

from scrawl.results.importance import explained, groups, ranks


def test_ranks_are_those_of_scipy() -> None:
    scores = np.random.default_rng(1).integers(0, 9, 50).astype(float)
    assert ranks(scores).tolist() == rankdata(scores).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_the_share_is_that_of_kruskal_and_wallis_without_what_chance_explains(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, n, k = rng.integers(0, 3, 40).tolist(), 40, 3
    scores = rng.integers(0, 12, 40) + 2.0 * np.array(values)  # with ties
    h = kruskal(*(scores[np.array(values) == value] for value in range(k))).statistic
    expected = 1 - (1 - h / (n - 1)) * (n - 1) / (n - k)
    assert explained(values, scores) == pytest.approx(max(0.0, expected))


def test_a_setting_that_decides_everything_explains_all_of_it() -> None:
    assert explained(["a", "a", "b", "b"], [1, 1, 2, 2]) == 1


def test_settings_that_do_nothing_explain_nothing_on_average() -> None:
    rng = np.random.default_rng(2)
    found = [explained(rng.random(64).tolist(), rng.random(64)) for _ in range(200)]
    shares = [share for share in found if share is not None]
    assert len(shares) == 200
    # What is below zero counts as zero: without the correction the mean would be 7/63 = 0.11.
    assert np.mean(shares) < 0.05


def test_neither_scale_nor_outliers_matter_and_a_rise_and_fall_is_seen() -> None:
    rates = np.geomspace(0.001, 1, 60)
    scores = -((np.log10(rates) + 1.6) ** 2)  # best in the middle: no correlation would see it
    share = explained(rates.tolist(), scores)
    assert share is not None
    assert share > 0.9
    assert explained(np.log(rates).tolist(), scores) == share
    scores[-1] = -np.inf  # diverged: it was the worst before
    assert explained(rates.tolist(), scores) == share


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        (["a", "a", "a"], [1, 2, 3]),
        (["a", "b", "c"], [1, 2, 3]),
        (["a", "a", "b"], [1, 1, 1]),
    ],
)
def test_where_nothing_can_be_compared_nothing_is_said(
    values: list[str], scores: list[float]
) -> None:
    assert explained(values, scores) is None


def test_numbers_of_many_values_are_grouped_with_their_neighbours() -> None:
    values = np.random.default_rng(3).permutation(1000).tolist()
    found = groups(values)
    assert np.bincount(found).tolist() == [125] * 8
    assert [max(np.array(values)[found == i]) for i in range(8)] == list(range(124, 1000, 125))
    assert groups([(8, 8), (), (8, 8)]).tolist() == [0, 1, 0]
    assert len(set(groups([f"name {i}" for i in range(20)]))) == 20
