"""Training by gradient descent: epochs of shuffled batches, resumable between any two steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.averaging import Average
from scrawl.nn.early_stopping import Best, keep_best, stop_early
from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import Epoch, learn, score
from scrawl.nn.layers.activations import Softmax
from scrawl.nn.losses import CrossEntropy, Loss
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.schedules import Schedule, constant
from scrawl.nn.state import Composite, Progress, Stateful

Augment = Callable[[Array, int], Array]
"""Returns the images (batch, pixels) to learn from, given images and the number of the step."""


@dataclass(frozen=True)
class Plan:
    """The hyperparameters of gradient descent.

    Attributes
    ----------
    learning_rate : float
        The peak rate, which the schedule multiplies.
    batch_size : int or None
        Examples of an update; None, or more than there are, means all. No example is left out: the
        last batch of an epoch is smaller if need be.
    epochs : int
        Passes over the training examples.
    schedule : Schedule
        The factor on the learning rate at each step.
    shuffle : bool
        Whether each epoch has an order of its own; otherwise it is that of the examples.
    patience : int, optional
        Epochs without a better one after which training stops early.
    keep_best : bool
        Whether the network ends as it was after its best epoch.
    adversarial_radius : float
        Length of the changes of an image that are not to change the answer; 0 is none.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    learning_rate: float
    batch_size: int | None = 128
    epochs: int = 1
    schedule: Schedule = constant
    shuffle: bool = True
    patience: int | None = None
    keep_best: bool = False
    adversarial_radius: float = 0.0

    def __post_init__(self) -> None:
        sized = self.batch_size is None or self.batch_size >= 1
        if not sized or self.epochs < 0 or not 0 < self.learning_rate < math.inf:
            raise ValueError(
                f"epochs {self.epochs}, batch_size {self.batch_size}, learning_rate "
                f"{self.learning_rate}: give 0 or more, 1 or more (or None), and more than 0"
            )


