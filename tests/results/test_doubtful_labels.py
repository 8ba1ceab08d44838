"""Doubtful labels: the closed form against fits that leave one image out, and planted errors."""

from __future__ import annotations

import numpy as np

from scrawl.results.doubtful_labels import Fit, doubtful, usual_scores


def blobs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 16) of three classes, well apart, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    centres = rng.random((3, 16), np.float32)
    return centres[labels] + 0.1 * rng.standard_normal((n, 16), np.float32), labels


def left_out(images: np.ndarray, labels: np.ndarray, features: int) -> np.ndarray:
    return Fit(images, labels, 3, np.random.default_rng(1), features).leave_one_out()


def test_leaving_an_image_out_is_fitting_the_others_and_scoring_it() -> None:
    images, labels = blobs(60)
    fit = Fit(images, labels, 3, np.random.default_rng(1), 20)
    hidden = np.concatenate([rows for _, rows in fit.features.of(images)]).astype(float)
    penalty = np.linalg.inv(fit.inverse) - hidden.T @ hidden
    scores = fit.leave_one_out()
    for image in (0, 31):
        others = np.arange(60) != image
        gram = hidden[others].T @ hidden[others] + penalty
        solved = np.linalg.solve(gram, hidden[others].T @ np.eye(3)[labels[others]])
        np.testing.assert_allclose(scores[image], hidden[image] @ solved, atol=1e-3)
    np.testing.assert_allclose(fit.scores(images), hidden @ fit.solved, atol=1e-5)


def test_an_images_own_label_does_not_move_its_score() -> None:
    images, labels = blobs(60)
    scores = left_out(images, labels, 20)
    other = labels.copy()
    other[[5]] = (labels[5] + 1) % 3
    changed = left_out(images, other, 20)
    np.testing.assert_allclose(changed[5], scores[5], atol=1e-4)
    assert np.abs(changed - scores).max() > 1e-3  # that of others does


def test_planted_wrong_labels_are_found_and_few_others() -> None:
    images, labels = blobs(900)
    places = np.random.default_rng(2).choice(900, 20, replace=False)
    wrong = labels.copy()
    wrong[places] = (labels[places] + 1) % 3
    scores = left_out(images, wrong, 50)
    found = doubtful(scores, wrong, usual_scores(scores, wrong))
    assert set(found.images) <= set(places)
    assert len(found.images) >= 16
    np.testing.assert_array_equal(found.suggested, labels[found.images])
    assert (np.diff(found.margins) <= 0).all()


def test_right_labels_are_not_doubted() -> None:
    images, labels = blobs(300)
    scores = left_out(images, labels, 50)
    assert len(doubtful(scores, labels, usual_scores(scores, labels)).images) == 0
