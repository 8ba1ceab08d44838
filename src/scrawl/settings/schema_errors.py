"""What a JSON schema has against a configuration, in words for the person who wrote it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from scrawl.settings.parsing import suggestion


def mistakes(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield every mistake: its path in the file, what was found, what is allowed."""
    for error in _leaves(Draft202012Validator(schema).iter_errors(config)):
        yield _in_words(error)


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        if error.context:
            yield from _leaves(error.context)
        else:
            yield error


def _in_words(error: ValidationError) -> str:
    """Say what the schema has against a value, for the person who wrote it."""
    where = ".".join(str(step) for step in error.absolute_path) or "(top level)"
    found: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        return "\n  ".join(_unknown_keys(where, error))
    if error.validator == "required":
        missing = next(key for key in rule if key not in found)
        return f"{where}: the key {missing!r} is missing"
    if error.validator == "enum":
        return f"{where}: found {found!r}{suggestion(str(found), rule)}"
    if error.validator == "type":
        hint = _selection_hint(where, found) or _number_hint(found)
        return f"{where}: found {found!r}, expected {_types_in_words(rule)}{hint}"
    if error.validator == "pattern":
        return f"{where}: found {found!r}, expected text of the form {rule}"
    if error.validator in {"minimum", "exclusiveMinimum"}:
        bound = "at least" if error.validator == "minimum" else "more than"
        return f"{where}: found {found!r}, expected {bound} {rule}"
    if error.validator in {"maximum", "maxLength"}:
        return f"{where}: found {found!r}, expected at most {rule}"
    return f"{where}: {error.message}"


def _unknown_keys(where: str, error: ValidationError) -> Iterator[str]:
    schema: Any = error.schema
    found: Any = error.instance
    allowed = schema.get("properties", {})
    for key in found:
        if key not in allowed:
            yield f"{where}: unknown key {key!r}{suggestion(str(key), allowed)}"


def _types_in_words(types: str | list[str]) -> str:
    words = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "array": "a list",
        "object": "keys with values",
        "null": "nothing",
    }
    return " or ".join(words[one] for one in ([types] if isinstance(types, str) else types))


def _selection_hint(where: str, found: Any) -> str:
    """`--config experiments=linear` would replace all definitions by a name."""
    if where in {"datasets", "experiments", "suites"} and isinstance(found, str):
        return f" (to choose among them: {where.removesuffix('s')}={found})"
    return ""


def _number_hint(found: Any) -> str:
    """YAML takes 1e-3 for text: it asks for a point in the number."""
    try:
        number = float(found) if isinstance(found, str) else math.nan
    except ValueError:
        return ""
    return f" (YAML reads this as text: write {number!r})" if math.isfinite(number) else ""
