"""The command `scrawl`: what it says, and what it ends with."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

import scrawl
from scrawl import __main__ as cli
from scrawl.pipeline.commands import COMMANDS, EXAMPLES, example
from scrawl.tools.options import parser_of

SCRAWL = Path(sys.executable).parent / "scrawl"


def options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield what a command takes, that of its sub-commands too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from options(command)
        else:
            yield action


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_explains_itself_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: scrawl {name}" in said
    assert f"\nexample:\n  scrawl {name} " in said


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_words_and_every_example_is_understood(name: str) -> None:
    parser = parser_of(name)
    wordless = [
        one.dest for one in options(parser) if not (one.help or "").partition("(default")[0]
    ]
    assert wordless == []
    words = re.sub(r" > \S+$", "", example(name).replace("\\\n", ""))
    parser.parse_args(shlex.split(words)[2:])


def test_the_examples_are_those_of_commands_and_in_their_order() -> None:
    named = [line.split()[1] for line in EXAMPLES.splitlines() if line.startswith("scrawl ")]
    assert named == list(COMMANDS)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"scrawl {scrawl.__version__}\n"


def test_without_a_command_the_list_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().out == 2 * f"{cli.usage()}\n"


def test_the_list_has_the_chain_in_its_order_then_studies_then_tools() -> None:
    groups = cli.usage().split("\n\n")[1:-2]
    named = [[line.split()[0] for line in group.splitlines()[1:]] for group in groups]
    chain = ["download", "decode", "prepare", "train", "evaluate", "plot", "report"]
    assert [name for name in named[0] if name in chain] == chain
    assert {"originals", "questions", "records"} <= set(named[1])
    assert {"predict", "inspect", "verify"} <= set(named[2])


def test_an_unknown_command_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["trian"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("scrawl: there is no command 'trian'; did you mean 'train'?")


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_are_shown_where_they_are_asked_for(
    variables: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    cli.main(["--help"])
    assert ("\x1b[" in capsys.readouterr().out) == coloured
    cli.main(["inspect", "there-is-no-such-file.h5"])
    assert ("\x1b[31mscrawl inspect:\x1b[0m" in capsys.readouterr().err) == coloured


def test_each_kind_of_end_has_its_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["configuration", "--output", str(tmp_path / "page.md")]) == 0
    assert cli.main(["inspect", str(tmp_path / "page.md")]) == 1
    with pytest.raises(SystemExit) as end:
        cli.main(["inspect", "--no-such-option"])
    assert end.value.code == 2
    capsys.readouterr()
    cli.main(["--help"])
    listed = capsys.readouterr().out.partition("Exit status:\n")[2].splitlines()
    assert [int(line.split()[0]) for line in listed[:5]] == list(cli.STATUSES)


def test_ctrl_c_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("scrawl.tools.inspect"), "main", interrupted)
    assert cli.main(["inspect", "x"]) == 130
    assert capsys.readouterr().err == "scrawl inspect: interrupted\n"


def test_a_reader_who_has_enough_is_no_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "many.h5", "w") as file:
        for i in range(5000):  # more than a pipe holds
            file[f"a-rather-long-name-of-a-dataset-{i}"] = np.arange(3)
    command = f"{SCRAWL} inspect {tmp_path}/many.h5 | head -1"
    words = ["bash", "-c", command]
    result = subprocess.run(words, check=True, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == (f"{tmp_path}/many.h5\n", "")


@pytest.mark.parametrize("words", ["--help", "runs --help", "no-such-command"])
def test_a_reader_who_leaves_at_once_is_no_traceback(words: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"({SCRAWL} {words} | true) 2>&1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout
    assert "BrokenPipe" not in done.stdout


# What takes long to load, and the commands that load it when they start. The others have it in a
# function, if they need it at all.
HEAVY = {
    "matplotlib": {"plot", "report", "originals", "questions", "robustness"},
    "yaml": {"report", "originals", "records", "import", "bundle"},
    "jinja2": {"page"},
    "tqdm": {"glyphs"},
    "importlib.metadata": {"glyphs"},
    "multiprocessing": set(),
    "numpy": {*COMMANDS} - {"new", "page", "completion"},
    "h5py": {*COMMANDS}
    - {"new", "page", "completion", "configuration", "glyphs", "exercise", "check", "runs"}
    - {"import", "records", "index", "originals", "download"},
}
LOADED = {name: tuple(one for one in HEAVY if name in HEAVY[one]) for name in COMMANDS}


@pytest.mark.parametrize("libraries", sorted(set(LOADED.values())), ids=" ".join)
def test_a_command_loads_no_library_that_it_does_not_need(libraries: tuple[str, ...]) -> None:
    names = [name for name in COMMANDS if LOADED[name] == libraries]
    modules = [f"scrawl.{COMMANDS[name][0]}" for name in names]
    code = f"import sys, scrawl.__main__, {', '.join(modules)}; "
    loaded = python(code + f"print(*{set(HEAVY)} & set(sys.modules))").stdout
    assert set(loaded.split()) <= set(libraries), names


def test_help_loads_none_of_the_libraries() -> None:
    code = "import sys; from scrawl import __main__ as cli; cli.main(['--help']); "
    loaded = python(code + f"print(sorted({set(HEAVY)} & set(sys.modules)))").stdout
    assert loaded.splitlines()[-1] == "[]"


def python(code: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", code]
    return subprocess.run(words, check=True, capture_output=True, text=True)


def test_a_misspelt_option_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["train", "--setings", "{}"])
    said = "scrawl train: there is no option '--setings'; did you mean '--settings'?\n"
    assert capsys.readouterr().err.endswith(said)
    with pytest.raises(SystemExit):
        cli.main(["plot", "confusion", "--ouput", "x.png"])
    assert "did you mean '--output'?" in capsys.readouterr().err


def test_no_command_lets_blas_have_threads_of_its_own() -> None:
    script = """
import os
os.environ.pop("OPENBLAS_NUM_THREADS", None)
from scrawl import __main__ as cli
try:
    cli.main(["deform", "--help"])
finally:
    from threadpoolctl import threadpool_info
    print([one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"])
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[-1] == "[1]"
