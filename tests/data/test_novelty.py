"""Novelty detection: drawings unlike the training pictures are told from those like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.data import idx
from scrawl.data.novelty import LEVELS, Likeness, Novelty, roots, spread

GLYPHS = Path(__file__).parents[2] / "data/glyphs"


def glyphs(split: str, n: int) -> NDArray[np.float64]:
    return idx.read(GLYPHS / f"{split}-images.idx.gz")[:n] / 255


def test_the_distance_is_hellingers_to_the_nearest_picture() -> None:
    one, other = np.zeros((2, 2)), np.ones((2, 2))
    likeness = Likeness.of(np.stack([one, other]))
    asked = np.array(
        [[[0.0, 0.0], [0.25, 0.0]], [[1.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]]
    )
    np.testing.assert_allclose(likeness.distances(asked), [0.5, 1.0, np.sqrt(2)])


def test_the_score_adds_distance_and_uncertainty_in_standard_deviations() -> None:
    novelty = Novelty((2.0, 0.5), (0.9, 0.1), 1.0)
    scores = novelty.scores(np.array([2.0, 3.0, 2.0]), np.array([0.9, 0.9, 0.6]))
    np.testing.assert_allclose(scores, [0, 2, 3])


def test_one_in_twenty_validation_pictures_is_unusual() -> None:
    rng = np.random.default_rng(0)
    distances, certainties = rng.normal(3, 0.5, 2000), rng.uniform(0.5, 1, 2000)
    novelty = Novelty.of(distances, certainties)
    assert np.mean(novelty.scores(distances, certainties) > novelty.limit) == pytest.approx(0.05)


def test_cells_are_kept_to_a_fifteenth() -> None:
    images = np.random.default_rng(0).random((20, 28, 28))
    likeness = Likeness.of(images)
    assert likeness.pictures.shape == (20, 10, 10)
    assert np.abs(likeness.pictures / LEVELS - roots(images)).max() <= 0.5 / LEVELS + 1e-12


def test_less_than_no_ink_and_more_than_full_ink_are_taken_for_these() -> None:
    assert roots(np.array([[[-0.5, 4.0]]])).tolist() == [[[0.0, 1.0]]]


def test_digits_by_other_writers_are_usual_but_noise_and_blots_are_not() -> None:
    training = glyphs("train", 4000)
    likeness = Likeness.of(training[:2000])
    unlike = np.quantile(likeness.distances(training[2000:]), 0.99)
    assert np.mean(likeness.distances(glyphs("test", 1000)) > unlike) < 0.03
    blot = np.zeros((28, 28))
    blot[4:24, 4:24] = 1  # what becomes of a dot when it is scaled
    noise = np.random.default_rng(0).random((50, 28, 28))
    assert (likeness.distances(np.concatenate([[blot], noise])) > unlike).all()


def test_places_are_spread_from_the_first_to_the_last() -> None:
    assert spread(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert spread(0, 9).tolist() == []
    assert np.ptp(np.diff(spread(54_000, 2000))) == 0
