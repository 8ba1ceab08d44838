"""The last layer by one solve: the least of the squares, and nothing else touched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array, least_squares
from scrawl.nn.architectures import dense_network
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch, compute_gradients, score
from scrawl.nn.least_squares import LeastSquares
from scrawl.nn.losses import Quadratic
from scrawl.nn.network import Network
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.run import train
from scrawl.training.workers import workers


def examples(n: int = 300, pixels: int = 6, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((n, pixels), dtype=np.float32)
    classes = (images[:, 0] * images[:, 1] > 0).astype(int) + (images[:, 2] > 1)
    return Examples(images, np.eye(3, dtype=np.float32)[classes])


def network(**changes: Any) -> Network:
    settings: dict[str, Any] = {"hidden": [20], "rng": np.random.default_rng(1), **changes}
    return dense_network(6, classes=3, **settings)


def solved(found: Network, learnt: Examples, **changes: Any) -> Epoch:
    validation = changes.pop("validation", examples(100, seed=5))
    solver = LeastSquares(found, Quadratic(), **{"weight_decay": 1e-3, **changes})
    (epoch,) = solver.fit(learnt, validation)
    return epoch


def expected_weights(features: Array, labels: Array, decay: float, bias: bool) -> Any:
    """Return what SVD makes least in float64: the penalty as rows, but not for biases."""
    n, columns = features.shape
    rows = np.hstack([features.astype(np.float64), np.ones((n, int(bias)))])
    penalty = math.sqrt(n * decay) * np.eye(columns, columns + bias)
    targets = np.vstack([labels, np.zeros((columns, labels.shape[1]))])
    return np.linalg.lstsq(np.vstack([rows, penalty]), targets, rcond=None)[0]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("block", [64, 300, 4096])
def test_the_last_layer_is_that_of_ridge_regression_in_float64(
    bias: bool, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(least_squares, "BLOCK", block)
    found, learnt = network(bias=bias), examples()
    hidden = found.named_parameters()["1-dense/weights"].copy()
    features = np.maximum(np.asarray(learnt.images, np.float64) @ hidden, 0)
    solved(found, learnt)
    expected = expected_weights(features, learnt.labels, 1e-3, bias)
    parameters = found.named_parameters()
    np.testing.assert_allclose(parameters["3-dense/weights"], expected[:20], atol=2e-4)
    if bias:
        np.testing.assert_allclose(parameters["3-dense/biases"], expected[20], atol=2e-4)
    assert np.array_equal(parameters["1-dense/weights"], hidden)


def test_nothing_is_left_for_descent_to_do() -> None:
    found, learnt = network(), examples()
    compute_gradients(found, Quadratic(), np.asarray(learnt.images), learnt.labels)
    before = float(np.abs(found.gradients).max())
    solved(found, learnt)
    compute_gradients(found, Quadratic(), np.asarray(learnt.images), learnt.labels)
    gradients = found.views(found.gradients)
    weights = found.named_parameters()["3-dense/weights"]
    left = gradients["3-dense/weights"] + 1e-3 * weights
    assert np.abs(left).max() < 1e-5 * before
    assert np.abs(gradients["3-dense/biases"]).max() < 1e-5 * before


def test_many_random_units_separate_what_no_line_does() -> None:
    learnt, kept_back = examples(2000), examples(500, seed=9)
    linear = solved(network(hidden=[]), learnt, validation=kept_back)
    random = solved(network(hidden=[300]), learnt, validation=kept_back)
    assert random.validation_accuracy > linear.validation_accuracy + 0.1


def test_the_epoch_is_measured_after_the_solve() -> None:
    found, learnt, kept_back = network(), examples(), examples(100, seed=5)
    epoch = solved(found, learnt, validation=kept_back)
    assert (epoch.epoch, epoch.steps) == (1, 1)
    assert math.isnan(epoch.learning_rate)
    assert (epoch.loss, epoch.train_accuracy) == score(found, Quadratic(), learnt)
    scores = epoch.validation_loss, epoch.validation_accuracy
    assert scores == score(found, Quadratic(), kept_back)


def test_nothing_happens_until_it_is_asked_for() -> None:
    found = network()
    before = found.parameters.copy()
    LeastSquares(found, Quadratic(), 1e-3).fit(examples(), examples())
    assert np.array_equal(found.parameters, before)


def test_augmented_images_are_seen_in_every_pass_and_count_as_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(least_squares, "BLOCK", 128)
    learnt, steps = examples(), []

    def augment(images: Array, step: int) -> Array:
        steps.append(step)
        return images + np.float32(step >= 3)  # the second pass sees them moved by one

    found, both = network(hidden=[]), network(hidden=[])
    solved(found, learnt, passes=2, augment=augment)
    assert steps == list(range(6))
    together = [np.asarray(learnt.images), np.asarray(learnt.images) + 1]
    solved(both, Examples(np.concatenate(together), np.concatenate([learnt.labels] * 2)))
    np.testing.assert_allclose(found.parameters, both.parameters, atol=1e-5)


def test_the_number_of_threads_changes_no_bit() -> None:
    learnt = examples(2000)
    ends = []
    for threads in (1, 2, 4):
        found = network(hidden=[600])
        with workers(threads) as executor:
            found.divide(4, executor)
            solved(found, learnt)
        ends.append(found.parameters.tobytes())
    assert ends[0] == ends[1] == ends[2]


def test_an_output_that_is_not_linear_is_refused() -> None:
    with pytest.raises(ValueError, match="the last layer is softmax, expected dense"):
        solved(network(output="softmax"), examples())


def test_equations_without_a_single_solution_are_refused() -> None:
    learnt = examples()
    np.asarray(learnt.images)[:, 3] = 0
    with pytest.raises(ValueError, match="no single solution with weight_decay 0; give more"):
        solved(network(hidden=[]), learnt, weight_decay=0.0)


def test_a_run_is_solved_and_not_found_unhealthy_for_it() -> None:
    from scrawl.artifacts.prepared import Dataset

    learnt = examples(2000)
    settings: dict[str, Any] = {"optimiser": "least-squares", "loss": "quadratic"}
    settings |= {"output": "linear", "weight_decay": 1e-6, "epochs": 1, "hidden": [100]}
    dataset = Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 1.0)
    run = Run.parse(settings)
    data = TrainingData(learnt, examples(100, seed=3), dataset)
    found, history, findings = train(run, data)
    ((epoch, _),) = history
    assert epoch.validation_accuracy > 0.7
    assert findings == []
    assert np.isfinite(found.parameters).all()
