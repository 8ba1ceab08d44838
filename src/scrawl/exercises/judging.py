"""Questions to a reader's function, and comparisons that name the first difference.

Messages say what, where, expected and found, and which pattern the differences follow. They say
nothing of how to do it right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.exercises.sandbox import Ended, Failure, Reply
from scrawl.exercises.wording import at, axes_of, described, in_digits, pattern, where

# Of the largest number that is expected, or of 1. Right answers differ by the order of additions:
# a few digits of float64's 16, or of float32's 7, of at most some hundred terms.
TOLERANCES = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 3e-5}
LARGEST = 1e300  # of numbers that are compared: Python's whole numbers have no end


@dataclass(eq=False)
class Wrong(Exception):  # noqa: N818 — a verdict, not an error of ours
    """The first thing that is wrong with an answer.

    Attributes
    ----------
    message : str
        What, where, expected and found.
    hint : str
        What to look at.
    clue : str
        The pattern that the differences follow, if one is seen.
    where : mapping
        The place of the number: `what`, and for each axis its name and a number from 0.
    expected, got : Any
        The two numbers, or None.
    """

    message: str
    hint: str = ""
    clue: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = None
    got: Any = None

    def __str__(self) -> str:
        return self.message


class Ask:
    """A reader's function as it is asked: with named arguments, and they must stay as they are.

    Parameters
    ----------
    name : str
        The function's.
    call : function
        Takes the arguments in a sequence and returns a `Reply`.

    Attributes
    ----------
    calls : int
        How many so far.
    latest : str
        The latest call in words.
    arguments : mapping
        Those of the latest call.
    """

    def __init__(self, name: str, call: Callable[[Sequence[Any]], Reply]) -> None:
        self.name, self.call, self.calls, self.latest = name, call, 0, ""
        self.arguments: Mapping[str, Any] = {}

    def __call__(self, **arguments: Any) -> Any:
        """Return what the function answers.

        Raises
        ------
        Wrong
            If it raises an error, or changes an array that it was given.
        """
        reply = self._reply(arguments)
        if reply.failure is not None:
            raise _stopped(reply.failure)
        for (name, before), after in zip(arguments.items(), reply.arguments, strict=False):
            if isinstance(before, np.ndarray):
                _check_untouched(name, before, after)
        return reply.value

    def refused(self, because: str, hint: str, **arguments: Any) -> None:
        """Expect a ValueError.

        Raises
        ------
        Wrong
            If there is none.
        """
        reply = self._reply(arguments)
        expected = f"expected a ValueError, because {because}"
        if reply.failure is None:
            raise Wrong(f"{expected}; got {described(reply.value)}", hint)
        if reply.failure.type == "NotImplementedError":
            raise _stopped(reply.failure)
        if reply.failure.type != "ValueError":
            raise Wrong(f"{expected}; got {reply.failure}", hint)

    def _reply(self, arguments: Mapping[str, Any]) -> Reply:
        words = ", ".join(f"{name}: {described(value)}" for name, value in arguments.items())
        self.calls, self.latest = self.calls + 1, f"{self.name}({words})"
        self.arguments = arguments
        try:
            return self.call(tuple(arguments.values()))
        except Ended as end:
            raise Wrong(str(end)) from end


def _stopped(failure: Failure) -> Wrong:
    if failure.type == "NotImplementedError":
        return Wrong(f"not written yet: {failure}", "replace that line with your own")
    if failure.type == "FloatingPointError":
        hint = "a number became too large or is undefined; print the numbers that enter that line"
        return Wrong(f"stopped with {failure}", hint)
    return Wrong(f"stopped with {failure}", "call it with arrays of these shapes and look there")


def _check_untouched(name: str, before: npt.NDArray[Any], after: Any) -> None:
    hint = "the caller still needs what it handed over: write to an array of your own"
    if not isinstance(after, np.ndarray) or after.shape != before.shape:
        raise Wrong(f"the argument {name} was changed: now it is {described(after)}", hint)
    different = (after != before) & ~((after != after) & (before != before))
    if different.any():
        place = first(different)
        was, now = in_digits(before[place], after[place])
        raise Wrong(
            f"the argument {name} was overwritten: {at(name, place)} was {was}, now it is {now}",
            hint,
            where=where(name, place),
            expected=before[place].item(),
            got=after[place].item(),
        )


def agree(
    what: str,
    got: Any,
    expected: npt.NDArray[Any],
    dtype: npt.DTypeLike,
    hint: str,
    accuracy: float = 0.0,
) -> None:
    """Compare an array with what is expected.

    Parameters
    ----------
    what : str
        Its name, which says what its axes count.
    got : Any
        What the function returned.
    expected : ndarray
        In float64, or whole numbers, which are compared exactly.
    dtype : dtype
        The type that the answer must have; `int` for whole numbers of any type.
    hint : str
    accuracy : float
        Of what is expected, where that is less than the type's.

    Raises
    ------
    Wrong
        At the first difference: type, shape or number.
    """
    _check_form(what, got, expected.shape, dtype, hint)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    tolerance = max(TOLERANCES.get(np.dtype(dtype), 0.0), accuracy) * scale
    with np.errstate(invalid="ignore"):  # inf − inf
        different = ~(np.abs(got.astype(np.float64) - expected) <= tolerance)
    if not different.any():
        return
    place, count = first(different), int(different.sum())
    wanted, found = in_digits(expected[place], got[place])
    share = f"; {count} of {different.size} numbers differ, this is the first"
    raise Wrong(
        f"{at(what, place)}: expected {wanted}, got {found}{share if different.size > 1 else ''}",
        hint,
        pattern(got.astype(np.float64), expected, different, axes_of(what, expected.ndim)),
        where(what, place),
        expected[place].item(),
        got[place].item(),
    )


def _check_form(
    what: str, got: Any, shape: tuple[int, ...], dtype: npt.DTypeLike, hint: str
) -> None:
    """Check that an answer is an array of the shape and type that are asked for."""
    wanted = f"{shape} {'of whole numbers' if dtype is int else np.dtype(dtype)}"
    if not isinstance(got, np.ndarray):
        raise Wrong(f"{what}: expected an array {wanted}, got {described(got)}", hint)
    if got.shape != shape:
        named = ", ".join(axes_of(what, len(shape)))
        clue = ""
        if len(shape) > 1 and got.shape == shape[::-1]:
            clue = "the axes are in the opposite order"
        elif got.shape[1:] == shape[1:] and len(got) < shape[0]:
            clue = f"there is nothing for {at('', (len(got),), what, len(shape))}"
        message = f"{what}: expected the shape {shape} ({named}), got {got.shape}"
        raise Wrong(message, hint, clue, {"what": what}, list(shape), list(got.shape))
    if got.dtype.kind not in "iu" if dtype is int else got.dtype != dtype:
        message = f"{what}: expected {wanted}, got {got.shape} {got.dtype}"
        raise Wrong(
            message,
            "the numbers' type: each operation's result has the wider one of its operands' types",
            where={"what": what},
            expected="integers" if dtype is int else str(np.dtype(dtype)),
            got=str(got.dtype),
        )


def same_number(what: str, got: Any, expected: float, tolerance: float, hint: str) -> None:
    """Compare a number, of Python or of NumPy, with what is expected."""
    value = got.item() if isinstance(got, np.ndarray) and got.ndim == 0 else got
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > LARGEST:
        raise Wrong(f"{what}: expected a number, got {described(got)}", hint)
    if not abs(value - expected) <= tolerance * max(1.0, abs(expected)):
        wanted, found = in_digits(expected, value)
        message = f"{what}: expected {wanted}, got {found}"
        raise Wrong(message, hint, _whole_ratio(value, expected), {"what": what}, expected, value)


def _whole_ratio(value: float, expected: float) -> str:
    """Return how many times the other one of two numbers is, if that is a whole number."""
    if value and expected and math.isfinite(value):
        for factor, words in ((value / expected, "{:.0f}"), (expected / value, "1/{:.0f}")):
            if abs(factor - round(factor)) < 1e-6 and 2 <= abs(factor) <= 1000:
                return f"it is {words.format(factor)} times the expected one"
    return ""


def parts(got: Any, names: Sequence[str], hint: str) -> tuple[Any, ...]:
    """Return the parts of an answer that is a tuple."""
    if not isinstance(got, tuple) or len(got) != len(names):
        raise Wrong(
            f"expected {len(names)} values ({', '.join(names)}), got {described(got)}", hint
        )
    return got


def first(different: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the first place, row by row, at which an array is true."""
    return tuple(int(i) for i in np.unravel_index(int(different.argmax()), different.shape))
