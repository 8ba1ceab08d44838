"""Gradient steps and scores: what training and validation do with a batch of examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from scrawl.nn import Array
from scrawl.nn.examples import Examples, batches
from scrawl.nn.losses import Loss
from scrawl.nn.network import PREDICTION_BATCH, Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.virtual_adversary import add_gradients


@dataclass(frozen=True)
class Epoch:
    """The figures of one pass over the training examples.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    steps : int
        Updates made since training began.
    learning_rate : float
        At the last of them.
    loss, train_accuracy : float
        Over all training examples, each measured in its batch just before the update: a mean over
        the epoch while the network changes, with dropout and augmentation if there is any.
    validation_loss, validation_accuracy : float
        Measured after the epoch; nan if there are no validation examples.
    """

    epoch: int
    steps: int
    learning_rate: float
    loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float


def learn(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    images: Array,
    labels: Array,
    learning_rate: float,
    adversarial_radius: float = 0.0,
) -> tuple[float, int]:
    """Make one update, unless the loss is not finite; return loss and number of right answers.

    With a radius the network also learns to answer the same to changed images; the loss returned
    is that of the labels alone.
    """
    # If training diverges, NonFiniteLoss says so once: no warning for each operation.
    with np.errstate(over="ignore", invalid="ignore"):
        batch_loss, correct = compute_gradients(network, loss, images, labels, adversarial_radius)
        if math.isfinite(batch_loss):
            optimiser.step(network.parameters, network.gradients, learning_rate)
    return batch_loss, correct


def compute_gradients(
    network: Network, loss: Loss, images: Array, labels: Array, adversarial_radius: float = 0.0
) -> tuple[float, int]:
    """Fill the network's gradients for one batch.

    Returns
    -------
    float
        The mean loss.
    int
        How many answers are right.
    """
    task = partial(learn_from, loss, len(images), adversarial_radius)
    losses, right = zip(*network.each_shard(task, images, labels), strict=True)
    return sum(losses), sum(right)


def learn_from(
    loss: Loss,
    batch: int,
    adversarial_radius: float,
    network: Network,
    images: Array,
    labels: Array,
) -> tuple[float, int]:
    """Fill a network's gradients for one shard of a batch: its part of the mean over the batch."""
    outputs = network.forward(images, training=True)
    gradient = network.output_gradients[: len(outputs)]
    shard_loss, correct = loss(outputs, labels, gradient), count_correct(outputs, labels)
    weight = len(outputs) / batch
    if weight < 1:
        gradient *= weight
    answers = loss.predictions(outputs) if adversarial_radius else None
    network.backward(gradient)
    if answers is not None:
        add_gradients(network, loss, images, answers, adversarial_radius, weight)
    return weight * shard_loss, correct


def score(network: Network, loss: Loss, examples: Examples) -> tuple[float, float]:
    """Return mean loss and accuracy, both nan if there are no examples.

    Parameters
    ----------
    network : Network
    loss : Loss
    examples : Examples

    Returns
    -------
    loss, accuracy : float
    """
    n = len(examples)
    if not n:
        return math.nan, math.nan
    total, correct = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore"):  # as in `learn`
        for images, labels in batches(examples, PREDICTION_BATCH, order=None):
            outputs = network.predict(images)
            total += loss(outputs, labels, np.empty_like(outputs)) * len(images)
            correct += count_correct(outputs, labels)
    return total / n, correct / n


def count_correct(outputs: Array, labels: Array) -> int:
    """Return in how many rows the largest output is that of the label."""
    return int(np.count_nonzero(outputs.argmax(axis=1) == labels.argmax(axis=1)))
