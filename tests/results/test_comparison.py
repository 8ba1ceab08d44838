"""Experiments side by side: what differs, and McNemar's test counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scrawl.results.comparison import Paired, differing, paired
from scrawl.results.predictions import Answers


def answers(*right: int) -> Answers:
    """Return answers to six images of class 0; `right` ones are."""
    predicted = np.ones(6, np.int64)
    predicted[list(right)] = 0
    scores = np.eye(2, dtype=np.float32)[predicted]
    return Answers(Path(), np.zeros(6, np.int64), predicted, scores, ["a", "b"], "")


def test_one_pair_of_runs_has_mcnemars_exact_p() -> None:
    # Images 2, 3, 4 against 5, so p = 2·(1 + 4)/2⁴.
    found = paired({1: answers(0, 1, 2, 3, 4)}, {1: answers(0, 1, 5)})
    assert found == Paired(1, 3, 1, 0.625)


def test_runs_of_the_same_seed_are_compared_and_p_is_twice_the_median() -> None:
    first = {1: answers(0, 1, 2, 3, 4), 2: answers(0, 1, 2, 3, 4), 3: answers(0, 1, 2, 3, 4, 5)}
    second = {3: answers(), 1: answers(), 2: answers(0, 1, 5), 4: answers(0)}
    # By seed: 5 to 0, p = 2/2⁵; 3 to 1, p = 5/8; 6 to 0, p = 2/2⁶.
    assert paired(first, second) == Paired(3, 14 / 3, 1 / 3, 2 * 2 / 2**5)


def test_a_combined_p_is_at_most_1_and_seeds_without_a_partner_are_paired_in_their_order() -> None:
    first, second = {1: answers(0), 2: answers(0)}, {3: answers(1), 4: answers(1), 5: answers()}
    assert paired(first, second) == Paired(2, 1, 1, 1)


def test_a_setting_that_an_experiment_does_not_know_differs() -> None:
    assert differing({"a": {"x": 1, "y": [2]}, "b": {"x": 1, "y": [2], "z": 0}}) == (
        ["z"],
        ["x", "y"],
    )
