"""Experiments side by side: what differs, and McNemar's test counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scrawl.results.comparison import Neighbours, differing, neighbours
from scrawl.results.predictions import Answers


def answers(*right: int) -> Answers:
    """Return answers to six images of class 0; `right` ones are."""
    predicted = np.ones(6, np.int64)
    predicted[list(right)] = 0
    scores = np.eye(2, dtype=np.float32)[predicted]
    return Answers(Path(), np.zeros(6, np.int64), predicted, scores, ["a", "b"], "")


def test_neighbours_are_compared_in_the_order_of_their_accuracies() -> None:
    found = neighbours(
        {"worst": 0.1, "best": 0.9, "middle": 0.5},
        {"worst": answers(5), "best": answers(0, 1, 2, 3, 4), "middle": answers(0, 1, 5)},
    )
    # best against middle: 2, 3, 4 against 5, so p = 2·(1 + 4)/2⁴; middle against worst: 0, 1.
    assert found == [
        Neighbours("best", "middle", 3, 1, 0.625),
        Neighbours("middle", "worst", 2, 0, 0.5),
    ]


def test_one_experiment_has_no_neighbours() -> None:
    assert neighbours({"only": 0.5}, {"only": answers(0)}) == []


def test_a_setting_that_an_experiment_does_not_know_differs() -> None:
    assert differing({"a": {"x": 1, "y": [2]}, "b": {"x": 1, "y": [2], "z": 0}}) == (
        ["z"],
        ["x", "y"],
    )
