"""JSON as text: a canonical form, a form for people, and a reader that names the damaged place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Mapping[str, Any]) -> str:
    """Return JSON that is the same text for the same value: keys sorted, no needless spaces.

    >>> canonical_json({"b": 1.0, "a": [True, None]})
    '{"a":[true,null],"b":1.0}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable_json(value: Any, sort_keys: bool = False) -> str:
    """Return JSON for people to read, a value a line, with a line's end.

    Raises
    ------
    ValueError
        If a number in it is not finite: other programs would not read it.
    """
    return (
        json.dumps(value, indent=2, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False) + "\n"
    )


def parsed_json(text: str, where: str) -> Any:
    """Return the value that a JSON text holds.

    Parameters
    ----------
    text : str
    where : str
        Its file, or the option that it was given with, for the message.

    Raises
    ------
    ValueError
        With line and column, if it is not JSON; also if it holds NaN or Infinity, which JSON has
        no words for, or is nested too deeply to be read.

    Examples
    --------
    >>> parsed_json('{"a": }', "metrics.json")
    Traceback (most recent call last):
        ...
    ValueError: metrics.json: not JSON: Expecting value: line 1 column 7 (char 6)
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: not JSON: {error}") from error


def json_object(text: str, where: str) -> dict[str, Any]:
    """Return the object that a JSON text holds; a ValueError says what it holds instead."""
    value = parsed_json(text, where)
    if not isinstance(value, dict):
        raise ValueError(
            f'{where}: found {text.strip()!r:.80}, expected a JSON object like {{"key": 1}}'
        )
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"found {name}, expected a finite number")
