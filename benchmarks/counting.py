"""Operations, bytes and seconds of NumPy's calls, counted by the arrays that they are given."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from scrawl.nn import Array

PRODUCTS, PASSES, COPIES = "products", "passes", "copies"
KINDS = (PRODUCTS, PASSES, COPIES)
# Functions that are no ufuncs; the others of a step lead to ufuncs.
FUNCTIONS: dict[Callable[..., Any], str] = {
    np.take: COPIES,
    np.copyto: COPIES,
    np.vdot: PASSES,
    np.count_nonzero: PASSES,
}


@dataclass
class Work:
    """What some calls did.

    Attributes
    ----------
    operations : int
        Additions, multiplications, comparisons, exponentials and the like, each counted once.
    bytes : int
        Of the operands that were read and the results that were written, by each call anew.
    times : list of float
        The seconds of each call, on a processor.
    """

    operations: int = 0
    bytes: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Their number."""
        return len(self.times)

    @property
    def seconds(self) -> float:
        """Their sum."""
        return sum(self.times)

    def __add__(self, other: Work) -> Work:
        return Work(
            self.operations + other.operations,
            self.bytes + other.bytes,
            self.times + other.times,
        )


@dataclass
class Tally:
    """The work of all calls, by place in the program and by kind: one of KINDS.

    Examples
    --------
    >>> a, b = (np.ones((2, 3), np.float32).view(Counted) for _ in range(2))
    >>> with counting() as tally:
    ...     with tally.at("sums"):
    ...         a += b
    ...     with tally.at("products"):
    ...         c = a @ b.T
    >>> tally.of("sums", PASSES).operations, tally.of("sums", PASSES).bytes
    (6, 72)
    >>> tally.of("products", PRODUCTS).operations
    24
    """

    work: defaultdict[tuple[str, str], Work] = field(default_factory=lambda: defaultdict(Work))
    place: str = ""

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Count what is called in this block for a place."""
        outer, self.place = self.place, place
        try:
            yield
        finally:
            self.place = outer

    def of(self, place: str | None = None, kind: str | None = None) -> Work:
        """Return the work at a place and of a kind; of all where none is named."""
        chosen = (
            work
            for (where, what), work in self.work.items()
            if place in {None, where} and kind in {None, what}
        )
        return sum(chosen, Work())

    def add(self, kind: str, operations: int, moved: int, seconds: float) -> None:
        """Count a call."""
        work = self.work[self.place, kind]
        work.operations += operations
        work.bytes += moved
        work.times.append(seconds)


class Counted(np.ndarray[Any, Any]):
    """An array whose calls are counted while `counting`: views of it are counted, too."""

    tally: ClassVar[Tally | None] = None

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] = (), **named: Any
    ) -> Any:
        """Call a ufunc with ordinary arrays, and count it."""
        if out:
            named["out"] = tuple(map(plain, out))
        kind = PRODUCTS if ufunc is np.matmul else PASSES
        result = call(kind, getattr(ufunc, method), [*map(plain, inputs)], named)
        return out[0] if out else result

    def __array_function__(self, function: Any, types: Any, given: Any, named: Any) -> Any:
        """Call a function of NumPy, and count it, if no ufunc in it does."""
        if function not in FUNCTIONS:
            return super().__array_function__(function, types, given, named)
        ordinary = {name: plain(value) for name, value in named.items()}
        return call(FUNCTIONS[function], function, [*map(plain, given)], ordinary)

    def argmax(self, *given: Any, **named: Any) -> Any:
        """Find the places of maxima, and count it."""
        return call(PASSES, np.argmax, [plain(self), *given], named)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Copy values, and count it."""
        to, value = plain(self)[key], plain(value)
        if not same(to, value):
            call(COPIES, np.copyto, [to, value], {})


def plain(value: Any) -> Any:
    """Return an ordinary array for one that counts, anything else as it is."""
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def same(to: Array, value: Any) -> bool:
    """Return whether two arrays are the same memory, as in `a[1:] += b`: NumPy copies nothing."""
    keys = ("data", "shape", "strides")
    one, other = (getattr(array, "__array_interface__", {}) for array in (to, value))
    return all(one.get(key) == other.get(key) for key in keys)


def call(
    kind: str, function: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]
) -> Any:
    """Call a function of ordinary arrays; return its result, as an array that counts."""
    # The clock of the thread leaves out other programs, but to read it takes microseconds.
    thread, begin = time.thread_time(), time.perf_counter()
    result = function(*given, **named)
    seconds = min(time.perf_counter() - begin, time.thread_time() - thread)
    read = [array for array in given if isinstance(array, np.ndarray)]
    written = given[0] if function is np.copyto else result
    if Counted.tally is not None:
        operations = operations_of(kind, function, read, np.size(written))
        moved = bytes_of(function, read, np.asarray(written).nbytes)
        Counted.tally.add(kind, operations, moved, seconds)
    return result.view(Counted) if isinstance(result, np.ndarray) else result


def operations_of(
    kind: str, function: Callable[..., Any], read: Sequence[Array], written: int
) -> int:
    """Return the operations of a call that reads some arrays and writes so many values."""
    if kind == COPIES:
        return 0
    if kind == PRODUCTS:
        return 2 * written * int(read[0].shape[-1])
    largest = max(array.size for array in read)
    if function is np.vdot:
        return 2 * largest - 1
    return written if written >= largest else largest - written  # of each value, or reducing many


def bytes_of(function: Callable[..., Any], read: Sequence[Array], written: int) -> int:
    """Return the bytes that a call reads and writes."""
    if function is np.take:  # of the table only rows as large as what is written
        return 2 * written + read[1].nbytes
    if function is np.copyto:  # what is written to is the first
        return written + sum(array.nbytes for array in read[1:])
    return written + sum(array.nbytes for array in read)


@contextmanager
def counting() -> Iterator[Tally]:
    """Count the calls with arrays of kind `Counted` in this block."""
    Counted.tally = Tally()
    try:
        yield Counted.tally
    finally:
        Counted.tally = None


def count(thing: object) -> None:
    """Let all arrays count that are attributes of an object."""
    for name, value in vars(thing).items():
        if isinstance(value, np.ndarray):
            setattr(thing, name, value.view(Counted))


def placed(thing: object, method: str, place: str) -> None:
    """Let the calls of an object's method count for a place."""
    function = getattr(thing, method)

    def counted(*given: Any, **named: Any) -> Any:
        with Counted.tally.at(place) if Counted.tally else nullcontext():
            return function(*given, **named)

    setattr(thing, method, counted)
