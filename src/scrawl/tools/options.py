"""Options of commands: their parsers, and the nearest to a misspelt one."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from scrawl.pipeline.commands import COMMANDS
from scrawl.settings.errors import suggestion


def unknown(command: str, words: Sequence[str]) -> Iterator[str]:
    """Yield a message for each word that looks like an option and is none of a command's.

    >>> list(unknown("runs", ["--datset", "glyphs", "--sort=accuracy"]))
    ["there is no option '--datset'; did you mean '--dataset'?"]
    """
    known = list(dict.fromkeys(options(parser_of(command))))
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and not any(option.startswith(name) for option in known):
            yield f"there is no option {name!r}{suggestion(name, known)}"


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the long options of a parser, and of its sub-commands."""
    for action in parser._actions:
        yield from (name for name in action.option_strings if name.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options(inner)


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser that a command reads its words with.

    A command makes its parser before it does anything else, and parses: it is stopped there.
    """
    module = importlib.import_module(f"scrawl.{COMMANDS[name][0]}")
    parse = argparse.ArgumentParser.parse_args
    try:
        argparse.ArgumentParser.parse_args = stop  # type: ignore[method-assign, assignment]
        module.main([])
    except Stopped as stopped:
        return stopped.parser
    finally:
        argparse.ArgumentParser.parse_args = parse  # type: ignore[method-assign]
    raise ValueError(f"scrawl {name}: found no parser of its words, expected argparse's")


class Stopped(Exception):  # noqa: N818 (no error)
    """Holds the parser of a command that was stopped before it parsed."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.parser = parser


def stop(parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
    """Take the place of `ArgumentParser.parse_args`."""
    raise Stopped(parser)
