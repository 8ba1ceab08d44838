"""The learning-rate range test: where learning begins, and where it ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain, islice, repeat

import numpy as np

from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import check, learn
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.schedules import learning_rate_range


def range_test(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    train: Examples,
    *,
    low: float,
    high: float,
    steps: int,
    batch_size: int,
    rng: np.random.Generator,
) -> Iterator[tuple[float, float]]:
    """Try ever larger learning rates, one a step, and watch the loss.

    Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3. The network
    is of no use afterwards.

    Parameters
    ----------
    network, loss, optimiser, train, batch_size, rng
        As for `fit`.
    low, high : float
        The rates at the first and the last step, and exponentially between them.
    steps : int
        How many there are at most.

    Yields
    ------
    learning_rate : float
    loss : float
        Of a batch, before the update with that rate. The test ends where it is not finite.
    """
    check(network, loss, train, train, low, batch_size, epochs=1)
    sweep = learning_rate_range(low, high)
    endless = (rng.permutation(len(train)) for _ in repeat(None))
    some = chain.from_iterable(batches(train, batch_size, order) for order in endless)
    for step, (images, labels) in enumerate(islice(some, steps)):
        rate = sweep(step, steps)
        batch_loss, _ = learn(network, loss, optimiser, images, labels, rate)
        if not math.isfinite(batch_loss):
            return
        yield rate, batch_loss
