"""Evidence for the findings, measured once at the end of training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.diagnosis.example_facts import (
    FEW,
    Material,
    balanced_accuracy,
    neighbour_accuracies,
    sample,
)
from scrawl.nn.diagnosis.health import Health, Look, look
from scrawl.nn.diagnosis.initial_state import Start
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch
from scrawl.nn.layers.activations import Sigmoid, Softmax, Tanh
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network

# Images that lengthened paths are tried with, and by how much those are lengthened.
TRIED = 100
# Classes that a sentence names.
SHOWN = 5
FACTORS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Recipe(Protocol):
    """The settings of a run that may be the cause of what is found."""

    @property
    def learning_rate(self) -> float:
        """The peak rate."""

    @property
    def batch_size(self) -> int:
        """Examples of an update."""

    @property
    def epochs(self) -> int:
        """Passes over the training examples."""

    @property
    def weight_decay(self) -> float:
        """The strength of the pull towards zero."""

    @property
    def dropout(self) -> float:
        """The probability with which a hidden unit is dropped."""

    @property
    def shuffle(self) -> bool:
        """Whether each epoch has an order of its own."""

    @property
    def activation(self) -> str:
        """Of the hidden layers."""

    @property
    def clip_norm(self) -> float | None:
        """The greatest length that gradients may have, if there is one."""

    @property
    def normalisation(self) -> str:
        """Of the inputs."""


@dataclass(frozen=True)
class Trained:
    """A trained network with samples of images.

    Attributes
    ----------
    network : Network
    loss : Loss
    images, targets : (n, pixels) float32, (n, classes) float32, one-hot
        Some of those learnt from.
    held : (m, pixels) float32
        Some of those validated with.
    """

    network: Network
    loss: Loss
    images: Array
    targets: Array
    held: Array


@dataclass(frozen=True)
class Evidence:
    """Facts about a run that has ended.

    Attributes
    ----------
    recipe : Recipe
    material : Material
    start : Start or None
        None where weights are not learnt by descending.
    epochs : sequence of Epoch
    updates : sequence of float
        ‖Δw‖/‖w‖ of each epoch.
    seen : Look
        Of the trained network, on a sample of the training images.
    labels : (m,) int
        The classes of that sample.
    held_answers, held_labels : (m,) int
        Those of a sample of the validation images.
    loss, baseline, ignorance : float
        On that sample, without dropout and the like; of the class frequencies; and of answering
        every class alike.
    learnt, validated : float
        Balanced accuracy on that sample, and on one of the validation images; nan without any.
    accuracy, validation_accuracy : float
        Plain ones, of the same images.
    held : int
        Validation images in the sample.
    never : list of int
        Classes with FEW examples or more in the two samples that are never the answer.
    diverged : bool
        Whether the loss became infinite.
    class_names : sequence of str
    slope : float
        What the last activation lets through of the gradient: 1 if it is linear.
    shrunk, moved : float
        ‖w‖ and ‖w − w₀‖, over ‖w₀‖ of the first weights.
    trained : Trained
        What else is measured is measured of this, when it is asked for.
    per_statistic : int or None
        The fewest values that a batch normalisation averages over.
    """

    recipe: Recipe
    material: Material
    start: Start | None
    epochs: Sequence[Epoch]
    updates: Sequence[float]
    seen: Look
    labels: npt.NDArray[np.intp]
    held_answers: npt.NDArray[np.int64]
    held_labels: npt.NDArray[np.intp]
    loss: float
    baseline: float
    ignorance: float
    learnt: float
    validated: float
    accuracy: float
    validation_accuracy: float
    held: int
    never: list[int]
    diverged: bool
    class_names: Sequence[str]
    slope: float
    shrunk: float
    moved: float
    trained: Trained
    per_statistic: int | None

    @cached_property
    def agreement(self) -> list[float]:
        """How well the nearest other validation image tells the answer to one, and its label."""
        return neighbour_accuracies(self.trained.held, self.held_answers, self.held_labels)

    @cached_property
    def stretched(self) -> dict[float, float]:
        """The loss at w₀ + k·(w − w₀), further on the way from first to last weights, by k."""
        first, t = self.start.parameters if self.start else None, self.trained
        return {} if first is None else stretched(t.network, t.loss, first, t.images, t.targets)

    def named(self, classes: Sequence[int]) -> str:
        """Return the beginning of a sentence about some classes: `'3' and '5' are`."""
        names = [f"'{self.class_names[i]}'" for i in classes[:SHOWN]]
        names += [f"{len(classes) - SHOWN} more"] if len(classes) > SHOWN else []
        *most, last = names
        return f"{', '.join(most)} and {last} are" if most else f"{last} is"


def gather(
    network: Network,
    loss: Loss,
    train: Examples,
    validation: Examples,
    history: Sequence[tuple[Epoch, Health]],
    recipe: Recipe,
    start: Start | None,
    class_names: Sequence[str],
    diverged: bool = False,
) -> Evidence:
    """Measure a trained network; its parameters are afterwards what they were, bit for bit."""
    images, labels = sample(train)
    seen = look(network, images)
    held, held_labels = sample(validation) if len(validation) else (images[:0], labels[:0])
    held_answers = look(network, held).answers
    frequencies = np.asarray(train.labels).mean(axis=0, dtype=np.float32)
    some, classes = sample(train, TRIED)
    targets = np.eye(network.n_out, dtype=np.float32)[classes]
    value, slope = loss_and_slope(network, loss, some, targets)
    return Evidence(
        recipe,
        Material.of(train),
        start,
        [epoch for epoch, _ in history],
        [health.relative_update for _, health in history],
        seen,
        labels,
        held_answers,
        held_labels,
        value,
        loss.of_constant_answer(frequencies),
        loss.of_constant_answer(np.full(network.n_out, 1 / network.n_out, np.float32)),
        balanced_accuracy(seen.answers, labels),
        balanced_accuracy(held_answers, held_labels),
        float(np.mean(seen.answers == labels)),
        float(np.mean(held_answers == held_labels)) if len(held) else math.nan,
        len(held),
        never_answered(
            np.concatenate([seen.answers, held_answers]), np.concatenate([labels, held_labels])
        ),
        diverged,
        class_names,
        slope,
        *changes(network, start),
        Trained(network, loss, some, targets, held),
        per_statistic(network, min(recipe.batch_size, len(train))),
    )


def changes(network: Network, start: Start | None) -> tuple[float, float]:
    """Return length and shift of all weights, as shares of their first length; nan if unknown."""
    if start is None:
        return math.nan, math.nan
    weights = slice(0, network.n_weights)
    first, last = start.parameters[weights], network.parameters[weights]
    return size(last) / size(first), size(last - first) / size(first)


def size(vector: Array) -> float:
    """Return the length of a vector; nan for none, for it is divided by."""
    return float(np.linalg.norm(vector.astype(np.float64))) or math.nan


def loss_and_slope(
    network: Network, loss: Loss, images: Array, labels: Array
) -> tuple[float, float]:
    """Return the mean loss, and what the last layer lets through of its gradient."""
    last = network.layers[-1]
    total, before, after = 0.0, 0.0, 0.0
    for start in range(0, len(images), network.rows):
        part = slice(start, start + network.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = network.forward(images[part])
            gradient = np.empty_like(outputs)
            total += loss(outputs, labels[part], gradient) * len(outputs)
            if isinstance(last, Sigmoid | Tanh | Softmax):
                before += float(np.abs(gradient).sum())
                after += float(np.abs(last.input_gradient(gradient)).sum())
    return total / len(images), after / before if before else 1.0


def stretched(
    network: Network, loss: Loss, first: Array, images: Array, labels: Array
) -> dict[float, float]:
    """Return the loss on the way from the first parameters, by how many times as far it is gone."""
    last, losses = network.parameters.copy(), {}
    for factor in FACTORS:
        with np.errstate(over="ignore", invalid="ignore"):
            network.parameters[...] = first + np.float32(factor) * (last - first)
            losses[factor], _ = loss_and_slope(network, loss, images, labels)
    network.parameters[...] = last
    return losses


def never_answered(
    answers: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]]
) -> list[int]:
    """Return the classes with FEW labels or more that are not among the answers."""
    counts = np.bincount(labels)
    return [int(i) for i in np.flatnonzero(counts >= FEW) if i not in answers]


def per_statistic(network: Network, batch: int) -> int | None:
    """Return the fewest values of a batch that any batch normalisation takes a variance of."""
    counts = [
        batch * layer.n_in // layer.shape_in[0]
        for layer in network.layers
        if isinstance(layer, BatchNormalisation)
    ]
    return min(counts, default=None)
