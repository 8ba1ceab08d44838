"""Every command that a message prints is one that exists, and works as it is printed.

Those that need a finished project are run where their message is tested: `made_again` in
artifacts/test_remedies.py, `scrawl import` in tools/test_importing.py, `scrawl bundle` in
tools/test_bundle.py, the end of a run in results/test_overview.py.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import chain

import pytest
from snakemake.cli import get_argument_parser, parse_config

from project import HOUSE
from scrawl.artifacts.formats import FORMATS
from scrawl.artifacts.remedies import MADE
from scrawl.pipeline.commands import COMMANDS
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import configuration_files
from scrawl.tools.export import PACKAGES
from scrawl.tools.options import parser_of

SOURCE = HOUSE / "src/scrawl"
PROGRAM = r"(?:scrawl|snakemake) "
# Set apart from the words around it: quoted, or on a line of its own.
COMMAND = re.compile(rf"`({PROGRAM}[^`]*)`|<code>({PROGRAM}[^<]*)</code>|^ +({PROGRAM}.*)$", re.M)
LOOSE = re.compile(rf"(?<![\w/-])(?:scrawl (?:{'|'.join(COMMANDS)}|--)|snakemake -|pip install )")
# Whatever a message fills in.
FILLED = {
    "{FORMATS[kind].stage}": "--help",
    "{elsewhere}": " --artifacts artifacts",
    "{quote(name)}": "artifacts/glyphs/prepared/unit.h5",
    "{quote(str(output))}": "glyphs.zip",
    "{quote(str(path))}": "one_hot.py",
    "{folder}": "artifacts/glyphs",
    "{name}": "glyphs",
    "{few}": " experiment=linear,dense-128",
    "COMMAND": "verify",
    "NAME": "records",
    "FOLDER": "photographs",
}


def text(node: ast.AST) -> str:
    """Return a string with its placeholders as they are written, or nothing."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def messages() -> Iterator[tuple[str, str]]:
    """Yield the strings of every module, and the templates of the pages, with their file."""
    for path in sorted(SOURCE.rglob("*.html")):
        yield path.name, path.read_text()
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        others = set()  # docstrings, options' own names, and the parts of other strings
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr):
                others.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                others |= set(node.values)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                others |= set(node.args) if node.func.attr == "add_argument" else set()
                others |= {word.value for word in node.keywords if word.arg == "prog"}
        yield from (
            (path.name, text(node)) for node in ast.walk(tree) if node not in others and text(node)
        )


def printed(program: str) -> list[str]:
    """Return the commands of a program, filled in."""
    found = {"".join(one) for _, words in messages() for one in COMMAND.findall(words)}
    lines = {command.partition(" #")[0].strip() for command in found}
    for name, value in FILLED.items():
        lines = {line.replace(name, value) for line in lines}
    return sorted(line for line in lines if line.split()[0] == program)


def test_commands_are_set_apart_from_the_words_around_them() -> None:
    no_messages = ("scrawl bundle", "scrawl prepare: warning", "{path}: expected format")
    loose = [
        (file, found)
        for file, words in messages()
        for found in LOOSE.findall(re.sub("`[^`]*`", "", COMMAND.sub("", words)))
        if file != "commands.py" and not words.startswith(no_messages)  # those are examples
    ]
    assert loose == []


@pytest.mark.parametrize("command", printed("scrawl"))
def test_a_command_of_scrawl_takes_the_words_that_are_printed(command: str) -> None:
    _, name, *words = shlex.split(command)
    if name.startswith("--"):
        assert f"scrawl {name}" in {"scrawl --help", "scrawl --version"}
    elif words and words != ["--help"]:
        parser_of(name).parse_args(words)
    else:  # named for what it does, without what it needs
        assert name in COMMANDS


def test_the_stage_that_writes_a_kind_of_file_is_a_command() -> None:
    assert {kind.stage for kind in FORMATS.values()} <= set(COMMANDS)


@pytest.mark.parametrize("command", printed("snakemake"))
def test_a_command_of_snakemake_asks_for_something_that_there_is(command: str) -> None:
    words = get_argument_parser().parse_args(shlex.split(command)[1:])
    asked = {key: str(value) for key, value in parse_config(words.config).items()}
    chosen = Configuration.read(configuration_files(HOUSE), HOUSE, asked).selection()
    assert chosen.datasets
    assert chosen.experiments
    rules = "".join(path.read_text() for path in (HOUSE / "workflow").rglob("*.smk"))
    for target in words.targets:
        # A file's is run in artifacts/test_remedies.py.
        assert f"rule {target}:" in rules or MADE.fullmatch(target)


def test_packages_that_a_message_installs_are_those_of_an_extra() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    extras = {re.split("[>=]", one)[0] for one in chain(*project["optional-dependencies"].values())}
    assert {"pyarrow", *chain(*PACKAGES.values())} <= extras
