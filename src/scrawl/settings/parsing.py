"""Settings as frozen dataclasses: a strict way in, a canonical way out.

The types of a dataclass's fields say what is allowed: choices as `Literal`, other constraints as
`Annotated[type, constraint]`, further settings inside as their class. The text after a field is its
description in docs/configuration.md.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from types import NoneType
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints

from scrawl.settings.errors import Mistake, SettingsError, refuse, suggestion
from scrawl.settings.json_text import canonical_json, json_object


@dataclass(frozen=True)
class Settings:
    """Base of the settings' dataclasses: strict parsing, canonical text."""

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
            On unknown keys, wrong types, values outside of their choices or range: all of them at
            once. The message says where, what was found, what is allowed and the nearest spelling.

        Examples
        --------
        >>> @dataclass(frozen=True)
        ... class Descent(Settings):
        ...     steps: int
        ...     rate: float = 0.1
        >>> Descent.parse('{"steps": 20, "rate": 1}').rate
        1.0
        >>> Descent.parse('{"stepps": 20}')
        Traceback (most recent call last):
            ...
        ValueError: --settings: unknown key 'stepps'; did you mean 'steps'?
        """
        mapping = json_object(given, where) if isinstance(given, str) else given
        try:
            return cls.read(mapping)
        except SettingsError as error:
            raise ValueError(
                "\n".join(f"{where}: {mistake}" for mistake in error.mistakes)
            ) from error

    @classmethod
    def read(cls, given: Any) -> Self:
        """Make settings from a mapping, or raise SettingsError."""
        if not isinstance(given, Mapping):
            raise SettingsError.one(f"found {given!r:.60}, expected keys with values")
        known = {key_of(field): field for field in fields(cls)}
        refuse(_unknown(key, known) for key in given if key not in known)
        values = gathered({key: (value, types_of(cls)[key]) for key, value in given.items()})
        missing = [key for key, field in known.items() if required(field) and key not in given]
        if missing:
            raise SettingsError.one(f"the key {missing[0]!r} is missing")
        try:
            return cls(**{known[key].name: value for key, value in values.items()})
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError.one(str(error), key=str(error).partition(":")[0]) from error

    @classmethod
    def value(cls, key: str, given: Any) -> Any:
        """Return one value as the type of its key, or raise SettingsError."""
        known = types_of(cls)
        if key not in known:
            raise SettingsError([_unknown(key, known)])
        return gathered({key: (given, known[key])})[key]

    def canonical(self) -> str:
        """Return JSON in which equal settings are equal text: all keys, sorted, numbers typed."""
        return canonical_json(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value, defaults filled in."""
        return {key_of(field): getattr(self, field.name) for field in fields(self)}

    def given(self) -> dict[str, Any]:
        """Return the keys whose values are not the defaults."""
        defaults = {key_of(f): default_of(f) for f in fields(self) if not required(f)}
        return {k: v for k, v in self.as_dict().items() if k not in defaults or v != defaults[k]}


_TYPES: dict[type, dict[str, Any]] = {}  # worked out once: a sweep reads a thousand experiments


def types_of(settings: type[Settings]) -> dict[str, Any]:
    """Return the type of each key's value, with its constraints."""
    if settings not in _TYPES:
        hints = get_type_hints(settings, include_extras=True)
        _TYPES[settings] = {name.rstrip("_"): kind for name, kind in hints.items()}
    return _TYPES[settings]


def _unknown(key: Any, known: Iterable[str]) -> Mistake:
    return Mistake(f"unknown key {key!r}{suggestion(str(key), known)}", key=str(key))


def key_of(field: Field[Any]) -> str:
    """Return the key of a field: its name, without the `_` that tells `from_` from a keyword."""
    return field.name.rstrip("_")


def required(field: Field[Any]) -> bool:
    """Tell whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def default_of(field: Field[Any]) -> Any:
    """Return the default of a field that has one."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def gathered(parts: Mapping[Any, tuple[Any, Any]]) -> dict[Any, Any]:
    """Convert values of several keys, each with its type; raise the mistakes of all at once."""
    values, mistakes = {}, []
    for key, (value, kind) in parts.items():
        try:
            values[key] = converted(value, kind)
        except SettingsError as error:
            mistakes += [mistake.inside(key) for mistake in error.mistakes]
    refuse(mistakes)
    return values


def converted(value: Any, kind: Any) -> Any:
    """Return `value` as the type `kind`, or raise SettingsError.

    >>> converted([1.0, 2], tuple[int, ...])
    (1, 2)
    """
    arguments = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Settings):
        return kind.read(value)
    if NoneType in arguments:
        return None if value is None else converted(value, arguments[0])
    convert: Callable[[Any, Any], Any] = _CONVERTERS.get(get_origin(kind), _scalar)
    return convert(value, arguments or kind)


def _constrained(value: Any, arguments: Any) -> Any:
    kind, *constraints = arguments
    for constraint in constraints:
        value = constraint.prepared(value)
    result = converted(value, kind)
    for constraint in constraints:
        if fault := constraint.fault(value):  # as it was given: 1, not 1.0
            raise SettingsError.one(fault)
    return result


def _choice(value: Any, arguments: Any) -> Any:
    if value not in arguments:
        raise SettingsError.one(f"found {value!r:.60}{suggestion(str(value), arguments)}")
    return value


def _list(value: Any, arguments: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise SettingsError.one(f"found {value!r:.60}, expected a list")
    return tuple(gathered({i: (item, arguments[0]) for i, item in enumerate(value)}).values())


def _mapping(value: Any, arguments: Any) -> Any:
    if not isinstance(value, Mapping):
        raise SettingsError.one(f"found {value!r:.60}, expected keys with values")
    name, kind = arguments
    return gathered({_key(key, name): (item, kind) for key, item in value.items()})


def _key(key: Any, kind: Any) -> Any:
    try:
        return converted(key, kind)
    except SettingsError as error:
        raise SettingsError(replace(mistake, key=str(key)) for mistake in error.mistakes) from error


def _scalar(value: Any, kind: type) -> Any:
    if kind is Any:
        return value
    # True is an int to Python, and 5.0 is the integer 5 to whoever writes YAML.
    if kind is bool or kind is str or isinstance(value, bool):
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    else:
        number = isinstance(value, int | float) and abs(value) <= sys.float_info.max
        fits = number and (kind is float or float(value).is_integer())
    if not fits:
        hint = _number_hint(value, kind)
        raise SettingsError.one(f"found {value!r:.60}, expected {_IN_WORDS[kind]}{hint}")
    return kind(value)


def _number_hint(value: Any, kind: type) -> str:
    """Return a hint for a number such as 1e-3: YAML asks for a point in it, or takes it for text.

    >>> _number_hint("1e-3", float)
    ' (YAML reads this as text: write 0.001)'
    """
    try:
        scientific = isinstance(value, str) and "e" in value and kind in {int, float}
        number = float(value) if scientific else math.nan
    except ValueError:
        return ""
    return f" (YAML reads this as text: write {number!r})" if math.isfinite(number) else ""


_CONVERTERS: dict[Any, Callable[[Any, Any], Any]] = {
    Annotated: _constrained,
    Literal: _choice,
    tuple: _list,
    dict: _mapping,
}
_IN_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
