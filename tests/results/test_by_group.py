"""Intervals by group: oracles are the binomial law, simulated writers, and every possible draw."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scrawl.results import by_group, group_comparison
from scrawl.results.by_group import Totals, bootstrap_interval, design_effect
from scrawl.results.metrics import wilson_interval
from scrawl.results.predictions import Answers


def answers(right: NDArray[np.bool_], groups: NDArray[np.int64] | None) -> Answers:
    labels = np.zeros(len(right), np.int64)
    predicted = np.where(right, 0, 1)
    return Answers(
        Path("x.h5"),
        labels,
        predicted,
        np.zeros((len(right), 2), np.float32),
        ["a", "b"],
        "",
        groups,
    )


def beta_binomial(rng: np.random.Generator, groups: int, size: int, p: float, rho: float) -> Totals:
    """Draw writers who are read with different ease: ρ is the correlation of two images of one."""
    spread = (1 - rho) / rho
    ease = rng.beta(p * spread, (1 - p) * spread, groups)
    return Totals(np.arange(groups), np.full(groups, size), rng.binomial(size, ease))


def test_with_one_image_a_group_it_is_the_binomial_interval() -> None:
    n, right = 2000, 1900
    totals = Totals(np.arange(n), np.ones(n, np.int64), (np.arange(n) < right).astype(np.int64))
    found = bootstrap_interval(totals)
    # The bootstrap draws from the binomial law of n and 0.95; its quantiles are known.
    draws = np.random.default_rng(7).binomial(n, right / n, 400_000) / n
    np.testing.assert_allclose(found, np.quantile(draws, [0.025, 0.975]), atol=8e-4)
    np.testing.assert_allclose(found, wilson_interval(right, n), atol=1.2e-3)
    assert design_effect(totals) == pytest.approx(n / (n - 1))


def test_the_distribution_is_that_of_all_possible_draws() -> None:
    sizes, sums = np.array([3, 10, 4, 7]), np.array([1, 9, 4, 2])
    every = [list(draw) for draw in product(range(4), repeat=4)]
    means = np.sort([sums[draw].sum() / sizes[draw].sum() for draw in every])
    low, high = bootstrap_interval(Totals(np.arange(4), sizes, sums), level=0.5)
    outside = by_group.tail(4, 0.5)
    margin = 4 * np.sqrt(outside * (1 - outside) / by_group.RESAMPLES)  # of the drawn shares
    assert np.mean(means < low) - margin <= outside <= np.mean(means <= low) + margin
    assert np.mean(means > high) - margin <= outside <= np.mean(means >= high) + margin


@pytest.mark.parametrize(("groups", "size", "rho"), [(300, 30, 0.02), (60, 50, 0.1), (12, 40, 0.1)])
def test_simulated_writers_are_covered_as_often_as_promised(
    groups: int, size: int, rho: float
) -> None:
    p, trials = 0.9, 400
    rng = np.random.default_rng(groups)
    covered = independent = 0
    for _ in range(trials):
        totals = beta_binomial(rng, groups, size, p, rho)
        low, high = bootstrap_interval(totals, resamples=999, seed=int(rng.integers(1 << 30)))
        covered += low <= p <= high
        low, high = wilson_interval(totals.sums.sum(), totals.sizes.sum())
        independent += low <= p <= high
    # 95 %, up to three standard deviations of the number of trials, and a little less for the
    # skewed means of few groups.
    assert 0.905 <= covered / trials <= 0.985
    assert independent < covered - 0.05 * trials


@pytest.mark.parametrize("rho", [0.02, 0.1, 0.4])
def test_the_interval_widens_as_the_design_effect_says(rho: float) -> None:
    groups, size = 2000, 20
    totals = beta_binomial(np.random.default_rng(3), groups, size, 0.8, rho)
    low, high = bootstrap_interval(totals)
    narrow_low, narrow_high = wilson_interval(totals.sums.sum(), groups * size)
    expected = 1 + (size - 1) * rho
    assert ((high - low) / (narrow_high - narrow_low)) ** 2 == pytest.approx(expected, rel=0.15)
    assert design_effect(totals) == pytest.approx(expected, rel=0.15)
    assert by_group.correlation(totals) == pytest.approx(rho, rel=0.2)


def test_large_groups_count_by_their_images() -> None:
    totals = Totals.of(np.array([4, 4, 4, 9]), np.array([True, True, False, False]))
    assert (totals.names.tolist(), totals.sizes.tolist(), totals.mean) == ([4, 9], [3, 1], 0.5)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=2, max_size=20))
def test_an_interval_lies_between_the_worst_and_the_best_group(
    drawn: list[tuple[int, int]],
) -> None:
    sizes = np.array([size for size, _ in drawn])
    sums = np.minimum([right for _, right in drawn], sizes)
    low, high = bootstrap_interval(Totals(np.arange(len(sizes)), sizes, sums), resamples=99)
    shares = sums / sizes
    assert shares.min() - 1e-12 <= low <= high <= shares.max() + 1e-12


def test_equal_seeds_give_equal_intervals_in_pieces_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    totals = beta_binomial(np.random.default_rng(0), 50, 987, 0.9, 0.1)
    whole = bootstrap_interval(totals)
    assert bootstrap_interval(totals) == whole
    assert bootstrap_interval(totals, seed=1) != whole
    monkeypatch.setattr(by_group, "DRAWS_AT_ONCE", 50 * 7)
    assert bootstrap_interval(totals) == whole


def test_one_group_has_no_interval() -> None:
    found = by_group.scores(np.zeros(5, np.int64), np.arange(5) > 1)
    assert (found["groups"], found["interval"], found["design_effect"]) == (1, None, None)
    with pytest.raises(ValueError, match="found 1 groups, expected two or more"):
        bootstrap_interval(Totals(np.zeros(1, np.int64), np.array([5]), np.array([3])))


def test_all_right_has_an_interval_and_no_design_effect() -> None:
    found = by_group.scores(np.arange(6) // 2, np.ones(6, bool))
    assert found["interval"]["low"] == found["interval"]["high"] == 1
    assert found["design_effect"] is found["correlation"] is None


def test_a_difference_is_that_of_the_same_draws_for_both() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(100), 20)
    ease = rng.beta(8, 2, 100)[groups]  # writers differ much, experiments little
    worse = rng.random(2000) < ease
    better = worse | (rng.random(2000) < 0.1)
    found = group_comparison.difference({1: answers(better, groups)}, {1: answers(worse, groups)})
    assert found is not None
    assert found.mean == pytest.approx(better.mean() - worse.mean())
    assert 0 < found.low < found.mean < found.high
    alone = group_comparison.accuracy({1: answers(worse, groups)})
    assert alone is not None
    assert found.high - found.low < (alone.high - alone.low) / 2


def test_an_experiment_is_the_mean_of_its_seeds() -> None:
    groups = np.arange(8) // 2
    runs = {seed: answers(np.arange(8) < right, groups) for seed, right in ((1, 8), (2, 4))}
    found = group_comparison.accuracy(runs)
    assert found is not None
    assert (found.mean, found.groups) == (0.75, 4)


def test_without_groups_there_is_nothing_to_compare_by() -> None:
    runs = {1: answers(np.arange(4) > 1, None)}
    assert group_comparison.accuracy(runs) is group_comparison.difference(runs, runs) is None
