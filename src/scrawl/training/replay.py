"""Replay of a finished run: its updates made again, to the same bits, and looked at one by one."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scrawl.artifacts.own_code import OwnCode
from scrawl.nn import Array
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.trainer import NonFiniteLoss, Trainer
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.setup import trainer_of


@dataclass(frozen=True)
class Update:
    """One update, whose arrays hold until the next.

    Attributes
    ----------
    step, epoch : int
        Counted from 1.
    learning_rate, loss : float
        The loss is the mean over the batch, before the update.
    rows : (batch,) int
        The positions of the images among the training images.
    images : (batch, pixels) float32
        As they were shown: distorted, if training images are.
    before, gradients, after : dict of str to array
        Of each table of parameters.
    """

    step: int
    epoch: int
    learning_rate: float
    loss: float
    rows: npt.NDArray[np.intp]
    images: Array
    before: dict[str, Array]
    gradients: dict[str, Array]
    after: dict[str, Array]


class Marks(NamedTuple):
    """Short digests of what an update is made of, in the order in which one depends on another."""

    weights: bytes
    order: bytes
    images: bytes
    gradient: bytes
    update: bytes


class _Recorded(Optimiser):
    """An optimiser that keeps the gradients, which a step uses up."""

    def __init__(self, inner: Optimiser) -> None:
        self.inner = inner
        self.gradients: Array = np.empty(0, np.float32)

    def step(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
        """Keep the gradients, then take the step."""
        self.gradients = gradients.copy()
        self.inner.step(parameters, gradients, learning_rate)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the state of the optimiser."""
        return self.inner.state()

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Restore the state of the optimiser."""
        self.inner.restore(state)


class _Stopped(Exception):  # noqa: N818 — no error: the caller has seen enough
    """Ends a replay."""


class Replay:
    """A run to be trained again from its first step, in one thread.

    Parameters
    ----------
    run : Run
        Of which the optimiser makes steps.
    data : TrainingData
    code : OwnCode
        Of the user's, that the settings name.

    Attributes
    ----------
    network : Network
        As it is at present: in the end, that of the run.
    """

    def __init__(self, run: Run, data: TrainingData, code: OwnCode) -> None:
        trainer = trainer_of(run, data.training, data.dataset, registries=code.registries)
        if not isinstance(trainer, Trainer) or not run.epochs:
            raise ValueError(
                f"optimiser: {run.optimiser}, epochs: {run.epochs}: the run made no steps that "
                "could be replayed; name one that learnt by gradient descent"
            )
        self.trainer, self.data, self.code = trainer, data, code
        self.shown: Array = np.empty(0, np.float32)

    @property
    def network(self) -> Network:
        """The network in training."""
        return self.trainer.network

    @property
    def planned(self) -> int:
        """The number of steps of the run, unless it stops early."""
        plan, n = self.trainer.plan, len(self.data.training)
        return plan.epochs * math.ceil(n / min(plan.batch_size or n, n))

    def steps(self, see: Callable[[Update], bool]) -> None:
        """Make the run's updates, and show each until `see` has seen enough (returns True).

        If it never has, the network is in the end as it was at the end of the run.
        """
        trainer, network = self.trainer, self.network
        recorded = _Recorded(trainer.optimiser)
        trainer.optimiser, augment, made = recorded, trainer.augment, trainer.step

        def show(images: Array, step: int) -> Array:
            self.shown = augment(images, step) if augment else images
            return self.shown

        def step(images: Array, labels: Array, steps: int) -> None:
            at = trainer.progress
            loss, before = at.loss, network.parameters.copy()
            rows, rate = self._rows(len(images)), trainer.rate(at.steps, steps)
            made(images, labels, steps)
            update = Update(
                at.steps,
                at.epoch,
                rate,
                (at.loss - loss) / len(images),
                rows,
                self.shown,
                network.views(before),
                network.views(recorded.gradients),
                network.named_parameters(),
            )
            if see(update):
                raise _Stopped

        trainer.augment = show
        trainer.step = step  # type: ignore[method-assign]
        try:
            with self.code.placed():
                for _ in trainer.fit(self.data.training, self.data.validation):
                    pass
        except (_Stopped, NonFiniteLoss):
            pass

    def _rows(self, n: int) -> npt.NDArray[np.intp]:
        """Return the positions (n,) of the images of the next batch."""
        at, plan, total = self.trainer.progress, self.trainer.plan, len(self.data.training)
        batch = min(plan.batch_size or total, total)
        first = (at.steps - (at.epoch - 1) * math.ceil(total / batch)) * batch
        if plan.shuffle and batch < total:
            return self.trainer.order(at.epoch, total)[first : first + n]
        return np.arange(first, first + n)

    def outputs_of(self, image: int) -> Iterator[tuple[str, Array]]:
        """Yield the outputs of each layer, of one example, for a training image."""
        values = np.asarray(self.data.training.images[image : image + 1], np.float32)
        Network.reserve(self.network, 1)
        for name, layer in zip(self.network.names, self.network.layers, strict=True):
            values = layer.forward(values, training=False)
            yield name, values.copy()


def marks(update: Update) -> Marks:
    """Return the digests of one update."""
    return Marks(
        _mark(*update.before.values()),
        _mark(update.rows),
        _mark(update.images),
        _mark(*update.gradients.values()),
        _mark(*update.after.values()),
    )


def _mark(*arrays: npt.NDArray[Any]) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
