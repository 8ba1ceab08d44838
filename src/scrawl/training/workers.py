"""Worker threads and processes: executors for the pieces of a training step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scrawl.nn.parallel import Executor, serial


@contextmanager
def workers(threads: int) -> Iterator[Executor]:
    """Start worker threads, and end them with the block.

    NumPy lets other threads run while it calculates, so threads are enough for large arrays. Work
    in many short steps is faster in processes, which on Linux can be started as well: see
    `scrawl.nn.parallel.ProcessExecutor`.

    Parameters
    ----------
    threads : int
        The number that work at the same time, with the caller. With one, no thread is started.

    Yields
    ------
    Executor
        Hands each piece to a thread that is free.

    Raises
    ------
    ValueError
        If the number is not positive.

    Examples
    --------
    >>> squares = [0] * 5
    >>> with workers(2) as executor:
    ...     executor(lambda i: squares.__setitem__(i, i * i), range(5))
    >>> squares
    [0, 1, 4, 9, 16]
    """
    if threads < 1:
        raise ValueError(f"--threads: found {threads}, expected 1 or more")
    if threads == 1:
        yield serial
        return
    from scrawl.training.sharing import sharing  # here: with one thread it loads all for nothing

    with sharing(threads) as executor:
        yield executor