class NonFiniteLoss(ValueError):  # noqa: N818  (the name says what happened)
    """Training has diverged; the message says where, and what was found there.

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
            f"learning rate {learning_rate:.3g}; {circumstances(network, images)}"
        )


def circumstances(network: Network, images: Array) -> str:
    """Say how large inputs and weights were when the loss became infinite, and what to try.

    These are facts, and no diagnosis: `nn.diagnosis` names a cause.
    """
    if not np.isfinite(images).all():
        return "the images hold values that are not finite; prepare the dataset again"
    weights = network.parameters[np.isfinite(network.parameters)]
    largest_input = float(np.abs(images).max())
    largest_weight = float(np.abs(weights).max(initial=0.0))
    found = (
        f"the largest input is {largest_input:.3g}, the largest finite weight {largest_weight:.3g}"
    )
    if largest_input > 20:
        return (
            f"{found}. Normalised pixels reach 1, standardised ones about 10: normalise the images "
            "(raw pixels are divided by 255), or lower the learning rate as much"
        )
    return f"{found}; try a tenth of the learning rate"


class Trainer(Composite):
    """A network in training: with its optimiser, weight average, progress and best epoch.

    These are all that the rest of training depends on; `state` and `restore` save them and bring
    them back, so that training goes on to the same bits as without an interruption.

    Parameters
    ----------
    network : Network
    loss : Loss
    optimiser : Optimiser
    plan : Plan
    rng : numpy.random.Generator
        Spawned into a stream that orders the examples, and that into one for each epoch: none
        depends on how much of another was used.
    average : Average, optional
        Averages the parameters after every step. The network then holds the average whenever the
        caller has an epoch, and in the end; meanwhile `average.values` holds the parameters.
        Running averages of batch normalisation stay those of the parameters.
    augment : Augment, optional
        Distorts training images, such as an `Augmentation`. Validation images never are.

    Examples
    --------
    >>> from scrawl.nn.architectures import dense_network
    >>> from scrawl.nn.optimisers import Momentum
    >>> rng = np.random.default_rng(0)
    >>> images = rng.random((200, 2), dtype=np.float32)
    >>> shown = Examples(images, np.eye(2, dtype=np.float32)[(images[:, 0] > 0.5).astype(int)])
    >>> network = dense_network(2, [8], 2, rng=rng)
    >>> momentum = Momentum(network.parameters.size, network.n_weights)
    >>> trainer = Trainer(network, CrossEntropy(), momentum, Plan(0.1, 20, epochs=20), rng)
    >>> *_, last = trainer.fit(shown, shown)
    >>> last.epoch, last.validation_accuracy > 0.95
    (20, True)
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimiser: Optimiser,
        plan: Plan,
        rng: np.random.Generator,
        *,
        average: Average | None = None,
        augment: Augment | None = None,
    ) -> None:
        if isinstance(loss, CrossEntropy) and isinstance(network.layers[-1], Softmax):
            raise ValueError(
                "the cross-entropy loss has its softmax built in: give the network a linear output"
            )
        self.network, self.loss, self.optimiser, self.plan = network, loss, optimiser, plan
        self.average, self.augment = average, augment
        self.progress, self.best = Progress(), Best(network if plan.keep_best else None)
        self.seed: Any = rng.spawn(1)[0].bit_generator.seed_seq
        parts: dict[str, Stateful] = {
            "network": network,
            "optimiser": optimiser,
            "progress": self.progress,
            "best": self.best,
        }
        super().__init__(parts | ({"average": average} if average else {}))

    def fit(
        self,
        train: Examples,
        validation: Examples,
        pause: Callable[[], object] = lambda: None,
    ) -> Iterator[Epoch]:
        """Train, from where `progress` is, and yield each epoch when it is over.

        A generator: the network learns only while the next epoch is asked for, and the caller may
        log, save or stop after each.

        Parameters
        ----------
        train, validation : Examples
            To learn from, and to measure after every epoch (there may be none of the latter).
        pause : function
            Called before every step, when the state may be saved.

        Raises
        ------
        ValueError
            If the examples do not fit the network.
        NonFiniteLoss
            When the loss becomes infinite or not a number.
        """
        check(self.network, train, validation)
        epochs = self._fit(train, validation, pause)
        if self.plan.patience is not None:
            epochs = stop_early(epochs, self.plan.patience, self.best)
        if self.plan.keep_best:
            epochs = keep_best(self.network, epochs, self.best)
        return epochs

    def _fit(
        self, train: Examples, validation: Examples, pause: Callable[[], object]
    ) -> Iterator[Epoch]:
        at, plan, network = self.progress, self.plan, self.network
        batch = min(plan.batch_size or len(train), len(train))
        steps_an_epoch = math.ceil(len(train) / batch)
        steps = plan.epochs * steps_an_epoch
        network.reserve(max(batch, min(network.rows, len(validation))))
        while at.epoch <= plan.epochs:
            # in one batch of everything there is nothing to shuffle
            shuffled = plan.shuffle and batch < len(train)
            order = self.order(at.epoch, len(train)) if shuffled else None
            seen = (at.steps - (at.epoch - 1) * steps_an_epoch) * batch
            for images, labels in batches(train, batch, order, seen):
                pause()
                self.step(images, labels, steps)
            sound = bool(np.isfinite(network.parameters).all())  # also after the last update
            if self.average:
                self.average.exchange(network.parameters)
            scores = score(network, self.loss, validation)
            rate = self.rate(at.steps - 1, steps)
            if not sound or (len(validation) and not math.isfinite(scores[0])):
                raise NonFiniteLoss(network, images, at.epoch, at.steps, rate)
            means = at.loss / len(train), at.correct / len(train)
            yield Epoch(at.epoch, at.steps, rate, *means, *scores)
            if self.average and at.epoch < plan.epochs:
                self.average.exchange(network.parameters)
            at.begin_epoch()

    def step(self, images: Array, labels: Array, steps: int) -> None:
        """Make one update and count it.

        Parameters
        ----------
        images : (batch, pixels) float32
        labels : (batch, classes) float32, one-hot
        steps : int
            How many there will be in all, for the schedule.
        """
        at, network = self.progress, self.network
        rate = self.rate(at.steps, steps)
        images = self.augment(images, at.steps) if self.augment else images
        radius = self.plan.adversarial_radius
        loss, correct = learn(network, self.loss, self.optimiser, images, labels, rate, radius)
        at.steps += 1
        if not math.isfinite(loss):
            raise NonFiniteLoss(network, images, at.epoch, at.steps, rate)
        if self.average:
            self.average.update(network.parameters, at.steps / steps)
        at.loss += loss * len(images)
        at.correct += correct

    def order(self, epoch: int, n: int) -> npt.NDArray[np.intp]:
        """Return the order (n,) in which an epoch, counted from 1, takes its examples."""
        key = (*self.seed.spawn_key, epoch - 1)
        seed = np.random.SeedSequence(self.seed.entropy, spawn_key=key)
        return np.random.default_rng(seed).permutation(n)

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self.plan.learning_rate * self.plan.schedule(step, steps)


def check(network: Network, train: Examples, validation: Examples) -> None:
    """Raise ValueError if the examples do not fit the network."""
    if not len(train):
        raise ValueError("there are no training examples")
    for name, examples in (("training", train), ("validation", validation)):
        found = examples.images.shape[1], examples.labels.shape[1]
        if found != (network.n_in, network.n_out):
            raise ValueError(
                f"{name} examples have {found[0]} pixels and {found[1]} classes, but the network "
                f"takes {network.n_in} and answers with {network.n_out}"
            )
