"""Every placeholder is filled from the facts, or the page is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scrawl import __main__ as cli
from scrawl.tools.fill import fill

FACTS = {"run": {"accuracy": 0.9417, "seeds": [3, 4], "name": "linear", "none": None}}


def test_a_value_is_written_as_the_placeholder_asks() -> None:
    template = (
        "{{ run.name }} {{ run.seeds[1] }}: {{ run.accuracy | to('.1%') }}, "
        "{{ run['accuracy'] | to('.3f') }} {one}"
    )
    assert fill(template, FACTS) == "linear 4: 94.2%, 0.942 {one}"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n{{ run.acuracy }}", r"page, line 2: there is no 'acuracy'; did you mean 'accuracy'"),
        ("{{ ron.accuracy }}", "line 1: there is no 'ron'"),
        ("{{ run.seeds[2] }}", "line 1: there is no 2"),
        ("{{ run.seeds }}", "found list, expected one value"),
        ("{{ run.none }}", "found NoneType, expected one value"),
        ("{{ run.name | to('.1%') }}", "line 1: Unknown format code"),
        ("a\n{{ run. }}", "page, line 2: "),
    ],
)
def test_what_cannot_be_filled_is_refused(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fill(template, FACTS, "page")


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facts.json").write_text(json.dumps(FACTS["run"]))
    (tmp_path / "template.md").write_text("# {{ this.name }}\n")
    words = ["page", "--template", str(tmp_path / "template.md"), "--output"]
    words += [str(tmp_path / "docs/page.md"), "--facts"]
    assert cli.main([*words, f"this={tmp_path / 'facts.json'}"]) == 0
    assert (tmp_path / "docs/page.md").read_text() == "# linear\n"
    assert cli.main([*words, "facts.json"]) == 1
    assert "expected NAME=FILE" in capsys.readouterr().err
