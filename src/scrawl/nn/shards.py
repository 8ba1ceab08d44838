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

# Images of a shard at most.
SHARD = 32
# Shards at the same time at most: each has buffers and a vector of gradients of its own.
COPIES = 16


class ShardedNetwork(Network):
    """A network of which copies compute the shards of a batch, each with buffers of its own.

    A shard passes forward and backward while its arrays are in the cache, whichever thread does
    it. Their gradients are added up in order, so no bit depends on the number of threads. (It
    depends on the size of a shard.)

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
    ) -> None:
        super().__init__(layers, n_in, rng, dtype)
        self.copies: list[Network] = []
        self.share: Share = one_by_one
        self.blocks = cut(self.parameters.size, -(-self.parameters.size // BLOCK))

    def copied(self) -> Network:
        """Return a network of the same parameters, with gradients and buffers of its own."""
        twin = copy.copy(self)
        twin.layers = [layer.twin() for layer in self.layers]
        twin.gradients, twin.capacity = np.zeros_like(self.gradients), 0
        twin.bind()
        return twin

    def reserve(self, batch: int) -> None:
        """Make copies and all buffers for batches of up to this size, unless they are there."""
        while len(self.copies) < min(-(-batch // SHARD), COPIES):
            self.copies.append(self.copied())
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
        for start in range(0, len(shards), COPIES):
            some = shards[start : start + COPIES]

            def one(i: int, start: int = start, some: list[slice] = some) -> None:
                results[start + i] = task(self.copies[i], some[i])

            self.share(one, range(len(some)))
            self.add_up(self.copies[: len(some)], first=start == 0)
        return [results[i] for i in range(len(shards))]

    def add_up(self, parts: list[Network], first: bool) -> None:
        """Make the gradients the sum of those of the shards, and take over what they saw."""

        def add(block: slice) -> None:
            total = self.gradients[block]
            if first:
                total[...] = 0
            for part in parts:
                total += part.gradients[block]

        self.share(add, self.blocks)
        for layer, twins in zip(
            self.layers, zip(*(p.layers for p in parts), strict=True), strict=True
        ):
            layer.absorb(twins)

    def predict(self, images: Array, batch: int | None = None) -> Array:
        """Return the outputs (n, n_out) for any number of examples (n, n_in)."""
        outputs: Array = np.empty((len(images), self.n_out), self.parameters.dtype)
        parts: list[Any] = self.copies or [self]
        rows = cut(len(images), -(-len(images) // (batch or SHARD)))

        def work(i: int) -> None:
            for shard in rows[i :: len(parts)]:
                outputs[shard] = parts[i].forward(images[shard])

        with np.errstate(over="ignore", invalid="ignore"):
            self.share(work, range(len(parts)))
        return outputs
