"""Set-up of a training run from its settings: random streams, trainer, augmentation, optimiser."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple, TypeAlias

import numpy as np

from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.averaging import AVERAGES
from scrawl.nn.clipping import Clipped
from scrawl.nn.distortion import Distortion
from scrawl.nn.examples import Examples
from scrawl.nn.least_squares import LeastSquares
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.parallel import Executor, serial
from scrawl.nn.registries import BUILT_IN, Registries, chosen, made
from scrawl.nn.schedules import warm_up
from scrawl.nn.trainer import Plan, Trainer
from scrawl.settings import arithmetic
from scrawl.settings.experiment import Run

AnyTrainer: TypeAlias = Trainer | LeastSquares
"""Holds a `network`, learns by `fit`, and can be saved and restored."""


class Streams(NamedTuple):
    """A run's random streams, none of which depends on how much of another is used.

    Attributes
    ----------
    weights, order, augmentation : numpy.random.Generator
        Of training: the first weights, the order of the images, their distortions.
    evaluation : numpy.random.Generator
        The distortions of images that the trained network is evaluated on.
    """

    weights: np.random.Generator
    order: np.random.Generator
    augmentation: np.random.Generator
    evaluation: np.random.Generator

    @classmethod
    def of(cls, run: Run) -> Streams:
        """Derive them from the run's random seed."""
        return cls(*np.random.default_rng(run.seed).spawn(4))


def trainer_of(
    run: Run,
    training: Examples,
    dataset: Dataset | None = None,
    executor: Executor = serial,
    registries: Registries = BUILT_IN,
) -> AnyTrainer:
    """Set up a run: its network with the first weights, and whatever trains it.

    Parameters
    ----------
    run : Run
        The settings with the random seed.
    training : Examples
        Images (n, pixels) and one-hot labels (n, classes), float32.
    dataset : Dataset, optional
        Needed if images are augmented: the shape of an image and its background.
    executor : Executor
        Computes the pieces that the settings cut a step into.
    registries : Registries
        What the names in the settings stand for.

    Raises
    ------
    ValueError
        If this process does not compute with the run's arithmetic.

    Examples
    --------
    >>> images = np.random.default_rng(0).random((100, 4), dtype=np.float32)
    >>> shown = Examples(images, np.eye(2, dtype=np.float32)[(images[:, 0] > 0.5).astype(int)])
    >>> trainer = trainer_of(Run(hidden=(8,), epochs=20, batch_size=10), shown)
    >>> *_, last = trainer.fit(shown, shown.first(0))
    >>> last.train_accuracy > 0.9
    True
    """
    arithmetic.check(run.arithmetic)
    streams = Streams.of(run)
    shape, classes = training.image_shape, training.labels.shape[1]
    network = model.build(run, shape, classes, streams.weights, registries=registries)
    network.divide(run.pieces, executor)
    augment = augmentation(run, dataset, streams.augmentation, executor)
    loss = model.loss_of(run, registries)
    if run.optimiser == "least-squares":
        return LeastSquares(network, loss, run.weight_decay, run.epochs, augment)
    optimiser = optimiser_of(run, network, registries)
    optimiser.divide(executor)
    kind = AVERAGES[run.average]
    average = kind(network.parameters.size) if kind else None
    plan = plan_of(run, registries)
    return Trainer(network, loss, optimiser, plan, streams.order, average=average, augment=augment)


def plan_of(run: Run, registries: Registries = BUILT_IN) -> Plan:
    """Return the hyperparameters of gradient descent that the settings name."""
    schedule = chosen("schedule", run.schedule, registries.schedules)
    return Plan(
        run.learning_rate,
        run.batch_size,
        run.epochs,
        warm_up(schedule, run.warm_up) if run.warm_up else schedule,
        run.shuffle,
        run.patience,
        run.keep == "best",
        run.adversarial_radius,
    )


def augmentation(
    run: Run, dataset: Dataset | None, rng: np.random.Generator, executor: Executor = serial
) -> Augmentation | None:
    """Return the augmentation that the settings describe, or None if there is none."""
    if not run.distortions:
        return None
    if dataset is None:
        raise ValueError("augmentation: found no dataset to say which shape its images have")
    amounts = {field.name: getattr(run, field.name) for field in fields(Distortion)}
    return Augmentation(
        Distortion(**amounts), dataset.image_shape, dataset.background, rng, executor
    )


def optimiser_of(run: Run, network: Network, registries: Registries = BUILT_IN) -> Optimiser:
    """Return the optimiser that the settings name, for the parameters of `network`."""
    kind = chosen("optimiser", run.optimiser, registries.optimisers)
    has_momentum = run.optimiser in {"momentum", "nesterov"} or "optimiser" in run.own
    own = {"momentum": run.momentum} if has_momentum else {}
    optimiser = made(
        kind, network.parameters.size, network.n_weights, weight_decay=run.weight_decay, **own
    )
    return optimiser if run.clip_norm is None else Clipped(optimiser, run.clip_norm)
