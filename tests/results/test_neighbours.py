"""Nearest neighbours by blocks, against all distances in float64."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.results.neighbours import nearest


@pytest.mark.parametrize("block", [1, 3, 40, 1000])
def test_neighbours_are_those_of_all_distances_however_the_table_is_cut(block: int) -> None:
    rng = np.random.default_rng(0)
    table, queries = (rng.random((n, 9), np.float32) for n in (200, 7))
    table[150], table[20] = queries[3], queries[3]  # planted twice: the first comes first
    blocks = [table[start : start + block] for start in range(0, len(table), block)]
    places, distances = nearest(queries, blocks, 5)
    all_of_them = np.linalg.norm(queries[:, None].astype(float) - table, axis=2)
    np.testing.assert_array_equal(places, np.argsort(all_of_them, axis=1, kind="stable")[:, :5])
    np.testing.assert_allclose(distances, np.sort(all_of_them, axis=1)[:, :5], rtol=1e-6)
    assert places[3, :2].tolist() == [20, 150]
    assert not distances[3, :2].any()


def test_images_that_differ_little_beside_their_size_are_told_apart() -> None:
    table = np.full((50, 4), 1000, np.float32)
    table[:, 0] += np.arange(50, dtype=np.float32)[::-1] / 64
    places, _ = nearest(table[-1:] - np.float32(1 / 256), [table], 3)
    assert places.tolist() == [[49, 48, 47]]


def test_no_queries_and_too_few_rows_are_no_errors() -> None:
    table = np.ones((2, 3), np.float32)
    assert nearest(table[:0], [table], 5)[0].shape[0] == 0
    assert nearest(table, [table], 5)[0].tolist() == [[0, 1], [0, 1]]
