"""A bundled run is trained again from one file, and is the same, or told where it differs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from project import Project
from scrawl import __main__ as cli
from scrawl.tools import bundle

RUN = "artifacts/dots/runs/plain/1"


@pytest.fixture
def bundled(finished: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the bundle of a finished run, made in its project's folder."""
    monkeypatch.chdir(finished.folder)
    path = tmp_path / "a run.zip"
    assert cli.main(["bundle", RUN, "--output", str(path)]) == 0
    return path


def changed(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Return a copy of a bundle with another bundle.json."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    content = json.loads(files["bundle.json"])
    change(content)
    other = path.with_name("changed.zip")
    bundle.write(other, files | {"bundle.json": json.dumps(content)})
    return other


def verified(path: Path, capsys: pytest.CaptureFixture[str], status: int) -> str:
    capsys.readouterr()
    assert cli.main(["verify", str(path)]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def test_a_run_is_rebuilt_from_its_bundle_alone_by_the_printed_command(
    capsys: pytest.CaptureFixture[str], bundled: Path
) -> None:
    (command,) = re.findall("`(.*)`", capsys.readouterr().out)
    assert shlex.split(command) == ["scrawl", "verify", str(bundled)]
    lines = verified(bundled, capsys, 0).splitlines()
    assert [line.split()[1] for line in lines[:-1]] == [
        "decoded.h5",
        "prepared/unit.h5",
        "model.h5",
        "predictions.h5",
    ]
    assert lines[-1] == f"{bundled}: the same, 4 artifacts"


def test_the_same_run_gives_the_same_bundle(bundled: Path) -> None:
    again = bundled.with_name("again.zip")
    assert cli.main(["bundle", RUN, "--output", str(again)]) == 0
    assert again.read_bytes() == bundled.read_bytes()


def test_the_first_artifact_that_differs_is_named_with_the_likely_reason(
    bundled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(content: dict[str, Any]) -> None:
        content["settings"]["train"]["epochs"] = 1
        content["versions"]["numpy"] = "2.2.0"
        content["code"]["train"][0] = content["code"]["train"][0].partition("@")[0] + "@0"

    said = verified(changed(bundled, other), capsys, 1)
    assert "model.h5: its values differ" in said
    assert "other versions or another processor's arithmetic (numpy: " in said
    assert "bundled 2.2.0" in said
    assert "other code (" in said


def test_other_sources_are_told_apart_from_another_result(
    bundled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = changed(bundled, lambda content: content["sources"].update({"train-labels": "0" * 64}))
    assert "train-labels: its source has SHA-256" in verified(other, capsys, 1)


def test_what_is_no_bundle_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.zip"
    bundle.write(path, {"text": "no bundle"})
    assert "is no bundle of scrawl" in verified(path, capsys, 1)
    bundle.write(path, {"bundle.json": '{"format": "another"}'})
    assert "expected format 'scrawl bundle', version 1" in verified(path, capsys, 1)


def test_archives_understand_its_metadata(bundled: Path, tmp_path: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    shutil.unpack_archive(bundled, tmp_path / "crate")
    crate = rocrate.ROCrate(tmp_path / "crate")
    assert {"bundle.json", "metrics.json"} <= {entity.id for entity in crate.data_entities}
    (action,) = crate.get_by_type("CreateAction")
    assert action["instrument"].type == "SoftwareApplication"
    assert [entity.id for entity in action["result"]] == ["metrics.json"]
    assert all(entity.source.is_file() for entity in crate.data_entities)
    assert crate.root_dataset["conformsTo"].id.startswith("https://w3id.org/ro/wfrun/process/")


def test_a_dataset_with_files_of_groups_or_with_some_rows_only_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    output = project.folder / "run.zip"
    dots = yaml.safe_load((project.folder / "config.yaml").read_text())["datasets"]["dots"]
    files = dots["files"]
    groups = {f"{split}_groups": {"name": f"{split}-groups.idx"} for split in ("train", "test")}
    some = {"test_images": {**files["test_images"], "rows": [0, 10]}}
    for changed in groups, some:
        entry = {"dots": dots | {"files": files | changed}}
        project.configure(partial(dict.update, datasets=entry))
        assert cli.main(["bundle", RUN, "--output", str(output)]) == 1
        words = "dots has files of groups, or only some rows of its files; a bundle is of"
        assert words in capsys.readouterr().err
        assert not output.exists()
