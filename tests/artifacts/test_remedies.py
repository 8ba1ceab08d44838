"""Remedies: the command that a message prints makes the artifact again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import h5py
import pytest

from project import Project
from scrawl.artifacts import store
from scrawl.artifacts.remedies import made_again

RUN = "artifacts/dots/runs/plain/1"


@pytest.mark.parametrize("here", [True, False], ids=["in its folder", "from elsewhere"])
def test_the_printed_command_makes_a_damaged_file_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, here: bool
) -> None:
    model = project.folder / RUN / "model.h5"
    before = model.read_bytes()
    with h5py.File(model, "r+") as file:
        file["layers/1-dense/weights"][0, 0] += 1
    if here:
        monkeypatch.chdir(project.folder)
    with (
        pytest.raises(ValueError, match="its content has changed") as raised,
        store.reading(Path(RUN, "model.h5") if here else model, "model"),
    ):
        pass
    message = str(raised.value)
    assert (f"in {project.folder}, make" in message) != here
    (command,) = re.findall("`snakemake --cores 1 (.*?)`", message)
    project.build(*shlex.split(command))
    assert model.read_bytes() == before


def test_a_file_of_no_pipeline_is_made_again_by_what_wrote_it(tmp_path: Path) -> None:
    assert made_again(tmp_path / "model.h5") == "make it again with the command that wrote it"


def test_a_file_that_was_never_made_is_made_by_the_pipeline_around_it(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").touch()
    assert made_again(tmp_path / "artifacts/dots/decoded.h5").startswith(
        f"in {tmp_path}, make it again with `snakemake --cores 1 --force artifacts/dots/decoded.h5`"
    )


@pytest.mark.parametrize("name", ["mine.h5", "photos/decoded.h5", "out/dots/mine.h5", "a/b/runs/x"])
def test_a_file_beside_the_pipelines_own_is_not_asked_of_the_pipeline(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "Snakefile").touch()
    assert made_again(tmp_path / name) == "make it again with the command that wrote it"


def test_a_path_with_a_space_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".snakemake").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "--force 'my results/dots/raw/a.idx'`" in made_again(Path("my results/dots/raw/a.idx"))
