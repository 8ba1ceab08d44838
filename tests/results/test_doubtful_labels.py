"""Doubtful labels: the closed form against fits that leave one image out, and planted errors."""

from __future__ import annotations

import numpy as np

from scrawl.results.doubtful_labels import doubtful, leave_one_out


def blobs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 16) of three classes, well apart, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    centres = rng.random((3, 16), np.float32)
    return centres[labels] + 0.1 * rng.standard_normal((n, 16), np.float32), labels


def test_an_images_own_label_does_not_move_its_score() -> None:
    images, labels = blobs(60)
    scores = leave_one_out(images, labels, 3, np.random.default_rng(1), 20)
    other = labels.copy()
    other[[5]] = (labels[5] + 1) % 3
    changed = leave_one_out(images, other, 3, np.random.default_rng(1), 20)
    np.testing.assert_allclose(changed[5], scores[5], atol=1e-4)
    assert np.abs(changed - scores).max() > 1e-3  # that of others does


def test_planted_wrong_labels_are_found_and_few_others() -> None:
    images, labels = blobs(900)
    places = np.random.default_rng(2).choice(900, 20, replace=False)
    wrong = labels.copy()
    wrong[places] = (labels[places] + 1) % 3
    found = doubtful(leave_one_out(images, wrong, 3, np.random.default_rng(1), 50), wrong)
    assert set(found.images) <= set(places)
    assert len(found.images) >= 16
    np.testing.assert_array_equal(found.suggested, labels[found.images])
    assert (np.diff(found.margins) <= 0).all()


def test_right_labels_are_not_doubted() -> None:
    images, labels = blobs(300)
    scores = leave_one_out(images, labels, 3, np.random.default_rng(1), 50)
    assert len(doubtful(scores, labels).images) == 0
