"""The process that runs a reader's file: it loads the file and answers calls, judging nothing.

Started as a script in an interpreter without site-packages, so it imports nothing of scrawl. The
process that judges imports it for the encoding of values, which is not pickle: unpickling would
run what a reader's file made up.
"""

# ruff: noqa: E402 — where to import from is an argument
from __future__ import annotations

import sys

# They reach what is outside of this process, or of this interpreter, without being seen by its
# audit hook. NumPy does without all of them.
FORBIDDEN = (
    *("ctypes", "_ctypes", "subprocess", "_posixsubprocess", "multiprocessing"),
    *("readline", "_xxsubinterpreters", "_interpreters", "_testcapi", "_testinternalcapi"),
)
if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(FORBIDDEN))  # type: ignore[arg-type]
    sys.path.append(sys.argv[1])

import base64
import contextlib
import json
import math
import os
import resource
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

MEMORY = 1 << 30  # bytes of address space: NumPy takes 200 MB of it, an exercise next to nothing
PRINTED = 1 << 20  # bytes that may be printed
PROCESSOR_SECONDS = 60  # should the process that judges be killed: it would end this one sooner
MOST_ITEMS = 10_000  # taken from an iterator, which may have no end
# Audit events (docs.python.org/3/library/audit_events.html) of what no exercise needs.
OUTSIDE = (
    *("os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pty.", "fcntl.", "resource."),
    *("signal.", "mmap.", "gc.", "sqlite3.", "tempfile."),
)
LISTINGS = ("os.listdir", "os.scandir")  # the import system lists folders


@dataclass(frozen=True)
class Other:
    """A value that is not encoded, but named.

    Attributes
    ----------
    type : str
        Such as `dict` or `array of complex128`.
    """

    type: str

    def __str__(self) -> str:
        return f"a value of type {self.type}"


def encoded(value: Any) -> Any:
    """Return a value as JSON knows it: arrays as base64, tuples, lists and iterators as items.

    >>> encoded((3, np.float32([0.5])))
    {'items': [3, {'dtype': '<f4', 'shape': [1], 'data': 'AAAAPw=='}]}
    >>> encoded({})
    {'other': 'dict'}
    """
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value)
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            return {"other": f"array of {array.dtype}"}
        plain = array.astype(array.dtype.newbyteorder("<"), order="C")
        data = base64.b64encode(plain.tobytes()).decode()
        return {"dtype": plain.dtype.str, "shape": list(array.shape), "data": data}
    if value is None or type(value) in {bool, int, float, str}:
        return value
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, (tuple, list)) or hasattr(value, "__next__"):
        return {"items": [encoded(item) for item in islice(value, MOST_ITEMS)]}
    return {"other": type(value).__name__}


def decoded(item: Any) -> Any:
    """Return the value that was encoded: arrays are new, items a tuple, others an `Other`.

    Raises
    ------
    ValueError
        If it is not what `encoded` returns.

    Examples
    --------
    >>> decoded(encoded([3, np.uint8([7, 8])]))
    (3, array([7, 8], dtype=uint8))
    """
    match item:
        case {"dtype": str(code), "shape": [*shape], "data": str(data)}:
            return _array(code, shape, base64.b64decode(data, validate=True))
        case {"bytes": str(data)}:
            return base64.b64decode(data, validate=True)
        case {"items": [*items]}:
            return tuple(map(decoded, items))
        case {"other": str(name)}:
            return Other(name)
        case None | bool() | int() | float() | str():
            return item
        case _:
            raise ValueError("a value is encoded in an unknown way")


def _array(code: str, shape: list[Any], data: bytes) -> Any:
    if code not in {f"<{kind}{size}" for kind in "iuf" for size in (2, 4, 8)} | {
        *("|b1", "|i1", "|u1")
    }:
        raise ValueError(f"an array of {code}")
    if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 32:
        raise ValueError(f"an array of the shape {shape}")
    dtype = np.dtype(code)
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"an array of the shape {shape} in {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def argument(item: Any) -> Any:
    """Return an argument of a call: a value, a random stream, or a network to be evaluated."""
    match item:
        case {"seed": seed}:
            return np.random.default_rng(seed)
        case {"weights": weights, "most": most}:
            return linear(decoded(weights), most)
        case _:
            return decoded(item)


