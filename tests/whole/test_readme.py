"""What the README shows holds: its code runs, its settings are allowed, its files exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scrawl.settings.configuration import Configuration
from scrawl.settings.sources import Sources
from scrawl.settings.yaml_files import read_yaml

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    epochs = capsys.readouterr().out.splitlines()
    assert len(epochs) == 20
    assert float(epochs[-1].split()[2]) > 0.8


def test_the_settings_are_allowed() -> None:
    config: dict[str, Any] = read_yaml(HOUSE / "config.yaml")
    for text in blocks("yaml"):
        for section, named in yaml.safe_load(text.replace("sha256: …", "unchecked: true")).items():
            config[section].update(named)
    configuration = Configuration(Sources(command_line=config), HOUSE)
    assert configuration.run("two-layers", 1).hidden == (256, 64)
    assert configuration.preparation("runes", "unit").class_names == ("fehu", "uruz", "thurisaz")


def test_the_files_that_it_links_to_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (HOUSE / link).exists()] == []


def test_the_experiments_and_targets_that_it_names_exist() -> None:
    config = read_yaml(HOUSE / "config.yaml")
    quick = config["suites"]["quick"]["experiments"]
    assert re.findall(r"^\| `([\w-]+)`:", README, re.M) == quick
    rules = "".join(path.read_text() for path in (HOUSE / "workflow/rules").glob("*.smk"))
    for target in ("downloaded", "decoded", "prepared", "trained", "evaluated", "plotted"):
        assert target in README
        assert f"rule {target}:" in rules
