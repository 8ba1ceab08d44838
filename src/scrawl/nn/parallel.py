"""Parallel arithmetic: a training step cut into pieces that threads or processes compute.

The pieces follow from the settings and the shapes, never from the number of threads, and none
depends on another: with one thread or four, the results are the same to the last bit. Matrix
products are cut by rows or columns of their result, not by examples, whose gradients would have to
be added up, which is slower for wide dense networks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from scrawl.nn import Array

# Multiply-adds of the smallest product that is cut: to hand out the pieces of a smaller one and to
# wait for them takes as long as to compute it.
SMALLEST = 1 << 21

Piece = TypeVar("Piece")


class Executor(Protocol):
    """Does a task for each of several pieces, in any order, and returns when all are done."""

    def __call__(self, task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
        """Call `task` with each piece."""


def serial(task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
    """Do a task for each of several pieces, one after the other."""
    for piece in pieces:
        task(piece)


Request = TypeVar("Request")
Reply = TypeVar("Reply")


@runtime_checkable
class ProcessExecutor(Executor, Protocol):
    """An executor of threads that can also start processes for longer tasks.

    Attributes
    ----------
    size : int
        The number of threads, and of processes, with the present one.
    """

    size: int

    def shared(self, array: Array) -> Array:
        """Return a copy in memory that all processes see."""

    def start(self, work: Callable[[int, Request], Reply]) -> Callable[[Request], list[Reply]]:
        """Start processes as copies of this one; return a function that lets all of them work.

        A process does not see what another changes later, except in shared arrays.

        Parameters
        ----------
        work : function
            Is given the number of the process, below `size`, and the request.
        """


class Matmul(Protocol):
    """The part of `numpy.matmul` that layers use."""

    def __call__(self, a: Array, b: Array, /, out: Array) -> Array:
        """Write the matrix product a·b to `out` and return it."""


class PiecewiseMatmul:
    """`numpy.matmul` with its result cut into pieces, across the longer side.

    Parameters
    ----------
    pieces : int
        Their number.
    executor : Executor
        Computes them.

    Examples
    --------
    >>> a, b = np.ones((3, 2048), np.float32), np.ones((2048, 500), np.float32)
    >>> widths = []
    >>> def executor(task, pieces):
    ...     widths.extend(piece.stop - piece.start for piece in pieces)
    ...     serial(task, pieces)
    >>> product = PiecewiseMatmul(4, executor)(a, b, out=np.empty((3, 500), np.float32))
    >>> widths, bool((product == 2048).all())
    ([125, 125, 125, 125], True)
    """

    def __init__(self, pieces: int, executor: Executor) -> None:
        self.pieces, self.executor = pieces, executor

    def __call__(self, a: Array, b: Array, /, out: Array) -> Array:
        """Write the matrix product a·b to `out` and return it."""
        rows, columns = out.shape
        if rows * columns * len(b) < SMALLEST:
            np.matmul(a, b, out=out)
        elif rows >= columns:
            self.executor(lambda i: np.matmul(a[i], b, out=out[i]), cut(rows, self.pieces))
        else:
            self.executor(lambda j: np.matmul(a, b[:, j], out=out[:, j]), cut(columns, self.pieces))
        return out


def cut(length: int, pieces: int) -> list[slice]:
    """Return the slices that cut a length into pieces, as equal as possible, none empty.

    >>> cut(10, 3)
    [slice(0, 3, None), slice(3, 6, None), slice(6, 10, None)]
    """
    pieces = min(pieces, length)
    ends = [length * i // pieces for i in range(pieces + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]
