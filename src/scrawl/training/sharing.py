"""Threads and processes that share the work of a process: the executors of `workers`."""

from __future__ import annotations

import mmap
import signal
import sys
import traceback
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
from scrawl.nn.parallel import Executor, Piece, Reply, Request
from scrawl.training.cost import SHARING

# Each thread has NumPy's error handling to itself: that training has diverged is said once, by
# `NonFiniteLoss`, and not by every operation.
quietly = partial(np.seterr, over="ignore", invalid="ignore")


@contextmanager
def sharing(threads: int) -> Iterator[Executor]:
    """Start all threads but the caller's; yield the executor, and end them with the block."""
    with ThreadPoolExecutor(threads - 1, initializer=quietly) as pool:
        # Elsewhere a process cannot start as a copy of another, or not safely.
        kind = Processes if sys.platform == "linux" else Threads
        with closing(kind(threads, pool)) as executor:
            yield executor


class Threads:
    """An executor of threads, the caller's among them, that take pieces from a queue.

    Parameters
    ----------
    size : int
        The number of threads.
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
        """Do nothing: the pool ends the threads."""


class Processes(Threads):
    """An executor of threads that can also start processes: a `ProcessExecutor`."""

    def __init__(self, size: int, pool: ThreadPoolExecutor) -> None:
        super().__init__(size, pool)
        self.started = ExitStack()

    def shared(self, array: Array) -> Array:
        """Return a copy in memory that all processes see."""
        copy: Array = np.frombuffer(mmap.mmap(-1, max(array.nbytes, 1)), array.dtype, array.size)
        copy = copy.reshape(array.shape)
        copy[...] = array
        return copy

    def start(self, work: Callable[[int, Request], Reply]) -> Callable[[Request], list[Reply]]:
        """Start processes as copies of this one, in place of any that were started before."""
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
            SHARING.add(process.ident)
            # last in first out, after the pipes are closed
            self.started.callback(SHARING.discard, process.ident)
            self.started.callback(process.join)
        for pipe in pipes:
            self.started.callback(pipe.close)

        def request_all(request: Request) -> list[Reply]:
            try:
                for pipe in pipes:
                    pipe.send(request)
                # all of them, even if one failed: no reply is left for the next request
                replies = [attempt(partial(work, 0), request), *(pipe.recv() for pipe in pipes)]
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise ChildProcessError(
                    "a process that shared the work is gone, perhaps for want of memory; "
                    "start again, with fewer --threads or more memory"
                ) from None
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
            return replies

        return request_all

    def close(self) -> None:
        """End all processes."""
        self.started.close()


def serve(work: Callable[[Any], Any], requests: Connection, others: Sequence[Connection]) -> None:
    """Answer requests until the process that sends them is gone.

    Parameters
    ----------
    work : function
        Returns the reply to a request.
    requests : Connection
        Where they come from, and where replies go.
    others : sequence of Connection
        Ends that belong to the process that sends requests: closed, lest they outlive it.
    """
    for other in others:
        other.close()
    # Usually sent to the whole group: the process that sends requests decides what comes of it.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    quietly()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            requests.send(attempt(work, requests.recv()))


def attempt(work: Callable[[Any], Any], request: Any) -> Any:
    """Return the reply to a request, or the exception."""
    try:
        return work(request)
    except Exception as error:
        # Replies are pickled, and a traceback is not.
        frames = traceback.extract_tb(error.__traceback__)
        error.places = [(f.filename, f.lineno) for f in frames]  # type: ignore[attr-defined]
        return error
