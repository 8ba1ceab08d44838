"""Checks of the exercises about a network: activations, dense layers, the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from scrawl.exercises.checks.slopes import Float64, slopes, wide
from scrawl.exercises.judging import Ask, agree, parts, same_number

KINDS = (np.float64, np.float32)  # answers have the type of what they are computed from


def sigmoid(ask: Ask, rng: np.random.Generator) -> None:
    """Hold values against exp(−log(1 + e⁻ᶻ)), moderate and extreme ones."""
    extreme = np.array([[0.0, 1000.0, -1000.0], [-90.0, 90.0, -5.0]])
    for dtype in KINDS:
        for z in (rng.normal(0, 3, (4, 3)), extreme):
            values = z.astype(dtype)
            hint = "compute this one by hand; for large z, which power of e is computed?"
            expected = np.exp(-np.logaddexp(0, -values.astype(np.float64)))
            agree("outputs", ask(z=values), expected, dtype, hint)


def dense_forward(ask: Ask, rng: np.random.Generator) -> None:
    """Hold outputs against sums written with einsum."""
    for dtype in KINDS:
        for batch, n_in, n_out in ((4, 3, 2), (1, 5, 3), (3, 3, 3)):
            inputs, weights, biases = (
                rng.normal(size=shape).astype(dtype)
                for shape in ((batch, n_in), (n_in, n_out), (n_out,))
            )
            expected = weighted_sums(inputs, weights) + biases.astype(np.float64)
            hint = "of which inputs is this unit a weighted sum, and what is added to it?"
            outputs = ask(inputs=inputs, weights=weights, biases=biases)
            agree("outputs", outputs, expected, dtype, hint)


def weighted_sums(inputs: Any, weights: Any) -> Float64:
    """Return Σ inputs[b, i]·weights[i, o] for every b and o, in float64."""
    sums: Float64 = np.einsum("bi,io->bo", wide(inputs), wide(weights))
    return sums


def dense_backward(ask: Ask, rng: np.random.Generator) -> None:
    """Hold gradients against central differences of Σ g·(inputs·W + b), exact as it is linear."""
    hint = "which terms of the loss contain this number? sum over them, and over nothing else"
    for dtype in KINDS:
        for batch, n_in, n_out in ((4, 3, 2), (1, 2, 3), (3, 3, 3)):
            x, w, g = (
                rng.normal(size=shape).astype(dtype)
                for shape in ((batch, n_in), (n_in, n_out), (batch, n_out))
            )
            answer = ask(inputs=x, weights=w, output_gradient=g)
            names = ("weight_gradient", "bias_gradient", "input_gradient")
            of_weights, of_biases, of_inputs = parts(answer, names, "three arrays")
            expected = _slopes(wide(x), wide(w), g)
            agree("weight_gradient", of_weights, expected[0], dtype, hint)
            agree("bias_gradient", of_biases, expected[1], dtype, hint)
            agree("input_gradient", of_inputs, expected[2], dtype, hint)


def _slopes(x: Float64, w: Float64, g: Any) -> tuple[Float64, Float64, Float64]:
    """Return the derivatives of Σ g·(x·W + b) by W, by b, and by x."""
    outputs = weighted_sums(x, w)
    return (
        slopes(lambda weights: np.vdot(g, weighted_sums(x, weights)), w, 1.0),
        slopes(lambda biases: np.vdot(g, outputs + biases), np.zeros(w.shape[1]), 1.0),
        slopes(lambda inputs: np.vdot(g, weighted_sums(inputs, w)), x, 1.0),
    )


def softmax_cross_entropy(ask: Ask, rng: np.random.Generator) -> None:
    """Hold losses against log Σ e^z − z, gradients against their central differences."""
    for dtype in KINDS:
        for batch, classes in ((4, 3), (1, 5), (3, 3)):
            logits = rng.normal(0, 2, (batch, classes)).astype(dtype)
            labels = _labels(rng, logits)
            expected = slopes(_loss_of(labels), wide(logits), 1e-4)
            _check_loss(ask, logits, labels, expected, 1e-6)
        logits = np.zeros((2, 3), dtype)
        logits[0, 0], logits[1, 2] = 1000, -1000  # the softmax is 1, 0, 0 and ½, ½, 0
        labels = np.array([[0, 1, 0], [1, 0, 0]], dtype)
        _check_loss(ask, logits, labels, np.array([[1, -1, 0], [-0.5, 0.5, 0]]) / 2, 1e-9)


def _labels(rng: np.random.Generator, logits: Any) -> Any:
    batch, classes = logits.shape
    return np.eye(classes, dtype=logits.dtype)[rng.integers(0, classes, batch)]


def _loss_of(labels: Any) -> Any:
    """Return the mean cross-entropy as a function of the logits."""

    def loss(logits: Float64) -> float:
        log_sums = np.logaddexp.reduce(logits, axis=1)
        return float(np.mean(log_sums - (labels * logits).sum(axis=1)))

    return loss


def _check_loss(ask: Ask, logits: Any, labels: Any, expected: Float64, exact: float) -> None:
    answer = ask(logits=logits, labels=labels)
    loss, gradient = parts(answer, ("loss", "gradient"), "a number and an array")
    tolerance = 1e-9 if logits.dtype == np.float64 else 1e-5
    hint = "write down the loss of one image, then of two; what is done with the two?"
    same_number("loss", loss, _loss_of(labels)(wide(logits)), tolerance, hint)
    hint = "change this logit a little: how much does your loss change?"
    agree("gradient", gradient, expected, logits.dtype, hint, exact)


def relu_backward(ask: Ask, rng: np.random.Generator) -> None:
    """Hold the gradient against the slopes on both sides of 0, and at 0 against the left one."""
    for dtype in KINDS:
        for shape in ((3, 4), (1, 6)):
            z, gradient = (rng.normal(size=shape).astype(dtype) for _ in range(2))
            z[0, 1], z[0, 3] = 0.0, -0.0
            expected = np.where(wide(z) > 0, wide(gradient), 0.0)
            hint = "what is z there, and which slope has max(z, 0) at that place?"
            agree("z_gradient", ask(z=z, output_gradient=gradient), expected, dtype, hint)
