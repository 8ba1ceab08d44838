"""artifacts/README.md lists what a finished suite has, and what it shows works."""

from __future__ import annotations

import re
import subprocess

import pytest

from project import HOUSE, Project
from scrawl import __main__ as cli
from scrawl.pipeline.commands import COMMANDS

PAGE = (HOUSE / "artifacts/README.md").read_text(encoding="utf-8")
NAMES = {"glyphs": "dots", "linear": "plain", "dense-128": "deep"}
ROWS = re.findall(r"^\| `(.+?)` \| `(\w+)` \| (.*) \|$", PAGE, re.M)


def pattern(artifact: str) -> re.Pattern[str]:
    """Return what the names of an artifact look like; figures come in two formats."""
    words = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(artifact)).replace(r"\.png", r"\.(png|svg)")
    return re.compile(words)


def test_every_artifact_of_a_finished_suite_is_listed_once_and_no_other(finished: Project) -> None:
    files = finished.files()
    for file in files:
        assert sum(bool(pattern(name).fullmatch(file)) for name, _, _ in ROWS) == 1, file
    for name, _, _ in ROWS:
        assert any(pattern(name).fullmatch(file) for file in files), name


def test_every_artifact_is_listed_with_the_stage_whose_rule_writes_it() -> None:
    for name, stage, _ in ROWS:
        rules = (HOUSE / f"workflow/rules/{stage}.smk").read_text(encoding="utf-8")
        rules = rules.replace("<artifacts>", "artifacts").replace("{{", "{").replace("}}", "}")
        assert COMMANDS[stage][0].startswith("stages."), stage
        assert f"artifacts/{name.rpartition('/')[0]}/" in rules, name


def test_the_page_is_the_only_tracked_file_of_its_folder_and_stays_when_all_is_cleaned() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "artifacts"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not in a git checkout")
    assert listed.stdout.split() == ["artifacts/README.md"]
    recipe = (HOUSE / "Makefile").read_text().split("\nclean:\n")[1]
    assert "artifacts/*/" in recipe
    assert not re.search(r"artifacts(?!/\*/)", recipe)


def test_the_python_that_it_shows_runs(
    finished: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE, re.S)[0].replace("glyphs", "dots")
    monkeypatch.chdir(finished.folder)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out == "(240, 6, 5) [0 1 2 3 0 1 2 3 0 1]\n"


def test_the_commands_that_it_shows_run(finished: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.folder)
    commands = re.findall(r"^    scrawl (.+?)(?:  +#.*)?$", PAGE, re.M)
    assert len(commands) == 3
    for command in commands:
        words = re.sub("|".join(NAMES), lambda found: NAMES[found[0]], command).split()
        assert cli.main(words) == 0
