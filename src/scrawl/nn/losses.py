"""Loss functions: the mean loss of a batch, and its gradient with respect to the outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scrawl.nn import Array
from scrawl.nn.layers.activations import FLOOR, softmax


class Loss(Protocol):
    """A loss function: call it for value and gradient."""

    def __call__(self, outputs: Array, labels: Array, gradient: Array) -> float:
        """Return the mean loss of a batch and write its gradient.

        Parameters
        ----------
        outputs : (batch, classes) float32
            The network's.
        labels : (batch, classes) float32, one-hot
            The true classes.
        gradient : (batch, classes) float32
            Overwritten with the derivative of the *mean* loss: already divided by the batch size.

        Returns
        -------
        float
            A Python float: a NumPy scalar would promote what it is multiplied with.
        """

    def predictions(self, outputs: Array) -> Array:
        """Return the score of each class, (n, classes) float32, as a new array."""

    def outputs(self, predictions: Array) -> Array:
        """Return outputs (n, classes) that give these predictions, such as means of several."""

    def of_constant_answer(self, frequencies: Array) -> float:
        """Return the least mean loss of the same answer for every example.

        That answer is the class frequencies (classes,), which sum to 1: what the biases of the last
        layer alone can learn.
        """


@dataclass(frozen=True)
class Quadratic:
    """Half the squared distance to the labels, averaged over the batch: Σ(a − y)²/(2·batch).

    Examples
    --------
    >>> outputs, labels = np.float32([[0.5, 0.5]]), np.float32([[1, 0]])
    >>> gradient = np.empty_like(outputs)
    >>> Quadratic()(outputs, labels, gradient)
    0.25
    >>> gradient
    array([[-0.5,  0.5]], dtype=float32)
    """

    def __call__(self, outputs: Array, labels: Array, gradient: Array) -> float:
        """Return the mean loss and write its gradient, (a − y)/batch."""
        batch = len(outputs)
        np.subtract(outputs, labels, out=gradient)
        loss = float(np.vdot(gradient, gradient)) / (2 * batch)
        gradient *= 1 / batch
        return loss

    def predictions(self, outputs: Array) -> Array:
        """Return the outputs themselves: they are trained to be the labels."""
        return outputs.copy()

    def outputs(self, predictions: Array) -> Array:
        """Return the predictions themselves."""
        return predictions

    def of_constant_answer(self, frequencies: Array) -> float:
        """Return (1 − Σ p²)/2 of the frequencies p (classes,).

        >>> Quadratic().of_constant_answer(np.full(4, 0.25))
        0.375
        """
        return (1 - float(np.vdot(frequencies, frequencies))) / 2


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax of logits: −Σ t·log softmax(z), averaged over the batch.

    The network's last layer must be linear: the softmax is part of the loss, because together
    they neither overflow nor lose digits, and their gradient is simply (softmax(z) − t)/batch.

    Parameters
    ----------
    label_smoothing : float
        ε in the targets t = (1 − ε)·labels + ε/classes, 0 ≤ ε < 1. Szegedy et al., "Rethinking
        the Inception architecture for computer vision", 2016, section 7.

    Examples
    --------
    >>> logits, labels = np.float32([[0, 0, 0, 0]]), np.float32([[0, 1, 0, 0]])
    >>> gradient = np.empty_like(logits)
    >>> round(CrossEntropy()(logits, labels, gradient), 6)  # log 4
    1.386294
    >>> gradient
    array([[ 0.25, -0.75,  0.25,  0.25]], dtype=float32)
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.label_smoothing < 1.0:
            raise ValueError(f"label_smoothing is {self.label_smoothing}; give 0 ≤ ε < 1")

    def __call__(self, outputs: Array, labels: Array, gradient: Array) -> float:
        """Return the mean loss and write its gradient, (softmax(z) − t)/batch."""
        batch, classes = outputs.shape
        kept, spread = 1 - self.label_smoothing, self.label_smoothing / classes
        shifted = np.subtract(outputs, outputs.max(axis=1, keepdims=True), out=gradient)
        agreement = kept * float(np.vdot(labels, shifted)) + spread * float(shifted.sum())
        exponentials = np.exp(np.maximum(shifted, FLOOR, out=gradient), out=gradient)
        sums = exponentials.sum(axis=1, keepdims=True)  # (batch, 1)
        loss: float = (float(np.log(sums).sum()) - agreement) / batch
        # (p − kept·labels − spread)/batch, in an order that needs no second array
        sums *= kept
        gradient /= sums
        gradient -= labels
        gradient *= kept / batch
        gradient -= spread / batch
        return loss

    def predictions(self, outputs: Array) -> Array:
        """Return the softmax of the logits: probabilities, every row summing to 1."""
        return softmax(outputs, np.empty_like(outputs))

    def outputs(self, predictions: Array) -> Array:
        """Return the logarithms of probabilities: logits whose softmax they are.

        >>> loss, p = CrossEntropy(), np.float32([[0.25, 0.75], [1, 0]])
        >>> loss.predictions(loss.outputs(p))
        array([[2.500000e-01, 7.500000e-01],
               [1.000000e+00, 4.248354e-18]], dtype=float32)
        """
        logits: Array = np.log(np.maximum(predictions, math.exp(FLOOR)))
        return logits

    def of_constant_answer(self, frequencies: Array) -> float:
        """Return the entropy −Σ t·log t of the mean targets t (classes,).

        >>> round(CrossEntropy().of_constant_answer(np.full(10, 0.1)), 4)  # log 10
        2.3026
        """
        spread = self.label_smoothing / len(frequencies)
        targets = [(1 - self.label_smoothing) * float(p) + spread for p in frequencies]
        return -sum(t * math.log(t) for t in targets if t > 0)


LOSSES = {"quadratic": Quadratic, "cross-entropy": CrossEntropy}
