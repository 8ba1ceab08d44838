"""Images behind a cell of a confusion matrix, and their order."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scrawl.pages.report.images import TOP_MISTAKES, ImageAnswers, image_answers
from scrawl.results.predictions import Answers

NAMES = ["a", "b", "c"]


def answers(predicted: list[int], confidences: list[float], labels: list[int]) -> Answers:
    scores = (
        np.array(confidences, np.float32)[:, None] * np.eye(len(NAMES), dtype=np.float32)[predicted]
    )
    return Answers(Path(), np.array(labels), np.array(predicted), scores, NAMES, "")


def rows(found: ImageAnswers) -> list[tuple[int, int, int, int, float]]:
    columns = (found.image, found.label, found.answer, found.seeds, found.confidence.round(6))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_mistakes_come_first_those_of_most_seeds_and_most_confidence_before_others() -> None:
    labels = [0, 1, 2, 2]
    found = image_answers(
        [
            answers([0, 2, 0, 2], [0.75, 0.5, 0.875, 0.5], labels),
            answers([0, 2, 2, 2], [0.25, 0.75, 0.5, 0.75], labels),
        ]
    )
    assert rows(found) == [
        (1, 1, 2, 2, 0.625),  # by two seeds: 1.25
        (2, 2, 0, 1, 0.875),  # by one
        (0, 0, 0, 2, 0.5),  # right answers, the least sure first
        (2, 2, 2, 1, 0.5),
        (3, 2, 2, 2, 0.625),
    ]
    assert rows(found.top_mistakes) == rows(found)[:2]


def test_of_each_cell_the_first_are_kept_in_the_order_of_all() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 500).tolist()
    given = rng.integers(0, 3, 500).tolist()
    found = image_answers([answers(given, rng.random(500).tolist(), labels)])
    kept = rows(found.first_of_each_cell(4))
    # The same, the slow way.
    expected, seen = [], dict[tuple[int, int], int]()
    for row in rows(found):
        seen[row[1:3]] = seen.get(row[1:3], 0) + 1
        if seen[row[1:3]] <= 4:
            expected.append(row)
    assert kept == expected
    assert len(kept) == 9 * 4
    assert len(found.first_of_each_cell(0)) == 0
    assert len(found.top_mistakes) == TOP_MISTAKES


def test_a_perfect_network_has_no_mistakes() -> None:
    found = image_answers([answers([0, 1], [0.9, 0.8], [0, 1])])
    assert len(found.top_mistakes) == 0
    assert found.image.tolist() == [1, 0]
