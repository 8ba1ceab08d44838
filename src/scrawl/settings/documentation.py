"""The reference of all settings: their types, ranges, defaults and descriptions as Markdown."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from scrawl.settings.dataset_files import Archive, DataFile, Dataset, Deformed, Disputed, Files
from scrawl.settings.ensemble import Members
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Experiment
from scrawl.settings.parsing import Settings, default_of, key_of, required, types_of
from scrawl.settings.sections import Sections, Suite
from scrawl.settings.sweeps import Variation

TITLES: Mapping[str, type[Settings]] = {
    "Top level": Sections,
    "`suites.NAME`": Suite,
    "`experiments.NAME`: training": Experiment,
    "`experiments.NAME`: evaluation": Evaluation,
    "`ensembles.NAME`": Members,
    "`sweeps.NAME`": Variation,
    "`datasets.NAME`": Dataset,
    "`datasets.NAME.files`": Files,
    "`datasets.NAME.files.…`": DataFile,
    "`datasets.NAME.archive`": Archive,
    "`datasets.NAME.deformed`": Deformed,
    "`datasets.NAME.disputed`": Disputed,
}
INTRODUCTION = """\
# Configuration

Every key of config.yaml and of files named with `--configfile`. A name, such as that of a suite or
an experiment, becomes a folder's: it has letters, digits, `_`, `-` and `.`, and at most 60 of them.

This page is written by `scrawl configuration --output docs/configuration.md`.
"""


def reference() -> str:
    """Return the page: a section with a table for each place of the configuration."""
    sections = (section(title, settings) for title, settings in TITLES.items())
    return "\n".join([INTRODUCTION, *sections])


def section(title: str, settings: type[Settings]) -> str:
    """Return the section of one dataclass of settings."""
    about = inspect.getdoc(settings) or ""
    head = "| key | value | default | meaning |\n|---|---|---|---|"
    return "\n".join([f"## {title}\n", about, "", head, *rows(settings), ""])


def rows(settings: type[Settings]) -> Iterator[str]:
    """Yield a row of the table for each setting."""
    words, types = descriptions(settings), types_of(settings)
    for field in fields(settings):
        default = "required" if required(field) else f"`{_as_yaml(default_of(field))}`"
        key = key_of(field)
        cells = [f"`{key}`", allowed(types[key]), default, words[field.name]]
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def descriptions(settings: type[Settings]) -> dict[str, str]:
    """Return the text after each field, by the field's name, those of base classes included.

    >>> descriptions(Members)["of"].partition(".")[0]
    'Names of the experiments whose networks take part'
    """
    found: dict[str, str] = {}
    for base in reversed(settings.__mro__):
        if issubclass(base, Settings) and base is not Settings:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            lines = getattr(tree, "body", [])
            for line, after in pairwise(lines):
                match line, after:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        found[name] = " ".join(text.split())
    return found


def allowed(kind: Any) -> str:
    """Return what a type allows.

    >>> allowed(tuple[bool, ...]), allowed(Literal["last", "best"] | None)
    ('list, each: `true` or `false`', '`last`, `best`; or `null`')
    """
    arguments = get_args(kind)
    if NoneType in arguments:
        return f"{allowed(arguments[0])}; or `null`"
    if get_origin(kind) is Annotated:
        return _constrained_allowed(*arguments)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if get_origin(kind) is tuple:
        return f"list, each: {allowed(arguments[0])}"
    if get_origin(kind) is dict:
        if arguments[1] is str:
            return "keys with values, each: text"
        return "keys with values, see below" if arguments[1] is not Any else "keys with values"
    if isinstance(kind, type) and issubclass(kind, Settings):
        return "keys with values, see below"
    return {int: "whole number", float: "number", bool: "`true` or `false`", str: "text"}[kind]


def _constrained_allowed(kind: Any, *constraints: Any) -> str:
    words = [str(constraint) for constraint in constraints]
    return ", ".join(words) if kind is str else ", ".join([allowed(kind), *words])


def _as_yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
