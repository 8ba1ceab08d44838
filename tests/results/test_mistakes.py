"""Mistakes of several seeds: their order, and the answer that stands for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scrawl.results.mistakes import Mistakes
from scrawl.results.predictions import Answers

LABELS = np.array([0, 1, 2, 0, 1])


def run(*rows: tuple[float, float, float], labels: np.ndarray = LABELS) -> Answers:
    scores = np.array(rows, np.float32)
    names = ["a", "b", "c"]
    return Answers(Path("p.h5"), labels, scores.argmax(axis=1), scores, names, "")


RIGHT = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)]


def test_mistakes_of_most_seeds_come_first_then_the_surest() -> None:
    first, second = list(RIGHT), list(RIGHT)
    first[0] = (0.1, 0.3, 0.6)  # once, not sure
    first[1] = second[1] = (0.6, 0.4, 0.0)  # twice
    second[3] = (0.0, 0.1, 0.9)  # once, surer
    found = Mistakes.of([run(*first), run(*second)])
    assert found.images.tolist() == [1, 3, 0]
    assert found.wrong.tolist() == [2, 1, 1]
    assert found.answers.tolist() == [0, 2, 2]
    np.testing.assert_allclose(found.confidences, [0.6, 0.45, 0.3], rtol=1e-6)


def test_of_two_wrong_answers_that_are_equally_common_the_surer_one_is_told() -> None:
    first, second = list(RIGHT), list(RIGHT)
    first[4], second[4] = (0.5, 0.3, 0.2), (0.0, 0.1, 0.9)
    found = Mistakes.of([run(*first), run(*second)])
    assert (found.images.tolist(), found.answers.tolist()) == ([4], [2])


def test_a_run_without_mistakes_has_none() -> None:
    assert len(Mistakes.of([run(*RIGHT)])) == 0


def test_runs_on_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="its labels are not those of the test images"):
        Mistakes.of([run(*RIGHT), run(*RIGHT, labels=LABELS[::-1].copy())])
