"""Training: examples in, epochs out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from scrawl.nn import Array
from scrawl.nn.averaging import Average
from scrawl.nn.examples import Examples, batches
from scrawl.nn.layers.activations import Softmax
from scrawl.nn.losses import CrossEntropy, Loss
from scrawl.nn.network import PREDICTION_BATCH, Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.schedules import Schedule
from scrawl.nn.state import Progress


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training examples came to.

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
        the epoch while the network changes, and with dropout and augmentation if there is any.
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


class NonFiniteLoss(ValueError):  # noqa: N818  (the name says what happened)
    """Training has run off to infinity; the message says where and why.

    Attributes
    ----------
    epoch, step : int
        Where: both counted from 1, the steps since training began.
    learning_rate : float
        The rate at that step.
    """

    def __init__(
        self, network: Network, images: Array, epoch: int, step: int, learning_rate: float
    ) -> None:
        self.epoch, self.step, self.learning_rate = epoch, step, learning_rate
        super().__init__(
            f"the loss is not a finite number any more, in epoch {epoch} at step {step} with "
            f"learning rate {learning_rate:.3g}; {_likely_cause(network, images)}"
        )


def _likely_cause(network: Network, images: Array) -> str:
    """Say why a loss may have become infinite, and what to try."""
    weights = network.parameters[np.isfinite(network.parameters)]
    if not np.isfinite(images).all():
        return "the images hold values that are not finite; prepare the dataset again"
    largest_input = float(np.abs(images).max())
    largest_weight = float(np.abs(weights).max(initial=0.0))
    found = (
        f"the largest input is {largest_input:.3g}, the largest finite weight {largest_weight:.3g}"
    )
    if largest_input > 20:  # normalised pixels reach 1, standardised ones about 10
        return (
            f"{found}: inputs look like raw pixels; divide them by 255, or lower the rate as much"
        )
    return f"{found}: the learning rate is probably too high; try a tenth of it"


def fit(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    schedule: Schedule,
    train: Examples,
    validation: Examples,
    *,
    learning_rate: float,
    batch_size: int | None,
    epochs: int,
    shuffle: bool = True,
    average: Average | None = None,
    augment: Callable[[Array, int], Array] | None = None,
    progress: Progress | None = None,
    pause: Callable[[], object] = lambda: None,
    rng: np.random.Generator,
) -> Iterator[Epoch]:
    """Train a network, and tell about every epoch when it is over.

    A generator: nothing happens until it is asked for the first epoch, and the caller may log,
    save or stop after each.

    Parameters
    ----------
    network, loss, optimiser, schedule
        What learns, from what, how, and how fast over time.
    train, validation : Examples
        Learnt from, and measured after every epoch (there may be none of the latter).
    learning_rate : float
        The peak rate, which the schedule multiplies.
    batch_size : int or None
        Examples of an update; None or more than there are means all of them. The last batch of an
        epoch is smaller if it must be: no example is left out.
    epochs : int
        Passes over the training examples.
    shuffle : bool
        Whether each epoch has an order of its own, or that of the file.
    average : Average, optional
        Averages the parameters after every step. It is the average then that is validated, that
        the network holds whenever the caller has an epoch, and in the end; meanwhile
        `average.values` holds the parameters themselves. Running averages of batch normalisation
        stay those of the latter.
    augment : function, optional
        Returns what is learnt from, of the images (batch, pixels) and the number of the step, from
        0: such as an `Augmentation`. What is validated is never augmented.
    progress : Progress, optional
        Where to begin; kept up to date while training goes on. Together with the network, the
        optimiser and the average it is all that the rest of training depends on.
    pause : function
        Called before every step, when these four fit together: the time to save them.
    rng : numpy.random.Generator
        Spawned into a stream for each purpose, and that into one for each epoch: none depends on
        how much of another was used.

    Yields
    ------
    Epoch

    Raises
    ------
    ValueError
        If the parts do not fit together.
    NonFiniteLoss
        When the loss becomes infinite or not a number.
    """
    check(network, loss, train, validation, learning_rate, batch_size, epochs)
    batch = min(batch_size or len(train), len(train))
    steps_an_epoch = math.ceil(len(train) / batch)
    steps = epochs * steps_an_epoch
    network.reserve(max(batch, min(network.rows, len(validation))))
    (shuffling,) = rng.spawn(1)
    at = progress or Progress()
    shuffling.spawn(at.epoch - 1)  # for the epochs that are over
    while at.epoch <= epochs:
        (stream,) = shuffling.spawn(1)
        # in one batch of everything there is nothing to shuffle
        order = stream.permutation(len(train)) if shuffle and batch < len(train) else None
        seen = (at.steps - (at.epoch - 1) * steps_an_epoch) * batch
        for images, labels in batches(train, batch, order, seen):
            pause()
            rate = learning_rate * schedule(at.steps, steps)
            images = augment(images, at.steps) if augment else images
            batch_loss, batch_correct = learn(network, loss, optimiser, images, labels, rate)
            at.steps += 1
            if not math.isfinite(batch_loss):
                raise NonFiniteLoss(network, images, at.epoch, at.steps, rate)
            if average:
                average.update(network.parameters, at.steps / steps)
            at.loss += batch_loss * len(images)
            at.correct += batch_correct
        sound = bool(np.isfinite(network.parameters).all())  # also after the last update
        if average:
            average.exchange(network.parameters)
        scores = score(network, loss, validation)
        if not sound or (len(validation) and not math.isfinite(scores[0])):
            raise NonFiniteLoss(network, images, at.epoch, at.steps, rate)
        means = at.loss / len(train), at.correct / len(train)
        yield Epoch(at.epoch, at.steps, rate, *means, *scores)
        if average and at.epoch < epochs:
            average.exchange(network.parameters)
        at.begin_epoch()


def learn(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    images: Array,
    labels: Array,
    learning_rate: float,
) -> tuple[float, int]:
    """Make one update, unless the loss is not finite; return what `compute_gradients` does."""
    # When training diverges, NonFiniteLoss says so once in words: no warning for each operation.
    with np.errstate(over="ignore", invalid="ignore"):
        batch_loss, correct = compute_gradients(network, loss, images, labels)
        if math.isfinite(batch_loss):
            optimiser.step(network.parameters, network.gradients, learning_rate)
    return batch_loss, correct


def compute_gradients(
    network: Network, loss: Loss, images: Array, labels: Array
) -> tuple[float, int]:
    """Fill the network's gradients for one batch.

    Returns
    -------
    float
        The mean loss.
    int
        How many answers are right.
    """
    task = partial(learn_from, loss, len(images))
    losses, right = zip(*network.each_shard(task, images, labels), strict=True)
    return sum(losses), sum(right)


def learn_from(
    loss: Loss, batch: int, network: Network, images: Array, labels: Array
) -> tuple[float, int]:
    """Fill a network's gradients for one shard of a batch: its part of the mean over the batch."""
    outputs = network.forward(images, training=True)
    gradient = network.output_gradients[: len(outputs)]
    shard_loss, correct = loss(outputs, labels, gradient), count_correct(outputs, labels)
    weight = len(outputs) / batch
    if weight < 1:
        gradient *= weight
    network.backward(gradient)
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


def check(
    network: Network,
    loss: Loss,
    train: Examples,
    validation: Examples,
    learning_rate: float,
    batch_size: int | None,
    epochs: int,
) -> None:
    """Raise ValueError if the parts of a training run do not fit together."""
    if not len(train):
        raise ValueError("there are no training examples")
    for name, examples in (("training", train), ("validation", validation)):
        found = examples.images.shape[1], examples.labels.shape[1]
        if found != (network.n_in, network.n_out):
            raise ValueError(
                f"{name} examples have {found[0]} pixels and {found[1]} classes, but the network "
                f"takes {network.n_in} and answers with {network.n_out}"
            )
    twice = isinstance(loss, CrossEntropy) and isinstance(network.layers[-1], Softmax)
    if twice:
        raise ValueError(
            "the cross-entropy loss has its softmax built in: give the network a linear output"
        )
    if (
        epochs < 0
        or (batch_size is not None and batch_size < 1)
        or not 0 < learning_rate < math.inf
    ):
        raise ValueError(
            f"epochs {epochs}, batch_size {batch_size}, learning_rate {learning_rate}: "
            "give 0 or more, 1 or more (or None), and more than 0"
        )
