"""Virtual adversarial training: gradients against differences, the change that harms most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn.test_trainer import moons, small, train
from scrawl.nn import Array
from scrawl.nn.architectures import Architecture, dense_network
from scrawl.nn.fitting import compute_gradients, learn
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.optimisers import OPTIMISERS
from scrawl.nn.virtual_adversary import harmful_changes

RADIUS = 0.7


def examples(n: int, n_in: int, dtype: type = np.float64) -> tuple[Array, Array]:
    rng = np.random.default_rng(3)
    return rng.random((n, n_in)).astype(dtype), np.eye(3, dtype=dtype)[rng.integers(0, 3, n)]


def log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def of_cross_entropy(logits: Array, targets: Array) -> float:
    return float(-(targets * log_softmax(logits)).sum(axis=1).mean())


def of_squares(outputs: Array, targets: Array) -> float:
    return float(((outputs - targets) ** 2).sum(axis=1).mean() / 2)


@pytest.mark.parametrize(
    ("loss", "formula", "settings"),
    [
        (CrossEntropy(), of_cross_entropy, {"hidden": [6], "activation": "tanh"}),
        (Quadratic(), of_squares, {"hidden": [6, 5], "activation": "sigmoid", "output": "sigmoid"}),
        (
            CrossEntropy(),
            of_cross_entropy,
            {"hidden": [4], "filters": [[2]], "kernel": 3, "activation": "gelu"},
        ),
    ],
    ids=["dense", "quadratic", "convolutional"],
)
def test_gradients_are_those_of_the_sum_of_both_losses_with_answers_and_changes_held_fixed(
    loss: Loss, formula: Any, settings: dict[str, Any]
) -> None:
    network = Architecture(**settings).build((6, 6), 3, np.random.default_rng(0), np.float64)
    images, labels = examples(40, 36)  # two shards of 20 with filters, one batch without
    shards = [slice(0, 20), slice(20, 40)] if "filters" in settings else [slice(0, 40)]
    answers = loss.predictions(network.predict(images))
    network.reserve(40)
    changes = np.concatenate(
        [harmful_changes(network, loss, images[s], answers[s], RADIUS).copy() for s in shards]
    )
    compute_gradients(network, loss, images, labels, RADIUS)
    found = network.gradients.copy()

    def both() -> float:
        harmed = formula(network.predict(images + changes), answers)
        return float(formula(network.predict(images), labels) + harmed)

    rng = np.random.default_rng(1)
    for i in rng.choice(len(found), 60, replace=False):
        kept, step = network.parameters[i], 1e-6
        network.parameters[i] = kept + step
        above = both()
        network.parameters[i] = kept - step
        below = both()
        network.parameters[i] = kept
        assert found[i] == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-8)


def test_the_change_is_along_the_weights_where_one_score_decides() -> None:
    # Of two classes and no hidden layer the answer depends on one direction only, the difference of
    # the classes' weights; every other change leaves it as it is.
    network = dense_network(20, [], 2, rng=np.random.default_rng(0), dtype=np.float64)
    images, _ = examples(30, 20)
    answers = CrossEntropy().predictions(network.predict(images))
    changes = harmful_changes(network, CrossEntropy(), images, answers, RADIUS)
    weights = network.named_parameters()["1-dense/weights"]
    direction = weights[:, 1] - weights[:, 0]
    cosines = changes @ direction / (RADIUS * np.linalg.norm(direction))
    np.testing.assert_allclose(np.abs(cosines), 1, rtol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(changes, axis=1), RADIUS, rtol=1e-12)


def divergence(network: Network, images: Array, changes: Array) -> float:
    logs, others = (log_softmax(network.predict(x)) for x in (images, images + changes))
    return float((np.exp(logs) * (logs - others)).sum(axis=1).mean())


def test_the_change_moves_answers_further_than_random_ones_of_its_length() -> None:
    network = dense_network(50, [30], 3, rng=np.random.default_rng(0), dtype=np.float64)
    images, _ = examples(64, 50)
    answers = CrossEntropy().predictions(network.predict(images))
    changes = harmful_changes(network, CrossEntropy(), images, answers, RADIUS)
    rng = np.random.default_rng(4)
    drawn = rng.standard_normal((20, *images.shape))
    drawn *= RADIUS / np.linalg.norm(drawn, axis=2, keepdims=True)
    harmed = divergence(network, images, changes)
    assert harmed > 3 * max(divergence(network, images, some) for some in drawn)


@pytest.mark.parametrize("n", [1, 2])
def test_images_without_another_one_are_learnt_from_as_they_are(n: int) -> None:
    images, labels = examples(1, 6, np.float32)
    images, labels = images.repeat(n, axis=0), labels.repeat(n, axis=0)
    gradients = []
    for radius in (0.0, RADIUS):
        network = dense_network(6, [4], 3, rng=np.random.default_rng(0))
        compute_gradients(network, CrossEntropy(), images, labels, radius)
        gradients.append(network.gradients.copy())
    # the answers differ from themselves by nothing but rounding
    np.testing.assert_allclose(gradients[1], gradients[0], atol=1e-7)
    assert np.isfinite(gradients[1]).all()


def test_a_radius_makes_answers_hold_further_around_the_examples() -> None:
    shown = moons(300)
    images, held = np.asarray(shown.images), {}
    for radius in (0.0, 0.3):
        network = small()
        train(network, shown, epochs=30, adversarial_radius=radius)
        right = network.predict(images).argmax(axis=1) == shown.labels.argmax(axis=1)
        assert right.mean() > 0.97
        answers = CrossEntropy().predictions(network.predict(images))
        changes = harmful_changes(network, CrossEntropy(), images, answers, 0.3)
        held[radius] = divergence(network, images, changes)
    assert held[0.3] < 0.75 * held[0.0]


def test_the_loss_of_a_step_is_that_of_the_labels() -> None:
    images, labels = examples(30, 6, np.float32)
    found = []
    for radius in (0.0, RADIUS):
        network = dense_network(6, [4], 3, rng=np.random.default_rng(0))
        optimiser = OPTIMISERS["momentum"](network.parameters.size, network.n_weights)
        found.append(learn(network, CrossEntropy(), optimiser, images, labels, 0.1, radius))
    assert found[0] == found[1]
