"""Published digests: the same, or the first artifact that differs and the likely reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import pytest

from project import Project
from scrawl import __main__ as cli
from scrawl.tools import digests

MODEL = "runs/plain/1/model.h5"


@pytest.fixture
def published(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish the digests of a finished project and return the folder of its dataset."""
    folder = project.folder / "artifacts/dots"
    table, page = tmp_path / "published.json", tmp_path / "digests.md"
    words = ["digests", str(folder), "--output", str(table), "--page", str(page)]
    assert cli.main(words) == 0
    monkeypatch.setattr(digests, "PUBLISHED", table)
    return folder


def compared(folder: Path, capsys: pytest.CaptureFixture[str], status: int = 1) -> str:
    capsys.readouterr()
    assert cli.main(["verify", "--published", str(folder)]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def change_table(change: Any) -> None:
    table = json.loads(digests.PUBLISHED.read_text())
    change(table)
    digests.PUBLISHED.write_text(json.dumps(table))


def test_a_second_look_finds_the_same(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = compared(published, capsys, status=0).splitlines()
    assert lines[-1] == f"{published}: the same as published, 11 artifacts"
    with h5py.File(published / MODEL, "r+") as file:
        file.attrs["note"] = "attributes are no values"
    assert compared(published, capsys, status=0).splitlines() == lines


def test_the_page_names_every_artifact(published: Path, tmp_path: Path) -> None:
    page = (tmp_path / "digests.md").read_text()
    table = json.loads(digests.PUBLISHED.read_text())
    assert MODEL in page
    for entry in table["datasets"]["dots"].values():
        assert f"`{entry['sha256']}`" in page


def test_a_value_that_differs_is_blamed_on_code_or_data_where_all_else_is_the_same(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(published / MODEL, "r+") as file:
        file["layers/1-dense/weights"][0, 0] += 1
    said = compared(published, capsys)
    assert f"{MODEL}: its values differ from the published ones" in said
    assert "the code or the raw data differ" in said


def test_other_settings_are_named_with_both_values(
    published: Path, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.configure(lambda config: config["experiments"]["plain"].update(epochs=2))
    project.build("trained")
    said = compared(published, capsys)
    assert f"{MODEL}: its values differ" in said
    assert "other settings (epochs: 2, published 3)" in said


def test_another_kernel_or_version_is_named(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(table: Any) -> None:
        table["versions"]["numpy"] = "2.2.0"
        table["datasets"]["dots"][MODEL]["sha256"] = "0" * 64

    change_table(other)
    said = compared(published, capsys)
    assert "other versions or another processor's arithmetic (numpy: " in said
    assert "published 2.2.0)" in said


def test_what_is_not_there_is_said_and_nothing_there_is_an_error(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (published / MODEL).unlink()
    assert f"not there        {MODEL}" in compared(published, capsys, status=0)
    change_table(lambda table: table["datasets"].update(dots={"runs/a/1/model.h5": {}}))
    assert "none of its published artifacts is there" in compared(published, capsys)
    change_table(lambda table: table.update(datasets={"glyphs": {}}))
    assert "no digests are published of dots, only of glyphs" in compared(published, capsys)
