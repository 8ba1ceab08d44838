"""Settings as frozen dataclasses: a strict way in, a canonical way out.

The types of a dataclass's fields say what is allowed: choices as `Literal`, ranges as
`Annotated[…, Range(…)]`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from types import NoneType
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Range:
    """The bounds of a number: `low` (excluded where `open_low`) to `high`, both optional."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False

    def __contains__(self, number: float) -> bool:
        above = self.low is None or number > self.low or (number == self.low and not self.open_low)
        return above and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        low = (
            "" if self.low is None else f"{'more than' if self.open_low else 'at least'} {self.low}"
        )
        high = "" if self.high is None else f"at most {self.high}"
        return " and ".join(filter(None, [low, high]))


_TYPES: dict[type, dict[str, Any]] = {}  # worked out once: a sweep reads a thousand experiments


def _types(settings: type[Settings]) -> dict[str, Any]:
    if settings not in _TYPES:
        _TYPES[settings] = get_type_hints(settings, include_extras=True)
    return _TYPES[settings]


@dataclass(frozen=True)
class Settings:
    """What the dataclasses of settings have in common: a strict way in, a canonical way out."""

    @classmethod
    def parse(cls, given: str | Mapping[str, Any], where: str = "--settings") -> Self:
        """Make settings from JSON, or from a mapping; what is left out takes its default.

        Parameters
        ----------
        given : str or mapping
            JSON text of one object, or the object.
        where : str
            Where it comes from, for the messages.

        Raises
        ------
        ValueError
            On an unknown key, a wrong type, a value outside its choices or range. The message
            says where, what was found, what is allowed and the nearest spelling.

        Examples
        --------
        >>> @dataclass(frozen=True)
        ... class Descent(Settings):
        ...     steps: Annotated[int, Range(low=1)]
        ...     rate: float = 0.1
        >>> Descent.parse('{"steps": 20, "rate": 1}').rate
        1.0
        >>> Descent.parse('{"stepps": 20}')
        Traceback (most recent call last):
            ...
        ValueError: --settings: unknown key 'stepps'; did you mean 'steps'?
        """
        mapping = json_object(given, where) if isinstance(given, str) else given
        values = {key: cls.value(key, value, where) for key, value in mapping.items()}
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in mapping]
        if missing:
            raise ValueError(f"{where}: the key {missing[0]!r} is missing")
        try:
            return cls(**values)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    @classmethod
    def value(cls, key: str, given: Any, where: str) -> Any:
        """Return one key's value as its type, or raise as `parse` does, whatever the others are."""
        if key not in _types(cls):
            raise ValueError(f"{where}: unknown key {key!r}{suggestion(key, _types(cls))}")
        return _converted(given, _types(cls)[key], f"{where}: {key}")

    def canonical(self) -> str:
        """Return JSON in which equal settings are equal text: all keys, sorted, numbers typed."""
        return canonical_json(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value, defaults filled in."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return the end of a message about a wrong word: the nearest right one, or all of them.

    >>> suggestion("sigmoyd", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    >>> suggestion("swish", ["relu", "sigmoid"])
    '; allowed: relu, sigmoid'
    """
    allowed = [str(one) for one in allowed]
    near = get_close_matches(word, allowed, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; allowed: {', '.join(allowed)}"


def json_object(text: str, where: str) -> dict[str, Any]:
    """Return the object that a JSON text holds, or say where it holds none."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{where}: not JSON ({error}); found {text!r}") from error
    if not isinstance(value, dict):
        raise ValueError(f'{where}: expected a JSON object like {{"key": 1}}, found {text!r}')
    return value


def _converted(value: Any, kind: Any, where: str) -> Any:
    """Return `value` as the type `kind`, or say what is wrong with it."""
    arguments = get_args(kind)
    if get_origin(kind) is Annotated:
        number = _converted(value, arguments[0], where)
        if number not in arguments[1]:
            raise ValueError(f"{where}: found {value}, expected {arguments[1]}")
        return number
    if get_origin(kind) is Literal:
        if value not in arguments:
            raise ValueError(f"{where}: found {value!r}{suggestion(str(value), arguments)}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{where}: found {value!r}, expected a list")
        return tuple(_converted(one, arguments[0], f"{where}[{i}]") for i, one in enumerate(value))
    if get_origin(kind) is dict:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where}: found {value!r}, expected keys with values")
        return dict(value)
    if NoneType in arguments:
        return None if value is None else _converted(value, arguments[0], where)
    return _scalar(value, kind, where)


def _scalar(value: Any, kind: type, where: str) -> Any:
    # True is an int to Python, and 5.0 is the integer 5 to whoever writes YAML.
    if kind is bool or kind is str or isinstance(value, bool):
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    else:
        number = isinstance(value, int | float) and math.isfinite(value)
        fits = number and (kind is float or float(value).is_integer())
    if not fits:
        raise ValueError(f"{where}: found {value!r}, expected {_IN_WORDS[kind]}")
    return kind(value)


_IN_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def canonical_json(value: Mapping[str, Any]) -> str:
    """Return JSON that is the same text for the same value: keys sorted, no needless spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
