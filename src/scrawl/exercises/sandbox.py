"""The child process that runs a reader's file, from the outside: started, limited, questioned."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from scrawl.exercises import child

SECONDS = 10.0  # for all answers about one file: right ones take a fraction of one
MOST_REPLY = 64 << 20  # bytes of a reply: the longest right one has one million
MOST_PRINTED = 4096  # bytes of what the file printed that are shown


class Ended(Exception):  # noqa: N818 — an event that is expected, not an error of ours
    """The child process gives no more answers; the message says why."""


@dataclass(frozen=True)
class Seeded:
    """An argument that is a random generator: `numpy.random.default_rng(seed)`."""

    seed: int

    def encoded(self) -> Any:
        """Return what the child process makes it from."""
        return {"seed": self.seed}

    def __str__(self) -> str:
        return "a numpy.random.Generator"


@dataclass(frozen=True)
class Linear:
    """An argument that is a trained network: a function of at most `most` images at a time.

    Attributes
    ----------
    weights : (pixels, classes) float64
    most : int
    """

    weights: Any
    most: int

    def encoded(self) -> Any:
        """Return what the child process makes it from."""
        return {"weights": child.encoded(self.weights), "most": self.most}

    def __str__(self) -> str:
        return f"a function of at most {self.most} images"


@dataclass(frozen=True)
class Failure:
    """An error that the reader's code raised.

    Attributes
    ----------
    type, message : str
    line : int, optional
        In the reader's file.
    """

    type: str
    message: str
    line: int | None

    def __str__(self) -> str:
        place = "" if self.line is None else f" in line {self.line}"
        return f"{self.type}{place}: {self.message}" if self.message else f"{self.type}{place}"


@dataclass(frozen=True)
class Reply:
    """The answer to a call: a value and the arguments as they are after it, or a failure.

    Attributes
    ----------
    value : Any
    arguments : tuple
        Arrays; None for what was no array.
    failure : Failure, optional
    """

    value: Any = None
    arguments: tuple[Any, ...] = ()
    failure: Failure | None = None


class Child:
    """A child process, to be used in a `with` block, at whose end it is killed.

    Parameters
    ----------
    seconds : float
        For all answers about one file.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds

    def __enter__(self) -> Child:
        self.begin = 0  # of what the loaded file printed
        self.output = tempfile.TemporaryFile()
        self.socket, theirs = socket.socketpair()
        packages = Path(np.__file__).parents[1]
        words = [sys.executable, "-I", "-S", "-B", "-u", "-X", "utf8", child.__file__]
        with theirs:
            self.process = subprocess.Popen(
                [*words, str(packages), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.output,
                pass_fds=[theirs.fileno()],
                cwd="/",
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # Ctrl-C ends this process, which then kills that one
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self.socket.close()
        self.output.close()

    def kill(self) -> None:
        """End the process, and those that it may have started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def load(self, source: bytes, name: str, wanted: Sequence[str]) -> list[str]:
        """Let the process run a file; return which of the wanted functions it defines.

        Raises
        ------
        ValueError
            If the file raises an error.
        Ended
            If the process gives no answer.
        """
        self.deadline = time.monotonic() + self.seconds
        self.begin = self.output.seek(0, os.SEEK_END)
        data = base64.b64encode(source).decode()
        reply = self._ask({"load": data, "name": name, "wanted": list(wanted)})
        if isinstance(reply, Failure):
            raise ValueError(str(reply))
        defined = reply.get("defines")
        return [name for name in wanted if isinstance(defined, list) and name in defined]

    def call(self, function: str, arguments: Sequence[Any]) -> Reply:
        """Let the process call a function of the loaded file.

        Parameters
        ----------
        function : str
        arguments : sequence
            Arrays, numbers, bytes, a `Seeded` or a `Linear`.

        Raises
        ------
        Ended
            If the process gives no answer.
        """
        items = [
            argument.encoded() if isinstance(argument, Seeded | Linear) else child.encoded(argument)
            for argument in arguments
        ]
        reply = self._ask({"call": function, "arguments": items})
        if isinstance(reply, Failure):
            return Reply(failure=reply)
        try:
            after = tuple(child.decoded(item) for item in reply["arguments"])
            return Reply(child.decoded(reply["value"]), after)
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise self._not_understood() from error

    def printed(self) -> str:
        """Return the beginning of what the file printed, safe to be shown on a terminal."""
        self.output.seek(self.begin)
        return shown(self.output.read(MOST_PRINTED).decode(errors="replace")).rstrip("\n")

    def _ask(self, request: dict[str, Any]) -> dict[str, Any] | Failure:
        """Send a request; return the reply."""
        try:
            self._set_time_left()
            self.socket.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(self._line())  # not parsed_json: an answer may be NaN
        except TimeoutError as error:
            self.kill()
            raise Ended(
                f"no answer within {self.seconds:g} seconds: a loop without an end?"
            ) from error
        except OSError as error:
            raise self._over() from error
        except (ValueError, RecursionError) as error:
            raise self._not_understood() from error
        match reply:
            case {"error": {"type": str(kind), "message": str(message), "line": int() | None}}:
                return Failure(in_one_line(kind), in_one_line(message), reply["error"]["line"])
            case {"defines": _} | {"value": _, "arguments": [*_]}:
                return dict(reply)
            case _:
                raise self._not_understood()

    def _line(self) -> bytes:
        """Return the next line that the process sends."""
        parts: list[bytes] = []
        while not parts or not parts[-1].endswith(b"\n"):
            self._set_time_left()
            parts.append(self.socket.recv(1 << 20))
            if not parts[-1]:
                raise self._over()
            if sum(map(len, parts)) > MOST_REPLY:
                self.kill()
                raise Ended("the answer is far too large")
        return b"".join(parts)

    def _set_time_left(self) -> None:
        """Let the next word with the process take no longer than what is left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)

    def _over(self) -> Ended:
        """Return how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        status = self.process.poll()
        self.kill()
        if status is not None and status < 0:
            return Ended(f"the process was ended by {signal.Signals(-status).name}")
        return Ended(f"the process ended before it answered, with status {status}")

    def _not_understood(self) -> Ended:
        self.kill()
        return Ended("the process answered with something that is not an answer")


def shown(text: str) -> str:
    r"""Return text with its control characters written out, except for the ends of lines.

    >>> shown("a\x1b[2J\nb")
    'a\\x1b[2J\nb'
    """
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def in_one_line(text: str) -> str:
    """Return text without ends of lines and control characters."""
    return shown(" ".join(text.split()))