def linear(weights: Any, most: int) -> Callable[[Any], Any]:
    """Return a function that gives the scores of at most so many images at a time."""

    def predict(images: Any) -> Any:
        if len(images) > most:
            raise ValueError(f"predict takes {most} images at a time, and was given {len(images)}")
        return images @ weights

    return predict


def load(source: bytes, name: str, wanted: list[str], namespace: dict[str, Any]) -> list[str]:
    """Run a reader's file; return which of the wanted functions it defines."""
    namespace["__name__"] = "exercise"
    if b"\0" in source:  # before Python 3.11.4 a ValueError
        raise SyntaxError("source code string cannot contain null bytes")
    exec(compile(source, name, "exec"), namespace)  # noqa: S102 — what this process is for
    return [function for function in wanted if callable(namespace.get(function))]


def call(function: Callable[..., Any], items: list[Any]) -> dict[str, Any]:
    """Call a reader's function; return the value, and the arrays it was given as they are now.

    Numbers that overflow or are undefined raise a FloatingPointError, at the line that made them.
    """
    arguments = [argument(item) for item in items]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value = encoded(function(*arguments))
    after = [encoded(a) if isinstance(a, np.ndarray) else None for a in arguments]
    return {"value": value, "arguments": after}


def error_of(error: BaseException, name: str) -> dict[str, Any]:
    """Return kind, message and line (in the reader's file) of an error."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        message = ""
    return {"type": type(error).__name__, "message": str(message)[:500], "line": line}


class Loaded:
    """The file that is loaded: its name, and what it defines."""

    def __init__(self) -> None:
        self.name = ""
        self.namespace: dict[str, Any] = {}

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Load a file, or call a function of the loaded one."""
        if "load" in request:
            self.name, self.namespace = request["name"], {}
            source = base64.b64decode(request["load"])
            return {"defines": load(source, self.name, request["wanted"], self.namespace)}
        return call(self.namespace[request["call"]], request["arguments"])


def reply_in_json(loaded: Loaded, line: bytes) -> bytes:
    """Return the reply to a request, each a line of JSON; errors of the reader's file included."""
    request = json.loads(line)
    try:
        text = json.dumps(loaded.reply(request))
    except BaseException as error:
        text = json.dumps({"error": error_of(error, loaded.name)})
    return text.encode() + b"\n"


def set_limits() -> None:
    """Limit what this process may use, where the system lets it."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, PRINTED),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def guard(library: tuple[str, ...], numpy: tuple[str, ...]) -> Callable[[str, Any], None]:
    """Return an audit hook: NumPy and the standard library are readable, nothing else is.

    It keeps readers from taking scrawl's answers for their own, not a machine from an attacker.

    Parameters
    ----------
    library, numpy : tuple of str
        Folders of the standard library (packages in it do not count) and of NumPy.
    """
    # held here, where a file does not come across them by accident
    fspath, fsdecode, realpath = os.fspath, os.fsdecode, os.path.realpath
    writing = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    forbidden, outside, listings = ("scrawl", *FORBIDDEN), OUTSIDE, LISTINGS

    def hook(event: str, details: Any) -> None:
        if event == "import" and details[0].partition(".")[0] in forbidden:
            raise ImportError(f"{details[0]} is out of bounds: no exercise needs it")
        if event == "open" and not isinstance(details[0], int):
            path = realpath(fsdecode(fspath(details[0])))
            own = path.startswith(library) and "-packages" not in path
            if (details[2] or 0) & writing or not (own or path.startswith(numpy)):
                raise PermissionError(f"{path} is out of bounds: no exercise needs a file")
        if event.startswith(outside) and event not in listings:
            raise PermissionError(f"{event} is out of bounds: no exercise needs it")

    return hook


def main() -> None:
    """Answer requests until there are no more."""
    packages, descriptor = sys.argv[1], int(sys.argv[2])
    sys.path.remove(packages)
    sys.argv[1:] = []
    requests = open(descriptor, "rb", closefd=False)  # noqa: SIM115
    replies = open(descriptor, "wb", closefd=False)  # noqa: SIM115
    library = tuple(
        os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")
    )
    numpy = os.path.realpath(os.path.dirname(np.__file__))  # noqa: PTH120
    set_limits()
    sys.addaudithook(guard(library, (numpy + os.sep, f"{numpy}.libs{os.sep}")))
    loaded = Loaded()
    for line in requests:
        replies.write(reply_in_json(loaded, line))
        replies.flush()


if __name__ == "__main__":
    main()
