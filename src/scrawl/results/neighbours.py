"""Nearest neighbours: exact, by Euclidean distance, of a few images among any number of others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scrawl.nn import Array

SPARE = 8  # candidates beyond those asked for: float32 may put near ties in the wrong order


def nearest(
    queries: Array, blocks: Iterable[Array], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Find the nearest rows of a table that is given a block at a time.

    Candidates come from ‖q‖² − 2q·x + ‖x‖² in float32, one matrix product a block; their order is
    that of distances in float64, and of equally distant rows the first comes first. Memory: a few
    times that of a block.

    Parameters
    ----------
    queries : (m, columns) float32
    blocks : iterable of (rows, columns) float32
    k : int
        Neighbours of each query; fewer if there are fewer rows.

    Returns
    -------
    places : (m, k) int64
        In the table, the nearest first.
    distances : (m, k) float32

    Examples
    --------
    >>> table = np.float32([[0, 0], [3, 4], [1, 0]])
    >>> places, distances = nearest(np.float32([[0, 0]]), [table[:2], table[2:]], 2)
    >>> places.tolist(), distances.tolist()
    ([[0, 2]], [[0.0, 1.0]])
    """
    places = np.empty((len(queries), 0), np.int64)
    squares = np.empty((len(queries), 0))
    start = 0
    for block in blocks:
        near = candidates(queries, block, k + SPARE)
        differences = block[near].astype(np.float64) - queries[:, None]
        exact = np.square(differences).sum(axis=2)
        places = np.concatenate([places, near + start], axis=1)
        squares = np.concatenate([squares, exact], axis=1)
        order = np.lexsort((places, squares), axis=1)[:, :k]
        places = np.take_along_axis(places, order, axis=1)
        squares = np.take_along_axis(squares, order, axis=1)
        start += len(block)
    return places, np.sqrt(squares).astype(np.float32)


def candidates(queries: Array, block: Array, k: int) -> NDArray[np.int64]:
    """Return the rows of a block that float32 finds nearest to each query, (m, ≤ k), unordered."""
    if k >= len(block):
        return np.tile(np.arange(len(block)), (len(queries), 1))
    # Far from the origin, squares would swallow the differences.
    centre = queries.mean(axis=0) if len(queries) else np.float32(0)
    queries, block = queries - centre, block - centre
    scores = np.einsum("ij,ij->i", block, block) - 2 * (queries @ block.T)
    return np.argpartition(scores, k, axis=1)[:, :k].astype(np.int64)
