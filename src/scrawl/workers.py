"""Threads that do the pieces of a task together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np

from scrawl.nn.pieces import Piece, Share, one_by_one


@contextmanager
def workers(threads: int) -> Iterator[Share]:
    """Start threads that share work, and end them with the block.

    NumPy lets other threads run while it calculates, so threads are enough: processes would have
    to be sent every array.

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
    # Each thread has NumPy's error handling to itself: that training has diverged is said once, by
    # `fit`, and not by every operation.
    quietly = partial(np.seterr, over="ignore", invalid="ignore")
    with ThreadPoolExecutor(threads - 1, initializer=quietly) as pool:

        def share(task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
            queue = iter(pieces)  # all take from it: no thread waits while there is work

            def work() -> None:
                for piece in queue:
                    task(piece)

            others = [pool.submit(work) for _ in range(min(threads, len(pieces)) - 1)]
            work()
            for other in others:
                other.result()

        yield share
