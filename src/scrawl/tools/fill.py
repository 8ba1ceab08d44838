"""Stage page: fill a page's placeholders with numbers from artifacts, so that none is typed in.

A placeholder names a file, the way to a value in it, and optionally how to write it, in Python's
format language: `{{table.numbers.linear.accuracy.mean:.1%}}` for table.json.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from scrawl.artifacts.files import read_json, write_text
from scrawl.settings.mistakes import suggestion

PLACEHOLDER = re.compile(r"\{\{([^{}:]+)(?::([^{}]*))?\}\}")


def main(argv: Sequence[str]) -> None:
    """Write a page."""
    parser = argparse.ArgumentParser(prog="scrawl page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--template", type=Path, required=True, metavar="page.md")
    parser.add_argument(
        "--facts", required=True, nargs="+", metavar="NAME=FILE", help="JSON, and what it is called"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="page.md")
    arguments = parser.parse_args(argv)
    facts = dict(read_facts(given) for given in arguments.facts)
    template = arguments.template.read_text(encoding="utf-8")
    write_text(arguments.output, fill(template, facts, str(arguments.template)))


def read_facts(given: str) -> tuple[str, Any]:
    """Read `NAME=FILE`."""
    name, equals, file = given.partition("=")
    if not (name and equals and file):
        raise ValueError(f"--facts: found {given!r}, expected NAME=FILE")
    return name, read_json(Path(file))


def fill(template: str, facts: Mapping[str, Any], where: str = "template") -> str:
    """Return a text with its placeholders filled.

    Parameters
    ----------
    template : str
    facts : mapping
        Nested mappings and lists.
    where : str
        The template's name, for the messages.

    Raises
    ------
    ValueError
        If there is no such value, or it is not one that can be written in this way; the message
        names the line.

    Examples
    --------
    >>> fill("{{run.seeds.0}}: {{run.accuracy:.2%}}", {"run": {"accuracy": 0.9417, "seeds": [7]}})
    '7: 94.17%'
    """
    lines = enumerate(template.split("\n"), start=1)
    return "\n".join(
        PLACEHOLDER.sub(partial(filled, facts=facts, where=f"{where}, line {i}"), line)
        for i, line in lines
    )


def filled(match: re.Match[str], facts: Mapping[str, Any], where: str) -> str:
    """Return what stands for one placeholder."""
    path, specification = match[1].strip(), match[2] or ""
    value: Any = facts
    for step in path.split("."):
        known = value if isinstance(value, Mapping) else {}
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif step in known:
            value = known[step]
        else:
            raise ValueError(f"{where}: {match[0]}: there is no {step!r}{suggestion(step, known)}")
    if value is None or isinstance(value, Mapping | list):
        raise ValueError(f"{where}: {match[0]}: found {type(value).__name__}, expected one value")
    try:
        return format(value, specification)
    except ValueError as error:
        raise ValueError(f"{where}: {match[0]}: {error}") from error
