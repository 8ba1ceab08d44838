"""How the arithmetic of a step is cut into pieces, for several threads to do at the same time.

The pieces follow from the settings and the shapes, never from the number of threads, and none
depends on another: so one thread or four, the results are the same to the last bit. Matrix
products are cut by rows or columns of their result, not by examples, whose gradients would have to
be added up: of a wide dense network two threads so learn 10,800 to 12,100 images/s, with the batch
cut 7,500 (batches of 128, a prototype on a 4-core Xeon).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from scrawl.nn import Array

# A product of fewer multiply-adds is done whole: it takes about 40 µs, and to hand out two pieces
# or four and to wait for them takes 24 or 48 µs (median of 3,000 on four busy cores of an EPYC).
SMALLEST = 1 << 21

Piece = TypeVar("Piece")


class Share(Protocol):
    """Does a task for each of some pieces, in whatever order, and returns when all are done."""

    def __call__(self, task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
        """Call `task` with each piece."""


def one_by_one(task: Callable[[Piece], object], pieces: Sequence[Piece], /) -> None:
    """Do a task for each of some pieces, without any threads."""
    for piece in pieces:
        task(piece)


Order = TypeVar("Order")
Reply = TypeVar("Reply")


@runtime_checkable
class Crew(Share, Protocol):
    """Shares pieces out among threads, and larger work among processes.

    Attributes
    ----------
    size : int
        How many threads, and how many processes, the present one among them.
    """

    size: int

    def shared(self, array: Array) -> Array:
        """Return a copy that lies in memory which all processes see."""

    def hire(self, work: Callable[[int, Order], Reply]) -> Callable[[Order], list[Reply]]:
        """Let processes begin as copies of this one, and return what makes all do some work.

        Whatever is changed later in one process, none of the others sees, apart from shared arrays.

        Parameters
        ----------
        work : function
            Is given a number below `size`, which no other process has, and the order.
        """


class Matmul(Protocol):
    """What a layer needs of `numpy.matmul`."""

    def __call__(self, a: Array, b: Array, /, out: Array) -> Array:
        """Write the matrix product a·b to `out` and return it."""


class PiecewiseMatmul:
    """`numpy.matmul`, its result cut across the longer side into pieces.

    On a single thread four pieces cost 3 to 8 % more than the whole, cut across the shorter side up
    to 54 % (batches of 128, 512 and 1024, 784×800 and 784×128 weights, one core of an EPYC, NumPy
    2.4, best of 15); a product of only 128×128 values costs 20 % more.

    Parameters
    ----------
    pieces : int
        Into how many.
    share : Share
        Does them.

    Examples
    --------
    >>> a, b = np.ones((3, 2048), np.float32), np.ones((2048, 500), np.float32)
    >>> widths = []
    >>> def share(task, pieces):
    ...     widths.extend(piece.stop - piece.start for piece in pieces)
    ...     one_by_one(task, pieces)
    >>> product = PiecewiseMatmul(4, share)(a, b, out=np.empty((3, 500), np.float32))
    >>> widths, bool((product == 2048).all())
    ([125, 125, 125, 125], True)
    """

    def __init__(self, pieces: int, share: Share) -> None:
        self.pieces, self.share = pieces, share

    def __call__(self, a: Array, b: Array, /, out: Array) -> Array:
        """Write the matrix product a·b to `out` and return it."""
        rows, columns = out.shape
        if rows * columns * len(b) < SMALLEST:
            np.matmul(a, b, out=out)
        elif rows >= columns:
            self.share(lambda i: np.matmul(a[i], b, out=out[i]), cut(rows, self.pieces))
        else:
            self.share(lambda j: np.matmul(a, b[:, j], out=out[:, j]), cut(columns, self.pieces))
        return out


def cut(length: int, pieces: int) -> list[slice]:
    """Return the slices that cut a length into so many pieces, as equal as can be, none empty.

    >>> cut(10, 3)
    [slice(0, 3, None), slice(3, 6, None), slice(6, 10, None)]
    """
    pieces = min(pieces, length)
    ends = [length * i // pieces for i in range(pieces + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]
