"""Sharded networks: a batch is computed shard by shard, by several threads or processes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import LazyRows
from scrawl.nn.layers.base import Layer
from scrawl.nn.network import Network, Result
from scrawl.nn.optimisers import BLOCK
from scrawl.nn.parallel import Executor, ProcessExecutor, cut, serial
from scrawl.nn.state import State

# Examples of a shard at most: large enough to be fast, small enough to keep several threads busy.
SHARD = 32
# Shards at the same time, at most: each has buffers and a vector of gradients of its own, some 10
# MB for 16 and 32 filters.
COPIES = 16


Numbered = list[tuple[int, Any, list[State]]]
"""For some shards: number, result, and the traces that the pass left in each layer."""


@dataclass(frozen=True)
class ShardWork:
    """A request to all processes, for the rows that lie in shared memory.

    Attributes
    ----------
    task : function
        Is given a copy of the network and the rows of a shard.
    tables : int
        How many tables have such rows.
    shards : list of slice
        Of the rows.
    processes : int
        Among which they are distributed.
    state : State or None
        That of the network, if nothing is learnt.
    """

    task: Callable[..., Any]
    tables: int
    shards: list[slice]
    processes: int
    state: State | None


class ShardedNetwork(Network):
    """A network of which copies compute the shards of a batch, each with buffers of its own.

    A shard passes forward and backward while its arrays are in the cache, in whichever process.
    Gradients are added up in the order of the shards, so that no bit depends on the number of
    processes (but on SHARD).

    Processes, where there can be, and not threads: a shard takes a hundred short calls of NumPy,
    and after each its thread would wait for the others to release the interpreter.

    Batch normalisation takes the statistics of each shard by itself, which Hoffer, Hubara and
    Soudry, "Train longer, generalize better", 2017, recommend for large batches; the mean over the
    shards of a batch goes into its running averages.
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
        self.executor: Executor = serial
        self.processes: ProcessExecutor | None = None
        self.seen: list[Array] = []
        self.request_all: Callable[[ShardWork], list[Numbered]] | None = None
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
        twin.gradients, twin.capacity = self.visible(np.zeros_like(self.gradients)), 0
        twin.bind()
        return twin

    def visible(self, array: Array) -> Array:
        """Return an array that all processes see, if there are several."""
        return self.processes.shared(array) if self.processes else array

    def divide(self, pieces: int, executor: Executor = serial) -> None:  # noqa: ARG002
        """Let an executor compute the shards, whose number does not depend on `pieces`."""
        self.executor = executor
        self.processes = executor if isinstance(executor, ProcessExecutor) else None
        self.parameters = self.visible(self.parameters)
        self.bind()
        self.copies.clear()

    def reserve(self, batch: int) -> None:
        """Make copies and all buffers for batches of up to this size, unless they exist."""
        wanted = min(-(-batch // SHARD), COPIES)
        if len(self.copies) < wanted:
            self.copies += [self.copied(i) for i in range(len(self.copies), wanted)]
            n = wanted * SHARD
            tables = [
                np.empty((n, width), self.parameters.dtype) for width in (self.n_in, self.n_out)
            ]
            self.seen, self.request_all = [self.visible(table) for table in tables], None
        for part in self.copies:
            Network.reserve(part, min(batch, SHARD))

    def each_shard(self, task: Callable[..., Result], *tables: Array) -> list[Result]:
        """Let a task compute the gradients of each shard of a batch; add them up."""
        n = len(tables[0])
        self.reserve(n)
        shards = cut(n, -(-n // SHARD))
        results: list[Result] = []
        self.gradients[...] = 0
        for some in cut(len(shards), -(-len(shards) // len(self.copies))):
            results += self.distribute(task, tables, shards[some])
            self.add_up(self.copies[: len(shards[some])])
        for layer in self.layers:
            layer.absorb()
        return results

    def predict(self, images: Array | LazyRows, batch: int | None = None) -> Array:
        """Return the outputs (n, n_out) for any number of examples (n, n_in)."""
        if not self.copies:
            return super().predict(images, batch)
        outputs: Array = np.empty((len(images), self.n_out), self.parameters.dtype)
        n = len(images)
        shards = [slice(start, min(start + SHARD, n)) for start in range(0, n, SHARD)]
        for first in range(0, len(shards), len(self.copies)):
            some = shards[first : first + len(self.copies)]
            with np.errstate(over="ignore", invalid="ignore"):
                answers = self.distribute(Network.forward, [images], some, self.named_state())
            for shard, answer in zip(some, answers, strict=True):
                outputs[shard] = answer
        return outputs

    def distribute(
        self,
        task: Callable[..., Result],
        tables: Sequence[Array | LazyRows],
        shards: list[slice],
        state: State | None = None,
    ) -> list[Result]:
        """Let a task do some shards, each on a copy of its own; return the results in request."""
        if self.processes:
            return self.request(self.processes, task, tables, shards, state)
        results: dict[int, Result] = {}

        def compute(i: int) -> None:
            results[i] = task(self.copies[i], *(table[shards[i]] for table in tables))

        self.executor(compute, range(len(shards)))
        return [results[i] for i in range(len(shards))]

    def request(
        self,
        processes: ProcessExecutor,
        task: Callable[..., Result],
        tables: Sequence[Array | LazyRows],
        shards: list[slice],
        state: State | None,
    ) -> list[Result]:
        """Distribute shards to several processes; bring the copies here up to date."""
        first, stop = shards[0].start, shards[-1].stop
        for seen, table in zip(self.seen, tables, strict=False):
            rows = table[first:stop]
            seen[: len(rows)] = rows
        shards = [slice(shard.start - first, shard.stop - first) for shard in shards]
        if self.request_all is None:
            self.request_all = processes.start(self.carry_out)
        results: dict[int, Result] = {}
        for reply in self.request_all(ShardWork(task, len(tables), shards, processes.size, state)):
            for i, result, traces in reply:
                results[i] = result
                for layer, left in zip(self.copies[i].layers, traces, strict=False):
                    layer.follow(left)
        return [results[i] for i in range(len(shards))]

    def carry_out(self, number: int, request: ShardWork) -> Numbered:
        """Do every so many shards of a request, from the number of the process on."""
        for name, array in (request.state or {}).items():
            self.named_state()[name][...] = array
        tables = self.seen[: request.tables]
        done = []
        for i in range(number, len(request.shards), request.processes):
            part = self.copies[i]
            result = request.task(part, *(table[request.shards[i]] for table in tables))
            learnt = request.state is None and number > 0
            done.append((i, result, [layer.traces() for layer in part.layers] if learnt else []))
        return done

    def add_up(self, parts: Sequence[Network]) -> None:
        """Add the gradients of some copies, in order, and collect what their layers measured."""

        def add(block: slice) -> None:
            for part in parts:
                self.gradients[block] += part.gradients[block]

        self.executor(add, self.blocks)
        for layer, *twins in zip(self.layers, *(part.layers for part in parts), strict=True):
            layer.collect(twins)
