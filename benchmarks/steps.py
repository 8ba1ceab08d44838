"""Training steps, timed beside the peak speed of matrix products and counted by layer and pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np

from benchmarks.counting import PRODUCTS, Counted, Tally, count, counting, placed
from benchmarks.measure import Ratio
from benchmarks.peers import network_of
from scrawl.nn import fitting
from scrawl.nn.examples import Examples, batches
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.optimisers import Momentum
from scrawl.nn.shards import ShardedNetwork

SIDE = 1024  # of the square matrices whose product is the peak
TURNS = 7
WORK = 4e9  # operations of each contender in a turn, about
FORWARD, PARAMETERS, INPUTS = "forward", "parameter_gradients", "input_gradient"


class Steps:
    """A network in training, a step a call.

    Parameters
    ----------
    data : Examples
    filters, hidden : list of int
    batch : int
    counted : bool
        Whether its arrays count what they are used for, by layer and pass.
    """

    def __init__(
        self, data: Examples, filters: list[int], hidden: list[int], batch: int, *, counted: bool
    ) -> None:
        self.network, self.loss = network_of(filters, hidden), CrossEntropy()
        self.optimiser = Momentum(self.network.parameters.size, self.network.n_weights)
        if counted:
            data = Examples(data.images.view(Counted), data.labels.view(Counted))  # type: ignore[union-attr]
        order = np.random.default_rng(0).permutation(len(data) // batch * batch)
        self.epochs = (batches(data, batch, order) for _ in cycle([0]))
        self.batches = (some for epoch in self.epochs for some in epoch)
        self()  # lays out all buffers
        if counted:
            self.count()

    def __call__(self) -> None:
        """Train for a step."""
        images, labels = self.gather()
        fitting.compute_gradients(self.network, self.loss, images, labels)
        self.optimiser.step(self.network.parameters, self.network.gradients, 0.01)

    def gather(self) -> Any:
        """Return the next batch."""
        return next(self.batches)

    def count(self) -> None:
        """Let the arrays count, and the layers say for which of their passes."""
        network = self.network
        parts = network.copies if isinstance(network, ShardedNetwork) else [network]
        for part in parts:
            for name, layer in zip(network.names, part.layers, strict=True):
                count(layer)
                for method in (FORWARD, PARAMETERS, INPUTS):
                    placed(layer, method, f"{name} {method}")
        for thing in (network, *parts, self.optimiser):
            count(thing)
        placed(self, "gather", "batch")
        placed(self, "loss", "loss")
        placed(self.optimiser, "step", "optimiser")


def least_bytes(steps: Steps, batch: int) -> int:
    """Return the bytes that a step must move, were everything between in the cache.

    A batch is read; parameters and velocities are read and written.
    """
    network = steps.network
    return 4 * batch * (network.n_in + network.n_out) + 4 * 4 * network.parameters.size


@dataclass
class Measured:
    """A case.

    Attributes
    ----------
    seconds : float
        A step takes, in the median.
    share : Ratio
        Operations of the matrix products a second, of those of the peak.
    tally : Tally
        The work of a step; the time of each call is the median over all steps.
    least : int
        Bytes that a step must move.
    """

    seconds: float
    share: Ratio
    tally: Tally
    least: int


def measured(data: Examples, filters: list[int], hidden: list[int], batch: int) -> Measured:
    """Measure steps beside the peak, and count what they do."""
    steps, counted = (Steps(data, filters, hidden, batch, counted=c) for c in (False, True))
    tallies = [tallied(counted)]
    operations = tallies[0].of(kind=PRODUCTS).operations
    times = max(3, round(WORK / operations))
    peaks, speeds = [], []
    for turn in range(TURNS + 1):
        peak, speed = peak_speed(), operations / seconds_of(steps, times)
        some = [tallied(counted) for _ in range(times)]
        if turn:
            peaks.append(peak)
            speeds.append(speed)
            tallies += some
    for key, work in tallies[0].work.items():
        calls = zip(work.times, *(tally.work[key].times for tally in tallies[1:]), strict=False)
        work.times = [median(call) for call in calls]
    share = Ratio.of(speeds, peaks)
    return Measured(operations / median(speeds), share, tallies[0], least_bytes(steps, batch))


def tallied(run: Callable[[], object]) -> Tally:
    """Return the work of one call."""
    with counting() as tally:
        run()
    return tally


def seconds_of(run: Callable[[], object], times: int) -> float:
    """Return the processor's seconds of a call, the mean of several: no other program's count."""
    begin = time.thread_time()
    for _ in range(times):
        run()
    return (time.thread_time() - begin) / times


def peak_speed() -> float:
    """Return operations a second of the product of two square matrices."""
    square = np.random.default_rng(0).random((SIDE, SIDE), dtype=np.float32)
    result = np.empty_like(square)
    return 2 * SIDE**3 / seconds_of(lambda: np.matmul(square, square, out=result), 3)
