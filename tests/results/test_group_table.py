"""The table of groups: counted by hand, and by the binomial law."""

from __future__ import annotations

from math import comb
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.results.group_table import COLUMNS, GroupTable, at_most, limits
from scrawl.results.predictions import Answers

GROUPS = np.array([7, 7, 7, 7, 5, 5])


def answers(predicted: list[int], groups: NDArray[np.int64] | None = GROUPS) -> Answers:
    labels = np.array([0, 0, 1, 1, 0, 1])
    probabilities = np.zeros((6, 3), np.float32)
    return Answers(
        Path("x.h5"), labels, np.array(predicted), probabilities, ["a", "b", "c"], "", groups
    )


def test_groups_have_the_mean_accuracy_of_the_runs_and_their_commonest_mistake() -> None:
    table = GroupTable.of([answers([0, 2, 1, 1, 0, 1]), answers([1, 2, 0, 1, 0, 1])])
    assert table.mean == pytest.approx(8 / 12)
    rows = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in table.rows()}
    assert (rows[7]["images"], rows[7]["accuracy"], rows[7]["mistake"]) == (4, 0.5, "a → c")
    assert (rows[5]["images"], rows[5]["accuracy"], rows[5]["mistake"]) == (2, 1, "")
    assert list(rows) == [7, 5]  # the hardest first


def test_chance_is_the_binomial_probability_of_so_few_or_fewer() -> None:
    exact = sum(comb(20, k) * 0.9**k * 0.1 ** (20 - k) for k in range(15))
    more = exact + comb(20, 15) * 0.9**15 * 0.1**5
    found = at_most(np.array([14.0, 15.0, 14.5, 20.0]), np.full(4, 20), 0.9)
    np.testing.assert_allclose(found, [exact, more, (exact + more) / 2, 1], rtol=1e-10)


def test_a_group_at_the_limit_is_below_it_by_chance_as_often_as_it_says() -> None:
    sizes = np.array([10.0, 50.0, 200.0])
    low = limits(sizes, 0.9, 0.025)
    rng = np.random.default_rng(0)
    for size, limit in zip(sizes, low, strict=True):
        shares = rng.binomial(int(size), 0.9, 100_000) / size
        assert np.mean(shares < limit - 1e-9) <= 0.027
        assert np.mean(shares < limit + 1 / size + 1e-9) >= 0.023


def test_images_without_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="knows no groups of its images; name them in the dataset"):
        GroupTable.of([answers([0] * 6, groups=None)])
