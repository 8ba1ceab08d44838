"""Fill the placeholders of a page with numbers from artifacts, so that none is typed in.

A page is a Jinja template. A placeholder names a file, the way to a value in it and, with `to`, its
format in Python's format language: `{{ table.numbers["dense-128"].accuracy.mean | to(".1%") }}`.
"""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from scrawl.artifacts.files import read_json, read_text, write_text
from scrawl.settings.errors import suggestion


def main(argv: Sequence[str]) -> None:
    """Write a page."""
    parser = argparse.ArgumentParser(prog="scrawl page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--template", type=Path, required=True, metavar="page.md", help="the page with placeholders"
    )
    parser.add_argument(
        "--facts", required=True, nargs="+", metavar="NAME=FILE", help="JSON, and what it is called"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="page.md", help="the page to write"
    )
    arguments = parser.parse_args(argv)
    facts = dict(read_facts(given) for given in arguments.facts)
    words = fill(read_text(arguments.template), facts, str(arguments.template))
    write_text(arguments.output, words)


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
        If a placeholder has no value, or not one that can be written in this way; the message
        names the line.

    Examples
    --------
    >>> facts = {"run": {"accuracy": 0.9417, "seeds": [7]}}
    >>> fill("{{ run.seeds[0] }}: {{ run.accuracy | to('.2%') }}", facts)
    '7: 94.17%'
    """
    environment = Environment(
        autoescape=False,  # noqa: S701 (Markdown)
        undefined=Missing,
        finalize=one_value,
        keep_trailing_newline=True,
    )
    environment.filters["to"] = format
    environment.globals = dict(facts)
    try:
        code = environment.compile(template, filename=where)
        return Template.from_code(environment, code, environment.globals).render()
    except (TemplateError, ValueError, TypeError) as error:
        raise ValueError(f"{where}, line {line_of(error, where)}: {error}") from error


class Missing(StrictUndefined):
    """A value that a template names and that does not exist: an error with the nearest name."""

    @property
    def _undefined_message(self) -> str:
        name, known = self._undefined_name, self._undefined_obj
        near = suggestion(str(name), known) if isinstance(known, Mapping) else ""
        return f"there is no {name!r}{near}"


def one_value(value: Any) -> Any:
    """Return a value that can be written on a page; refuse others."""
    if value is None or isinstance(value, Mapping | list):
        raise ValueError(f"found {type(value).__name__}, expected one value")
    return value


def line_of(error: Exception, where: str) -> int | str:
    """Return the line of a template in which an error arose."""
    known = getattr(error, "lineno", None)  # of a mistake in the syntax
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == where]
    return known or (lines[-1] if lines and lines[-1] else "?")
