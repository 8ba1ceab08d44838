"""Options of commands: the nearest to a misspelt one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from scrawl.settings.errors import suggestion
from scrawl.tools.completion import parser_of


def unknown(command: str, words: Sequence[str]) -> Iterator[str]:
    """Yield a message for each word that looks like an option and is none of a command's.

    >>> list(unknown("runs", ["--datset", "glyphs", "--sort=accuracy"]))
    ["there is no option '--datset'; did you mean '--dataset'?"]
    """
    known = list(dict.fromkeys(options(parser_of(command))))
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and not any(one.startswith(name) for one in known):
            yield f"there is no option {name!r}{suggestion(name, known)}"


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the long options of a parser, and of its sub-commands."""
    for action in parser._actions:
        yield from (name for name in action.option_strings if name.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options(inner)
