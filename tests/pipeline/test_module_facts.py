"""Facts about modules: kept for the source that they are true of, and for no other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from scrawl.pipeline.module_facts import Facts, Memory, facts_of

SOURCE = "from pack import one\n\ndef two():\n    import os.path\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    memory = Memory(tmp_path / "cache" / "facts.json")
    memory.of(SOURCE)
    memory.keep([SOURCE])
    return memory.path


def test_imports_are_found_at_any_depth_and_as_names_inside_of_modules() -> None:
    assert facts_of(SOURCE).imports == ("os.path", "pack", "pack.one")


def test_known_sources_are_not_parsed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = facts_of(SOURCE)
    monkeypatch.setattr(ast, "parse", lambda _: pytest.fail("parsed"))
    assert Memory(path).of(SOURCE) == expected


def test_an_edited_source_is_parsed_whatever_is_known(path: Path) -> None:
    edited = SOURCE.replace("one", "three")
    assert Memory(path).of(edited) == facts_of(edited) != facts_of(SOURCE)


def test_facts_about_another_python_s_syntax_trees_are_not_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version", "4.0")
    other = Memory(path)
    other.of(SOURCE)
    assert other.changed


def test_facts_about_sources_that_are_gone_are_not_kept(path: Path) -> None:
    memory = Memory(path)
    memory.of("import os")
    memory.keep(["import os"])
    assert set(Memory(path).facts.values()) == {facts_of("import os")}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"a": 1}', '{"a": [1]}'])
def test_a_damaged_file_is_as_none(path: Path, content: str) -> None:
    path.write_text(content)
    assert Memory(path).of(SOURCE) == facts_of(SOURCE)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "facts.json")
    assert isinstance(memory.of(SOURCE), Facts)
    memory.keep([SOURCE])
    assert (tmp_path / "file").read_text() == ""
