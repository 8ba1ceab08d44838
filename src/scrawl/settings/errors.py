"""Errors in settings: where each is, what was found, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes
    ----------
    words : str
        What was found, what was expected.
    path : tuple of str or int
        Keys and places in lists that lead to the value at fault.
    key : str
        Where `words` name a key of that value themselves: that key. It only helps to find the line.

    Examples
    --------
    >>> str(Mistake("found -1, expected at least 0", ("experiments", "deep", "epochs")))
    'experiments.deep.epochs: found -1, expected at least 0'
    """

    words: str
    path: Path = ()
    key: str = ""

    def __str__(self) -> str:
        place = ".".join(map(str, self.path))
        return f"{place}: {self.words}" if place else self.words

    def inside(self, *path: str | int) -> Mistake:
        """Return the mistake as that of a value that lies further inside."""
        return replace(self, path=(*path, *self.path))


class SettingsError(ValueError):
    """All mistakes that were found in some settings."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n  ".join(map(str, self.mistakes)))

    @classmethod
    def one(cls, words: str, *path: str | int, key: str = "") -> SettingsError:
        """Return a single mistake, to be raised."""
        return cls([Mistake(words, path, key)])


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise SettingsError, if there are any mistakes."""
    if found := list(mistakes):
        raise SettingsError(found)


MOST_NAMES = 12  # that a message lists


def suggestion(word: str, allowed: Iterable[str], others: str = "allowed") -> str:
    """Return the end of a message about a wrong word: the nearest right one, or those allowed.

    Of many the last ones: what is read last is the user's own. `others` is what they are called.

    >>> suggestion("sigmoyd", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    >>> suggestion("swish", ["relu", "sigmoid"])
    '; allowed: relu, sigmoid'
    >>> suggestion("x", map(str, range(100)))
    '; allowed: 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99 and 88 more'
    """
    from difflib import get_close_matches  # here: most commands meet no wrong word

    allowed = [str(name) for name in allowed]
    near = get_close_matches(word, allowed, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    more = len(allowed) - MOST_NAMES
    return f"; {others}: {', '.join(allowed[-MOST_NAMES:])}" + (f" and {more} more" * (more > 0))
