"""Learning-rate range test: the rates at which learning begins and ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain, islice, repeat

import numpy as np

from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import learn
from scrawl.nn.schedules import Schedule
from scrawl.nn.trainer import Trainer, check


def range_test(
    trainer: Trainer, train: Examples, rates: Schedule, steps: int, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Try ever larger learning rates, one a step, and watch the loss.

    Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3. The network
    is of no use afterwards.

    Parameters
    ----------
    trainer : Trainer
        With its first weights; the rate of its plan is not used.
    train : Examples
    rates : Schedule
        Such as `learning_rate_range`.
    steps : int
        The most there may be.
    rng : numpy.random.Generator
        Orders the examples, pass by pass.

    Yields
    ------
    learning_rate : float
    loss : float
        Of a batch, before the update with that rate. The test ends at a loss that is not finite.
    """
    check(trainer.network, train, train)
    batch = trainer.plan.batch_size or len(train)
    endless = (rng.permutation(len(train)) for _ in repeat(None))
    some = chain.from_iterable(batches(train, batch, order) for order in endless)
    for step, (images, labels) in enumerate(islice(some, steps)):
        rate = rates(step, steps)
        parts = trainer.network, trainer.loss, trainer.optimiser
        loss, _ = learn(*parts, images, labels, rate, trainer.plan.adversarial_radius)
        if not math.isfinite(loss):
            return
        yield rate, loss
