"""Networks that compute a batch shard by shard, so that several threads can share it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.layers import Layer
from scrawl.nn.network import Network, Result
from scrawl.nn.optimisers import BLOCK
from scrawl.nn.pieces import Share, cut, one_by_one
from scrawl.nn.tables import Table

# Examples of a shard at most. A network of 16 and 32 filters learns as fast in shards of 64, and
# 12 % slower in shards of 16 (one core of an EPYC); more of them keep more threads busy.
SHARD = 32
# Shards at the same time, at most: each has buffers and a vector of gradients of its own, some 10
# MB for 16 and 32 filters.
COPIES = 16


class ShardedNetwork(Network):
    """A network of which copies compute the shards of a batch, each with buffers of its own.

    A shard passes forward and backward while its arrays are in the cache, in whichever thread.
    Gradients are added up in the order of the shards, so that no bit depends on the number of
    threads (but on SHARD).

    Batch normalisation takes the statistics of each shard by itself, which Hoffer, Hubara and
    Soudry, "Train longer, generalize better", 2017, recommend for large batches; the mean of
    theirs goes into its running averages.
    """

    rows = SHARD

    def __init__(
        self,
        layers: Sequence[Layer],
        n_in: int,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
        most: int | None = None,
    ) -> None:
        super().__init__(layers, n_in, rng, dtype, most)
        self.copies: list[Network] = []
        # Made at once, so that a half-trained network has them all before it has any copies.
        self.spawned = {
            name: layer.rng.spawn(COPIES)
            for name, layer in zip(self.names, self.layers, strict=True)
            if layer.rng is not None
        }
        self.share: Share = one_by_one
        self.blocks = cut(self.parameters.size, -(-self.parameters.size // BLOCK))

    def streams(self) -> dict[str, np.random.Generator]:
        """Return the random streams of all copies, as `9-dropout/stream-0`."""
        return {
            f"{name}/stream-{i}": rng
            for name, rngs in self.spawned.items()
            for i, rng in enumerate(rngs)
        }

    def copied(self, number: int) -> Network:
        """Return a network of the same parameters, with gradients and buffers of its own."""
        twin = copy.copy(self)
        twin.layers = [layer.twin() for layer in self.layers]
        for name, layer in zip(self.names, twin.layers, strict=True):
            layer.rng = self.spawned[name][number] if name in self.spawned else None
        twin.gradients, twin.capacity = np.zeros_like(self.gradients), 0
        twin.bind()
        return twin

    def reserve(self, batch: int) -> None:
        """Make copies and all buffers for batches of up to this size, unless they are there."""
        while len(self.copies) < min(-(-batch // SHARD), COPIES):
            self.copies.append(self.copied(len(self.copies)))
        for part in self.copies:
            Network.reserve(part, min(batch, SHARD))

    def divide(self, pieces: int, share: Share = one_by_one) -> None:  # noqa: ARG002
        """Let the shards be shared out; how many there are does not depend on `pieces`."""
        self.share = share

    def each_shard(self, task: Callable[[Network, slice], Result], n: int) -> list[Result]:
        """Let a task compute the gradients of each shard of a batch of n; add them up."""
        self.reserve(n)
        shards = cut(n, -(-n // SHARD))
        results: dict[int, Result] = {}

        def compute(i: int) -> None:
            results[i] = task(self.copies[i % COPIES], shards[i])

        self.gradients[...] = 0
        for some in cut(len(shards), -(-len(shards) // COPIES)):
            numbers = range(len(shards))[some]
            self.share(compute, numbers)
            self.add_up([self.copies[i % COPIES] for i in numbers])
        return [results[i] for i in range(len(shards))]

    def add_up(self, parts: Sequence[Network]) -> None:
        """Add the gradients of some copies, in order, and take over what their layers saw."""

        def add(block: slice) -> None:
            for part in parts:
                self.gradients[block] += part.gradients[block]

        self.share(add, self.blocks)
        for layer, *twins in zip(self.layers, *(part.layers for part in parts), strict=True):
            layer.absorb(twins)

    def predict(self, images: Array | Table, batch: int | None = None) -> Array:
        """Return the outputs (n, n_out) for any number of examples (n, n_in)."""
        outputs: Array = np.empty((len(images), self.n_out), self.parameters.dtype)
        parts: list[Any] = self.copies or [self]
        size = batch or SHARD
        rows = [slice(start, start + size) for start in range(0, len(images), size)]

        def work(i: int) -> None:
            for shard in rows[i :: len(parts)]:
                outputs[shard] = parts[i].forward(images[shard])

        with np.errstate(over="ignore", invalid="ignore"):
            self.share(work, range(len(parts)))
        return outputs
