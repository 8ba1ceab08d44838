"""Losses: values from formulas in float64, gradients from differences, logits without bounds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from scrawl.nn import Array
from scrawl.nn.losses import LOSSES, CrossEntropy, Loss, Quadratic

Floats = npt.NDArray[np.float64]
ALL = [Quadratic(), CrossEntropy(), CrossEntropy(label_smoothing=0.1)]


def one_hot(classes: list[int], count: int = 10) -> Array:
    return np.eye(count, dtype=np.float32)[classes]


def examples(seed: int = 0, batch: int = 7) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    outputs = 3 * rng.standard_normal((batch, 10), dtype=np.float32)
    return outputs, one_hot(list(rng.integers(0, 10, batch)))


def value_and_gradient(loss: Loss, outputs: Array, labels: Array) -> tuple[float, Array]:
    gradient = np.empty_like(outputs)
    return loss(outputs, labels, gradient), gradient


def textbook(loss: Loss, outputs: Floats, labels: Floats) -> float:
    if isinstance(loss, CrossEntropy):
        targets = (1 - loss.label_smoothing) * labels + loss.label_smoothing / labels.shape[1]
        probabilities = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        return float(-(targets * np.log(probabilities)).sum() / len(outputs))
    return float(((outputs - labels) ** 2).sum() / (2 * len(outputs)))


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_value_is_that_of_the_formula_in_float64(loss: Loss) -> None:
    outputs, labels = examples()
    value, _ = value_and_gradient(loss, outputs, labels)
    expected = textbook(loss, outputs.astype(np.float64), labels.astype(np.float64))
    assert value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_gradient_is_that_of_central_differences_of_the_formula(loss: Loss) -> None:
    outputs, labels = examples()
    _, gradient = value_and_gradient(loss, outputs, labels)
    exact, wide = outputs.astype(np.float64), labels.astype(np.float64)
    for index in np.ndindex(*outputs.shape):
        nudge = np.zeros_like(exact)
        nudge[index] = 1e-5
        rise = textbook(loss, exact + nudge, wide) - textbook(loss, exact - nudge, wide)
        assert gradient[index] == pytest.approx(rise / 2e-5, abs=2e-7)


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_loss_is_a_python_float_and_its_gradient_float32(loss: Loss) -> None:
    value, gradient = value_and_gradient(loss, *examples())
    assert type(value) is float
    assert gradient.dtype == np.float32


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_a_batch_given_twice_has_the_same_mean_loss_and_half_the_gradient(loss: Loss) -> None:
    outputs, labels = examples()
    value, gradient = value_and_gradient(loss, outputs, labels)
    twice, halved = value_and_gradient(loss, np.tile(outputs, (2, 1)), np.tile(labels, (2, 1)))
    assert twice == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(2 * halved[7:], gradient, atol=1e-7)


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_no_constant_answer_has_a_lower_loss_than_the_one_of_the_frequencies(loss: Loss) -> None:
    labels = np.eye(4)[[0] * 5 + [1] * 3 + [3] * 2]  # class 2 does not occur
    best = labels.mean(axis=0)
    least = loss.of_constant_answer(best.astype(np.float32))
    assert isinstance(least, float)
    if isinstance(loss, CrossEntropy):
        targets = (1 - loss.label_smoothing) * best + loss.label_smoothing / 4
        best = np.log(np.maximum(targets, 1e-30))
    assert textbook(loss, np.tile(best, (10, 1)), labels) == pytest.approx(least, abs=1e-6)
    for other in np.random.default_rng(0).normal(0, 0.1, (20, 4)):
        assert textbook(loss, np.tile(best + other, (10, 1)), labels) > least


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_outputs_and_labels_are_left_as_they_were(loss: Loss) -> None:
    outputs, labels = examples()
    value_and_gradient(loss, outputs, labels)
    assert np.array_equal(outputs, examples()[0])
    assert np.array_equal(labels, examples()[1])


def test_cross_entropy_of_equal_logits_is_log_of_the_number_of_classes() -> None:
    value, _ = value_and_gradient(CrossEntropy(), np.zeros((3, 10), np.float32), one_hot([1, 2, 3]))
    assert value == pytest.approx(math.log(10), rel=1e-6)


def test_cross_entropy_of_huge_logits_is_exact_and_silent() -> None:
    logits = np.array([[0, 1e6], [0, 1e6]], np.float32)
    value, gradient = value_and_gradient(CrossEntropy(), logits, one_hot([1, 0], 2))
    assert value == pytest.approx(1e6 / 2)  # nothing for the first, 1e6 for the second
    np.testing.assert_allclose(gradient, [[0.0, 0.0], [-0.5, 0.5]], atol=1e-7)


def test_no_gradient_of_the_cross_entropy_is_a_subnormal_number() -> None:
    logits = np.linspace(-120, 0, 10, dtype=np.float32)[None, :]
    _, gradient = value_and_gradient(CrossEntropy(), logits, one_hot([9]))
    sizes = np.abs(gradient)
    assert np.all((sizes == 0) | (sizes > np.finfo(np.float32).tiny))
    assert np.all(sizes[0, :5] > 1e-19)


def test_label_smoothing_is_least_at_its_own_targets() -> None:
    targets = np.array([[0.85, 0.05, 0.05, 0.05]], np.float32)
    _, gradient = value_and_gradient(CrossEntropy(0.2), np.log(targets), one_hot([0], 4))
    np.testing.assert_allclose(gradient, 0, atol=1e-7)


def test_predictions_of_cross_entropy_are_probabilities_in_the_order_of_the_logits() -> None:
    logits, _ = examples()
    probabilities = CrossEntropy().predictions(logits)
    exact = np.exp(logits.astype(np.float64))
    np.testing.assert_allclose(probabilities, exact / exact.sum(axis=1, keepdims=True), rtol=2e-6)


def test_predictions_of_the_quadratic_loss_are_a_copy_of_the_outputs() -> None:
    outputs, _ = examples()
    predictions = Quadratic().predictions(outputs)
    assert np.array_equal(predictions, outputs)
    assert not np.shares_memory(predictions, outputs)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_label_smoothing_out_of_range_is_refused(smoothing: float) -> None:
    with pytest.raises(ValueError, match="label_smoothing"):
        CrossEntropy(smoothing)


def test_losses_are_known_by_name() -> None:
    assert {name: type(make()).__name__ for name, make in LOSSES.items()} == {
        "quadratic": "Quadratic",
        "cross-entropy": "CrossEntropy",
    }


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_predictions_can_be_turned_into_outputs_of_the_same_value(loss: Loss) -> None:
    outputs, labels = examples()
    again = loss.outputs(loss.predictions(outputs))
    np.testing.assert_allclose(loss.predictions(again), loss.predictions(outputs), rtol=1e-5)
    value, _ = value_and_gradient(loss, outputs, labels)
    assert value_and_gradient(loss, again, labels)[0] == pytest.approx(value, rel=1e-5)
