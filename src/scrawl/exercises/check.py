"""Check solved exercises: print which pass, and the first error of each that does not.

The exit status is 0 if everything passed, 1 if something failed, and 2 if a file could not be run
as far as its first function (or none of its functions is an exercise's).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.exercises.catalogue import EXERCISES, Exercise
from scrawl.exercises.judging import Ask, Wrong
from scrawl.exercises.sandbox import Child, Ended, shown

PASSED, FAILED, NOT_RUNNABLE = "passed", "failed", "not runnable"
STATUS = {PASSED: 0, FAILED: 1, NOT_RUNNABLE: 2}
LONGEST_FILE = 1 << 20  # bytes: what is longer was not written for an exercise
FEW = 48  # numbers of a call that are shown: they fill some fifteen lines
WIDTH = max(map(len, STATUS))


@dataclass(frozen=True)
class Verdict:
    """The outcome of one exercise.

    Attributes
    ----------
    exercise : Exercise
    calls : int
        How often the function was called.
    wrong : Wrong, optional
        The first thing that is not right.
    call : str
        The latest call: the one that was answered wrongly.
    arguments : mapping
        The arrays that it was given, if they have few numbers.
    """

    exercise: Exercise
    calls: int
    wrong: Wrong | None = None
    call: str = ""
    arguments: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """One of PASSED and FAILED."""
        return FAILED if self.wrong else PASSED

    def lines(self) -> list[str]:
        """Return the verdict in words."""
        head = f"{self.outcome:<{WIDTH}}  {self.exercise.name}"
        if self.wrong is None:
            return [f"{head}: {self.calls} calls answered as expected"]
        said = {
            "": self.wrong.message,
            "clue: ": self.wrong.clue,
            "hint: ": self.wrong.hint,
            "call: ": self.call,
        }
        lines = [f"    {key}{words}" for key, words in said.items() if words]
        for name, array in self.arguments.items():
            prefix = f"          {name} = "
            lines.append(
                prefix + np.array2string(array, precision=6, separator=", ", prefix=prefix)
            )
        return [head, *lines]

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for JSON."""
        facts = {"exercise": self.exercise.name, "outcome": self.outcome, "calls": self.calls}
        if self.wrong is None:
            return facts
        return {
            **facts,
            "message": self.wrong.message,
            "where": dict(self.wrong.where),
            "expected": for_json(self.wrong.expected),
            "got": for_json(self.wrong.got),
            "clue": self.wrong.clue,
            "hint": self.wrong.hint,
            "call": self.call,
            "arguments": {name: array.tolist() for name, array in self.arguments.items()},
        }


@dataclass(frozen=True)
class Report:
    """The outcome of one file.

    Attributes
    ----------
    file : str
    verdicts : tuple of Verdict
        One for each exercise of which it has the function; none if it is not runnable.
    reason : str
        Why it is not runnable.
    printed : str
        What the file printed, which decides nothing.
    """

    file: str
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""
    printed: str = ""

    @property
    def outcome(self) -> str:
        """One of PASSED, FAILED and NOT_RUNNABLE."""
        if not self.verdicts:
            return NOT_RUNNABLE
        return FAILED if any(verdict.wrong for verdict in self.verdicts) else PASSED

    @property
    def status(self) -> int:
        """The exit status."""
        return STATUS[self.outcome]

    def text(self) -> str:
        """Return the report for a terminal."""
        lines = [shown(self.file).replace("\n", "\\n")]
        if self.reason:
            lines.append(f"{NOT_RUNNABLE}  {self.reason}")
        for verdict in self.verdicts:
            lines += verdict.lines()
        if self.printed:
            lines += ["printed by the file:", *(f"    | {a}" for a in self.printed.split("\n"))]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {
            "file": self.file,
            "outcome": self.outcome,
            "reason": self.reason,
            "exercises": [verdict.as_dict() for verdict in self.verdicts],
            "printed": self.printed,
        }


def for_json(value: Any) -> Any:
    """Return a value as JSON knows it: numbers that are not finite as text.

    >>> for_json(0.5), for_json(math.inf)
    (0.5, 'inf')
    """
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def main(argv: Sequence[str]) -> None:
    """Check files, print the reports, and exit with the highest status."""
    parser = argparse.ArgumentParser(
        prog="scrawl check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.py", help="a solved exercise")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each file")
    arguments = parser.parse_args(argv)
    worst = 0
    for path in arguments.files:
        with Child() as child:
            report = checked(path, child, np.random.default_rng())
        words = json.dumps(report.as_dict(), allow_nan=False) if arguments.json else report.text()
        worst = max(worst, report.status)
        try:
            print(words, flush=True)
        except BrokenPipeError:  # as of `| head`, which must not make the status that of success
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(worst)


def checked(path: Path, child: Child, rng: np.random.Generator) -> Report:
    """Check one file.

    Parameters
    ----------
    path : Path
    child : Child
        Runs it.
    rng : numpy.random.Generator
        Draws what its functions are asked: unforeseeable numbers, so that none can be learnt by
        heart.
    """
    name = str(path)
    try:
        defined = child.load(source_of(path), name, list(EXERCISES))
    except OSError as error:
        return Report(name, reason=f"cannot be read: {error.strerror or error}")
    except (ValueError, Ended) as error:
        return Report(name, reason=str(error), printed=child.printed())
    verdicts = tuple(
        judged(EXERCISES[function], partial(child.call, function), rng) for function in defined
    )
    reason = "" if verdicts else "defines no exercise's function; `scrawl exercise` lists them"
    return Report(name, verdicts, reason, child.printed())


def source_of(path: Path) -> bytes:
    """Return the bytes of a file, which is read once.

    Raises
    ------
    ValueError
        If it is no ordinary file, or a very long one.
    """
    if path.exists() and not path.is_file():
        raise ValueError("is not a file")
    with path.open("rb") as file:
        source = file.read(LONGEST_FILE + 1)
    if len(source) > LONGEST_FILE:
        raise ValueError(f"is longer than {LONGEST_FILE:,} bytes")
    return source


def judged(
    exercise: Exercise, call: Callable[[Sequence[Any]], Any], rng: np.random.Generator
) -> Verdict:
    """Judge a function by its answers.

    Parameters
    ----------
    exercise : Exercise
    call : function
        Takes arguments and returns a `Reply`.
    rng : numpy.random.Generator
    """
    ask = Ask(exercise.name, call)
    try:
        exercise.check(ask, rng)
    except Wrong as wrong:
        return Verdict(exercise, ask.calls, wrong, ask.latest, few_numbers(ask.arguments))
    return Verdict(exercise, ask.calls)


def few_numbers(arguments: Mapping[str, Any]) -> Mapping[str, NDArray[Any]]:
    """Return those arguments that are arrays, or nothing if a person could not follow them."""
    arrays = {name: a for name, a in arguments.items() if isinstance(a, np.ndarray)}
    return arrays if sum(a.size for a in arrays.values()) <= FEW else {}
