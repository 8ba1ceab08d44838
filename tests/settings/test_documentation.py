"""The reference of all settings: complete, and as the committed page has it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from scrawl.__main__ import main
from scrawl.settings.documentation import TITLES, descriptions, reference, section
from scrawl.settings.experiment import Experiment
from scrawl.settings.parsing import Settings

PAGE = Path(__file__).parents[2] / "docs/configuration.md"


def test_the_committed_page_is_what_the_command_writes(tmp_path: Path) -> None:
    assert main(["configuration", "--output", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text() == PAGE.read_text(), (
        "the settings have changed: scrawl configuration --output docs/configuration.md"
    )


@pytest.mark.parametrize("settings", TITLES.values(), ids=lambda one: one.__name__)
def test_every_setting_has_a_description(settings: type[Settings]) -> None:
    words = descriptions(settings)
    assert [field.name for field in fields(settings) if not words.get(field.name)] == []


def test_a_row_has_the_range_and_the_default_of_its_setting() -> None:
    (row,) = [line for line in section("x", Experiment).splitlines() if "`dropout`" in line]
    _, key, kind, default, words, _ = row.split("|")
    assert (key.strip(), default.strip()) == ("`dropout`", "`0.0`")
    assert kind.strip() == "number, at least 0 and at most 0.99"
    assert words.strip().startswith("Dropout rate: ")
    assert Experiment().dropout == 0.0


def test_every_line_of_a_table_has_four_cells() -> None:
    lines = [line for line in reference().splitlines() if line.startswith("|")]
    assert len(lines) > 80
    assert {line.replace(r"\|", "").count("|") for line in lines} == {5}
