"""Constraints on the value of a setting, as `Annotated[type, constraint]` in a dataclass.

Each has three verbs: `prepared` turns other spellings into the usual one, `fault` says what is
wrong with a value of the right type, and `str` describes what is allowed. They are plain classes,
since dataclasses would be made anew at the start of every command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from scrawl.settings.errors import SettingsError, suggestion


class Constraint:
    """A constraint that allows everything."""

    def prepared(self, value: Any) -> Any:
        """Return a value as it is usually written."""
        return value

    def fault(self, value: Any) -> str | None:  # noqa: ARG002
        """Return what is wrong with a value, or None."""
        return None


class Range(Constraint):
    """The bounds of a number: `low` (excluded where `open_low`) to `high`, both optional.

    >>> str(Range(low=0, high=0.99)), Range(low=1).fault(0)
    ('at least 0 and at most 0.99', 'found 0, expected at least 1')
    """

    def __init__(
        self, low: float | None = None, high: float | None = None, open_low: bool = False
    ) -> None:
        self.low, self.high, self.open_low = low, high, open_low

    def __str__(self) -> str:
        more = "more than" if self.open_low else "at least"
        low = "" if self.low is None else f"{more} {self.low}"
        high = "" if self.high is None else f"at most {self.high}"
        return " and ".join(filter(None, [low, high]))

    def __contains__(self, number: float) -> bool:
        above = self.low is None or number > self.low or (number == self.low and not self.open_low)
        return above and (self.high is None or number <= self.high)

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a number, or None."""
        return None if value in self else f"found {value}, expected {self}"


class OneOf(Constraint):
    """One of some names, such as the keys of a registry, as there are when it is asked."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = names

    def __str__(self) -> str:
        return ", ".join(f"`{name}`" for name in self.names)

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a name, with the nearest spelling, or None."""
        return None if value in self.names else f"found {value!r}{suggestion(value, self.names)}"


class Form(Constraint):
    """Text of a form: a regular expression that all of it must match, `most` characters at most.

    >>> Form("[a-z]+", most=3).fault("Abc")
    "found 'Abc', expected text of the form [a-z]+"
    """

    def __init__(self, pattern: str, most: int | None = None) -> None:
        self.pattern, self.most = pattern, most

    def __str__(self) -> str:
        return f"`{self.pattern}`" + f", at most {self.most} characters" * bool(self.most)

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a text, or None."""
        if not re.fullmatch(self.pattern, value):
            return f"found {value!r}, expected text of the form {self.pattern}"
        if self.most and len(value) > self.most:
            return f"found {len(value)} characters, {value!r:.60}, expected at most {self.most}"
        return None


class Name(Form):
    """A name that becomes a folder's: letters, digits, `_`, `-` and `.` are safe everywhere.

    YAML and Snakemake take a name such as 128 for a number.
    """

    def __init__(self) -> None:
        super().__init__("[A-Za-z0-9][A-Za-z0-9_.-]*", most=60)

    def __str__(self) -> str:
        return "a name"

    def prepared(self, value: Any) -> Any:
        """Return a number as text."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if number else value


class FileName(Form):
    """A file's name as its publisher or a browser chose it: `a (1).gz`. Nothing leads elsewhere.

    Beside letters and digits it has `_.+-`, spaces and parentheses: nothing that a shell expands.

    >>> FileName().fault("train images (1).gz"), FileName().fault("mnist/a.gz")
    (None, "found 'mnist/a.gz', expected a file's name, without folders")
    >>> FileName(folders=True).fault("mnist/a.gz"), FileName(folders=True).fault("../a.gz")
    (None, "found '../a.gz', expected a file's name, with folders or without")
    """

    def __init__(self, folders: bool = False) -> None:
        super().__init__(r"[A-Za-z0-9(]([A-Za-z0-9_.+ ()-]{0,200}[A-Za-z0-9_.+()-])?")
        self.folders = folders

    def __str__(self) -> str:
        return (
            "a file's name, with folders or without"
            if self.folders
            else ("a file's name, without folders")
        )

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a file's name, or None."""
        steps = value.split("/") if self.folders else [value]
        if all(re.fullmatch(self.pattern, step) for step in steps):
            return None
        return f"found {value!r}, expected {self}"


class Items(Constraint):
    """A list that is not empty and, where `distinct`, holds nothing twice."""

    def __init__(self, distinct: bool = False) -> None:
        self.distinct = distinct

    def __str__(self) -> str:
        return "at least one" + ", each once" * self.distinct

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a list, or None."""
        if not value:
            return "found none, expected at least one"
        again = [item for i, item in enumerate(value) if item in value[:i]]
        return f"found {again[0]!r} twice, expected {self}" if self.distinct and again else None


class ChosenBy(Constraint):
    """Entries with names, of which another key chooses: a frequent slip of the pen."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return f"of which `{self.key}` chooses"

    def prepared(self, value: Any) -> Any:
        """Return a mapping as it is; refuse a name."""
        if isinstance(value, str):
            raise SettingsError.one(
                f"found {value!r}, expected keys with values (to choose among them: "
                f"{self.key}={value})"
            )
        return value


class Listed(Constraint):
    """A list that may also be written as `a` or `a,b`: what follows `--config` is text."""

    def __str__(self) -> str:
        return "written `[a, b]` or `a,b`"

    def prepared(self, value: Any) -> Any:
        """Return the items of a text between its commas, or a single value, as a list.

        >>> Listed().prepared("a, b,"), Listed().prepared(1)
        (['a', 'b'], [1])
        """
        if isinstance(value, str):
            return [item.strip() for item in value.split(",") if item.strip()]
        return value if isinstance(value, list | tuple | dict | None) else [value]


class Seeds(Listed):
    """As `Listed`, of whole numbers."""

    def prepared(self, value: Any) -> Any:
        """Return whole numbers that are written as text as numbers.

        >>> Seeds().prepared("1,2")
        [1, 2]
        """
        listed = super().prepared(value)
        if not isinstance(listed, list | tuple):
            return listed
        digits = [isinstance(item, str) and item.isdecimal() for item in listed]
        return [int(item) if d else item for item, d in zip(listed, digits, strict=True)]
