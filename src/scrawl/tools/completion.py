"""Print a script with which a shell completes the names, options and files of commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scrawl.pipeline.commands import COMMANDS
from scrawl.tools.options import parser_of

SHELLS = ("bash", "zsh", "fish")


def main(argv: Sequence[str]) -> None:
    """Print the completion of one shell."""
    parser = argparse.ArgumentParser(prog="scrawl completion", description=__doc__)
    parser.add_argument("shell", choices=SHELLS, help="the shell to print it for")
    shell = parser.parse_args(argv).shell
    import shtab  # here: its modules load while the other commands' parsers are looked at

    print(shtab.complete(whole_parser(), shell))


def whole_parser() -> argparse.ArgumentParser:
    """Return a parser of `scrawl` with all its commands, each with its own parser."""
    whole = argparse.ArgumentParser(prog="scrawl")
    whole.add_argument("--version", action="store_true", help="print the version")
    commands = whole.add_subparsers(metavar="COMMAND")
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose)
        commands.choices[name] = with_files(parser_of(name))
        commands.choices[name].description = purpose  # shells show it beside the name
    return whole


def with_files(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Let shells complete files where a parser, or one of its sub-commands, takes paths."""
    import shtab

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                with_files(command)
        elif getattr(action.type, "__name__", "") == "Path":
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif isinstance(action.choices, dict):  # shtab takes it for sub-commands
            action.choices = list(action.choices)
    return parser
