"""Threads and processes that do the pieces of a task together."""

from __future__ import annotations

import mmap
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from scrawl.nn import Array
from scrawl.nn.parallel import Order, Piece, Reply, Share, one_by_one

# Each thread has NumPy's error handling to itself: that training has diverged is said once, by
# `fit`, and not by every operation.
quietly = partial(np.seterr, over="ignore", invalid="ignore")


@contextmanager
def workers(threads: int) -> Iterator[Share]:
    """Start threads that share work, and end them with the block.

    NumPy lets other threads run while it calculates, so for large arrays threads are enough. Work
    in many short steps is better done by processes, which on Linux can be hired as well: see `Crew`
    of `scrawl.nn.parallel`.

    Parameters
    ----------
    threads : int
        How many work at the same time, the caller among them. With one, no thread is started.

    Yields
    ------
    Share
        Hands each piece to whichever thread is free.

    Raises
    ------
    ValueError
        If there is to be none.

    Examples
    --------
    >>> squares = [0] * 5
    >>> with workers(2) as share:
    ...     share(lambda i: squares.__setitem__(i, i * i), range(5))
    >>> squares
    [0, 1, 4, 9, 16]
    """
    if threads < 1:
        raise ValueError(f"--threads: found {threads}, expected 1 or more")
    if threads == 1:
        yield one_by_one
        return
    with ThreadPoolExecutor(threads - 1, initializer=quietly) as pool:
        # Elsewhere a process cannot begin as a copy of another, or not safely.
        kind = Crew if sys.platform == "linux" else Threads
        with closing(kind(threads, pool)) as share:
            yield share


class Threads:
    """Threads that take pieces from a queue, the caller's among them.

    Parameters
    ----------
    size : int
        How many.
    pool : ThreadPoolExecutor
        All but one of them.
    """

    def __init__(self, size: int, pool: ThreadPoolExecutor) -> None:
        self.size, self.pool = size, pool

    def __call__(self, task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
        """Do a task for each of some pieces."""
        queue = iter(pieces)  # all take from it: no thread waits while there is work

        def work() -> None:
            for piece in queue:
                task(piece)

        others = [self.pool.submit(work) for _ in range(min(self.size, len(pieces)) - 1)]
        work()
        for other in others:
            other.result()

    def close(self) -> None:
        """Nobody else is at work."""


class Crew(Threads):
    """Threads, and processes that began as copies of this one; see `scrawl.nn.parallel.Crew`."""

    def __init__(self, size: int, pool: ThreadPoolExecutor) -> None:
        super().__init__(size, pool)
        self.hired = ExitStack()

    def shared(self, array: Array) -> Array:
        """Return a copy that lies in memory which all processes see."""
        copy: Array = np.frombuffer(mmap.mmap(-1, max(array.nbytes, 1)), array.dtype, array.size)
        copy = copy.reshape(array.shape)
        copy[...] = array
        return copy

    def hire(self, work: Callable[[int, Order], Reply]) -> Callable[[Order], list[Reply]]:
        """Let processes begin as copies of this one, in place of any that did before."""
        self.close()
        pipes: list[Connection] = []
        for number in range(1, self.size):
            here, there = Pipe()
            pipes.append(here)
            process = get_context("fork").Process(
                target=serve, args=(partial(work, number), there, pipes), daemon=True
            )
            with warnings.catch_warnings():
                # that threads do not come along: those of the pool wait for work, and have no lock
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            there.close()
            self.hired.callback(process.join)  # after the pipes are closed, last in first out
        for pipe in pipes:
            self.hired.callback(pipe.close)

        def order_all(order: Order) -> list[Reply]:
            try:
                for pipe in pipes:
                    pipe.send(order)
                # all of them, also if one failed: no reply is left for the next order
                replies = [attempt(partial(work, 0), order), *(pipe.recv() for pipe in pipes)]
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise ChildProcessError(
                    "a process that shared the work is gone, perhaps for want of memory; "
                    "start again, with fewer --threads or more memory"
                ) from None
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
            return replies

        return order_all

    def close(self) -> None:
        """Send all processes home."""
        self.hired.close()


def serve(work: Callable[[Any], Any], orders: Connection, others: Sequence[Connection]) -> None:
    """Carry out orders until there are no more, because the process that gives them is gone.

    Parameters
    ----------
    work : function
        What to do with an order.
    orders : Connection
        Where they come from, and where replies go.
    others : sequence of Connection
        Ends that belong to the process that gives orders: closed, lest they outlive it.
    """
    for other in others:
        other.close()
    # Sent to the whole group as a rule: the one that gives orders decides what comes of it.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    quietly()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            orders.send(attempt(work, orders.recv()))


def attempt(work: Callable[[Any], Any], order: Any) -> Any:
    """Return what comes of an order: the reply, or the exception."""
    try:
        return work(order)
    except Exception as error:
        return error
