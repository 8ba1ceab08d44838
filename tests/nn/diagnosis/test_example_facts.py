"""Facts about examples, counted by hand and by loops."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.diagnosis.example_facts import (
    Material,
    balanced_accuracy,
    changes,
    doubt_of,
    nearest,
    neighbour_accuracies,
    sample,
)
from scrawl.nn.examples import Examples


def examples(images: Array, labels: list[int], classes: int = 3) -> Examples:
    return Examples(images, np.eye(classes, dtype=np.float32)[labels])


def drawn(n: int, pixels: int = 5) -> Array:
    return np.random.default_rng(0).random((n, pixels), dtype=np.float32)


def test_a_sample_is_spread_from_the_first_row_to_the_last() -> None:
    images = np.arange(10, dtype=np.float32)[:, None]
    shown, classes = sample(examples(images, [0] * 5 + [2] * 5), 4)
    assert shown[:, 0].tolist() == [0, 3, 6, 9]
    assert classes.tolist() == [0, 0, 2, 2]
    assert sample(examples(images, [0] * 10), 20)[0].shape == (10, 1)


def test_the_nearest_is_that_of_the_smallest_distance() -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.random((n, 7), dtype=np.float32) + 1000 for n in (20, 30))
    by_hand = [min(range(30), key=lambda j: float(np.sum((x - b[j]) ** 2))) for x in a]
    assert nearest(a, b).tolist() == by_hand


def test_neighbours_tell_classes_that_lie_apart_and_nothing_of_random_ones() -> None:
    images = drawn(400)
    side = (images[:, 0] > 0.5).astype(int)
    apart = images + 5 * side[:, None].astype(np.float32)
    assert neighbour_accuracies(apart, side, 1 - side) == [1.0, 1.0]
    by_chance = np.random.default_rng(5).integers(0, 2, 400)
    assert abs(neighbour_accuracies(images, by_chance)[0] - 0.5) < 4 * doubt_of(by_chance)
    assert np.isnan(neighbour_accuracies(images[:1], side[:1])[0])


def test_balanced_accuracy_counts_every_class_alike_but_leaves_out_tiny_ones() -> None:
    labels = np.repeat([0, 1], [90, 10])
    assert balanced_accuracy(np.zeros(100, int), labels) == 0.5
    assert balanced_accuracy(labels, labels) == 1.0
    labels = np.repeat([0, 2], [90, 4])
    assert balanced_accuracy(np.zeros(94, int), labels) == 1.0
    assert balanced_accuracy(np.array([1, 1]), np.array([0, 1])) == 0.5
    assert np.isnan(balanced_accuracy(np.zeros(0, int), np.zeros(0, int)))


def test_the_doubt_is_the_spread_of_answers_at_random() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2], [300, 60, 30])
    drawn = [balanced_accuracy(rng.integers(0, 3, len(labels)), labels) for _ in range(4000)]
    assert doubt_of(labels) == pytest.approx(float(np.std(drawn)), rel=0.05)


def test_labels_change_as_often_as_by_chance_unless_they_are_sorted() -> None:
    labels = np.random.default_rng(3).integers(0, 4, 10_000)
    shares = np.bincount(labels) / len(labels)
    assert changes(labels, shares) == pytest.approx(1, abs=0.03)
    assert changes(np.sort(labels), shares) == pytest.approx(3 / 7500, rel=0.01)
    assert changes(np.zeros(5, int), np.array([1.0])) == 1.0


def test_blank_and_repeated_images_are_shares_of_the_sample() -> None:
    images = drawn(100)
    images[:7] = 0.5
    images[50:53] = images[60]
    found = Material.of(examples(images, [0, 1] * 50))
    assert (found.n, found.classes, found.looked_at) == (100, 2, 100)
    assert found.blank == pytest.approx(0.07)
    assert found.repeated == pytest.approx((6 + 3) / 100)
    assert found.varying
    assert found.shares.tolist() == [0.5, 0.5, 0]
    assert found.largest == pytest.approx(images.max())
    assert found.spread == pytest.approx(images.astype(np.float64).std())
    assert not Material.of(examples(np.repeat(images[:1], 9, axis=0), [0] * 9)).varying
