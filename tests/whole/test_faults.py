"""Faults of the machine: each ends in a message and an exit status, and nothing is lost."""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from project import BIN, Project

RUN = Path("artifacts/dots/runs/deep/1")
STAGES = {
    "download": "artifacts/dots/raw/train-images.idx.gz",
    "decode": "artifacts/dots/decoded.h5",
    "prepare": "artifacts/dots/prepared/standard.h5",
    "train": str(RUN / "model.h5"),
    "evaluate": str(RUN / "predictions.h5"),
    "plot": "artifacts/dots/figures/tiny/curves.png",
}


@pytest.fixture(scope="module")
def commands(finished: Project) -> dict[str, list[str]]:
    """Return one command of each stage, as Snakemake prints it, without its log."""
    printed = finished.build("--dry-run", "--printshellcmds", "--forceall").splitlines()
    return {
        stage: next(
            shlex.split(line[line.index("scrawl ") :].split(" > ")[0])
            for line in printed
            if f"scrawl {stage} " in line and output in line
        )
        for stage, output in STAGES.items()
    }


def run(
    project: Project, command: list[str], largest_file: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of a stage, with a limit on the size of every file where one is given."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [*unprivileged(), BIN / command[0], *command[1:]],
        cwd=project.folder,
        env=project.environment() | {"MPLCONFIGDIR": str(project.folder / "matplotlib")},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def unprivileged() -> list[str]:
    """Return the words before a command that take from root what no other user may do."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("nothing is read-only for root, and there is no setpriv to change that")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_full_disk_costs_nothing_that_was_there(
    project: Project, commands: dict[str, list[str]], stage: str, share: float
) -> None:
    # A limit on the size of files fails in the same calls as a full disk, and needs no root.
    artifacts = project.folder / "artifacts"
    before = everything(artifacts)
    size = (project.folder / STAGES[stage]).stat().st_size
    result = run(project, commands[stage], largest_file=int(share * size))
    assert result.returncode == 1, result.stderr
    message = (
        rf"scrawl {stage}: \[Errno 27\] File too large: '{STAGES[stage].rsplit('/', 1)[0]}/.*'"
    )
    assert re.fullmatch(message, result.stderr.splitlines()[-1])
    assert "Traceback" not in result.stderr
    assert everything(artifacts) == before


@pytest.mark.parametrize("stage", STAGES)
def test_a_folder_that_is_read_only_is_named(
    project: Project, commands: dict[str, list[str]], stage: str
) -> None:
    folder = (project.folder / STAGES[stage]).parent
    before = everything(folder)
    folder.chmod(0o500)
    try:
        result = run(project, commands[stage])
    finally:
        folder.chmod(0o700)
    assert result.returncode == 1, result.stderr
    assert f"scrawl {stage}: [Errno 13] Permission denied" in result.stderr
    assert "Traceback" not in result.stderr
    assert everything(folder) == before


@pytest.mark.parametrize("stage", ["decode", "prepare", "train", "evaluate"])
def test_a_file_that_may_not_be_read_is_named(
    project: Project, commands: dict[str, list[str]], stage: str
) -> None:
    for path in (project.folder / "artifacts").rglob("*"):
        if path.is_file():
            path.chmod(0o000)
    result = run(project, commands[stage])
    assert result.returncode == 1
    assert "Permission denied" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["artifacts/../dots/decoded.h5"],
        ["artifacts/dots;touch x/decoded.h5"],
        ["artifacts/dots/runs/$(touch x)/1/model.h5"],
        ["artifacts/dots/runs/plain/١/model.h5"],
        ["--config", "dataset=../dots"],
        ["--config", "experiment='; touch x; '"],
    ],
)
def test_a_hostile_name_on_the_command_line_is_refused_before_anything_is_done(
    project: Project, words: list[str]
) -> None:
    before = {path for path in project.folder.rglob("*") if ".snakemake" not in path.parts}
    result = project.run(*words)
    assert result.returncode == 1
    assert re.search("Missing|there is no|expected text of the form", result.stdout + result.stderr)
    assert "Traceback" not in result.stdout + result.stderr
    after = {path for path in project.folder.rglob("*") if ".snakemake" not in path.parts}
    assert after == before
