"""Share of this processor's peak speed that training uses, and where the rest goes."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Ratio, Table, arguments, examples, in_turn
from benchmarks.peers import case_of, network_of
from scrawl.nn import fitting
from scrawl.nn.examples import Examples, batches
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Momentum
from scrawl.nn.shards import ShardedNetwork

SIDE = 2048  # of the square matrices whose product is this machine's measure
IMAGES = 5_632
CASES: list[tuple[list[int], list[int], int, float | None]] = [
    ([], [128], 32, None),
    ([], [128], 128, None),
    ([], [128], 1024, None),
    ([], [800, 800], 128, None),
    ([], [800, 800], 512, 0.75),
    ([8, 16], [128], 128, None),
    ([16, 32], [128], 128, 0.5),
]
PARTS = ("products", "batches", "optimiser", "loss")


def operations(network: Network, n: int) -> int:
    """Return the floating-point operations of the matrix products of an epoch over n images."""
    products = [
        math.prod(layer.parameter_shapes()["weights"]) * math.prod(layer.shape_out[1:])
        for layer in network.layers
        if layer.parameter_shapes()
    ]
    return 2 * n * (3 * sum(products) - products[0])


class Clock:
    """Adds up the time spent in functions, by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time noted."""

        def noted(*given: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                self.seconds[name] += time.perf_counter() - begin

        return noted


TrainsEpoch = Callable[..., object]


def epoch_of(
    data: Examples, filters: list[int], hidden: list[int], batch: int
) -> tuple[Network, TrainsEpoch]:
    """Return a network, and what trains it for an epoch, taking the time of its parts if asked."""
    network = network_of(filters, hidden)
    network.reserve(batch)
    parts = network.copies if isinstance(network, ShardedNetwork) else [network]
    layers = [layer for part in parts for layer in part.layers]
    optimiser, loss = Momentum(network.parameters.size, network.n_weights), CrossEntropy()
    order = np.random.default_rng(0).permutation(len(data))

    def epoch(clock: Clock | None = None) -> None:
        step, scored = optimiser.step, loss.__call__
        gather = batches(data, batch, order).__next__
        if clock:
            for layer in layers:
                layer.matmul = clock.timed("products", np.matmul)
            step, scored = clock.timed("optimiser", step), clock.timed("loss", scored)
            gather = clock.timed("batches", gather)
        for _ in range(0, len(data), batch):
            images, labels = gather()
            fitting.compute_gradients(network, scored, images, labels)  # type: ignore[arg-type]
            step(network.parameters, network.gradients, 0.01)

    return network, epoch


def main() -> None:
    """Measure, and write the table."""
    data = examples(arguments(__doc__).data)
    square = np.random.default_rng(0).random((SIDE, SIDE), dtype=np.float32)
    result = np.empty_like(square)
    title = "Share of the processor’s peak, one thread"
    columns = ("network, batch", "GFLOP/s", "peak", "share of the peak")
    table = Table("peak", title, (*columns, *(f"{part}, %" for part in PARTS), "the rest, %"))
    for filters, hidden, batch, target in CASES:
        n = IMAGES // 4 if filters else IMAGES
        some = Examples(data.images[:n], data.labels[:n])
        network, epoch = epoch_of(some, filters, hidden, batch)
        with threadpool_limits(1):
            contenders: dict[str, TrainsEpoch] = {
                "peak": lambda: np.matmul(square, square, out=result),
                "epoch": epoch,
            }
            seconds = in_turn(contenders)
            clock = Clock()
            begin = time.perf_counter()
            epoch(clock)
            total = time.perf_counter() - begin
        work = {"peak": 2 * SIDE**3 / 1e9, "epoch": operations(network, n) / 1e9}
        speed = {name: [work[name] / s for s in seconds[name]] for name in work}
        share = Ratio.of(speed["epoch"], speed["peak"])
        case = case_of(filters, hidden, batch)
        parts = [100 * clock.seconds[part] / total for part in PARTS]
        table.add(
            case, median(speed["epoch"]), median(speed["peak"]), share, *parts, 100 - sum(parts)
        )
        if target:
            table.aim(f"share of the peak, {case}", share.median, target)
    table.notes.append(
        f"The peak is the product of two {SIDE}×{SIDE} float32 matrices, measured in turn. Counted "
        "are the operations of the matrix products only. The last columns say where the time of an "
        "epoch goes; the rest is biases, activations, pooling, what convolutions copy, and Python."
    )
    table.write()


if __name__ == "__main__":
    main()
