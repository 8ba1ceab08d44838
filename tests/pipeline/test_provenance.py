"""Digests of code: they change when what the code does may change, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrawl.pipeline import provenance


@pytest.fixture
def package(tmp_path: Path) -> Path:
    files = {
        "__init__.py": '"""A package."""\n',
        "shared.py": "def one():\n    return 1\n",
        "alone.py": "import os\n",
        "stage.py": "from pack.inner.deep import two\nfrom pack import shared\n",
        "lazy.py": "def main():\n    import pack.alone\n",
        "inner/__init__.py": "",
        "inner/deep.py": "from pack.inner import deeper\ntwo = 2\n",
        "inner/deeper.py": "import pack.stage  # a circle\n",
    }
    for name, text in files.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pack"


def code_of(stage: str, package: Path) -> dict[str, str]:
    for cached in (
        provenance._text,
        provenance._memory,
        provenance._facts,
        provenance._imports,
    ):
        cached.cache_clear()
    return dict(one.split("@") for one in provenance.code_of(stage, package))


def test_the_modules_of_a_stage_are_those_that_it_reaches_by_imports(package: Path) -> None:
    assert set(code_of("stage", package)) == {
        "stage",
        "shared",
        "inner",
        "inner.deep",
        "inner.deeper",
    }
    assert set(code_of("lazy", package)) == {"lazy", "alone"}


def test_a_change_of_code_changes_the_digest_of_its_module_and_no_other(package: Path) -> None:
    before = code_of("stage", package)
    (package / "inner" / "deep.py").write_text("from pack.inner import deeper\ntwo = 3\n")
    after = code_of("stage", package)
    assert {name for name in before if before[name] != after[name]} == {"inner.deep"}


@pytest.mark.parametrize(
    "text",
    [
        "def one():\n    return 1  # the loneliest number\n",
        'def one():\n    """Return one."""\n    return 1\n',
        '"""Shared things."""\n\n\ndef one():\n\n    return (1)\n',
        'def one():\n    return 1\n"""The description of a field stands after it."""\n',
    ],
)
def test_comments_docstrings_and_layout_change_nothing(package: Path, text: str) -> None:
    before = code_of("stage", package)
    (package / "shared.py").write_text(text)
    assert code_of("stage", package) == before


def test_every_stage_knows_its_own_module_and_the_readers_of_its_files() -> None:
    for stage in ("decode", "prepare", "train", "evaluate", "plot"):
        names = {one.split("@")[0] for one in provenance.code_of(f"stages.{stage}")}
        assert {f"stages.{stage}", "artifacts.store", "artifacts.files"} <= names


def test_what_only_training_needs_is_no_part_of_decoding() -> None:
    assert not any(one.startswith("nn") for one in provenance.code_of("stages.decode"))


def test_a_new_setting_of_networks_makes_no_dataset_again() -> None:
    for stage in ("download", "deform", "decode", "prepare"):
        names = {one.split("@")[0] for one in provenance.code_of(f"stages.{stage}")}
        assert "settings.dataset" in names or stage in ("download", "decode")
        assert "settings.experiment" not in names, stage


def test_a_change_of_a_page_changes_the_digest_of_its_file_alone(package: Path) -> None:
    (package / "pages").mkdir()
    for name in ("look.css", "act.js", "fill.py"):
        (package / "pages" / name).write_text("one")
    before = provenance.data_of("pages", package)
    (package / "pages/act.js").write_text("two")
    after = provenance.data_of("pages", package)
    assert [one.split("@")[0] for one in before] == ["pages/act.js", "pages/look.css"]
    assert [a != b for a, b in zip(after, before, strict=True)] == [True, False]
