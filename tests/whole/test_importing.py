"""Other workflows that import this one as a module: what is theirs stays as it was."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from project import BIN, CONFIG, SEEDS, Project
from whole.test_faults import unprivileged

IMPORTER = """
from snakemake.io import _IOFile
from snakemake.scheduling.job_scheduler import JobScheduler


configfile: "config.yaml"


module digits:
    snakefile:
        SNAKEFILE
    config:
        config["digits"]
    prefix:
        "digits"


use rule * from digits as digits_*


assert not hasattr(_IOFile.checksum, "__wrapped__")
assert not hasattr(JobScheduler._schedule_reevalutation, "__wrapped__")
assert {"digits_download", "digits_plot_curves", "digits_report"} <= workflow._localrules
assert not {"digits_train", "digits_prepare"} & workflow._localrules


rule mine:
    default_target: True
    input:
        "digits/artifacts/dots/runs/plain/1/metrics.json",
    output:
        "mine.txt",
    shell:
        '''
        echo first > {output}
        echo second {input} >> {output}
        '''
"""


class Guest(Project):
    """A folder of another's, with a package that lies elsewhere."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        super().__init__(folder)
        folder.mkdir()
        self.checkout = checkout

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a run."""
        return {**super().environment(), "PYTHONPATH": str(self.checkout / "src")}


def importer(folder: Path, checkout: Path, snakefile: str | None = None) -> Project:
    """Write a workflow of another's, with one dataset and one experiment from a checkout."""
    project = Guest(folder, checkout)
    snakefile = snakefile or repr(str(checkout / "Snakefile"))
    (folder / "Snakefile").write_text(IMPORTER.replace("SNAKEFILE", snakefile))
    given: dict[str, Any] = CONFIG
    dots = {**given["datasets"]["dots"], "sources": [str(checkout / "data")]}
    digits = {
        "suite": "one",
        "suites": {"one": {"datasets": ["dots"], "experiments": ["plain"], "seeds": [1]}},
        "datasets": {"dots": dots},
        "experiments": {"plain": given["experiments"]["plain"]},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump({"digits": digits}))
    return project


@pytest.fixture
def other(finished: Project, tmp_path: Path) -> Project:
    return importer(tmp_path / "other", finished.folder)


def test_an_importing_workflow_gets_its_files_below_its_prefix_and_keeps_its_process(
    other: Project, finished: Project
) -> None:
    output = other.build()
    metrics = "digits/artifacts/dots/runs/plain/1/metrics.json"
    assert (other.folder / "mine.txt").read_text() == f"first\nsecond {metrics}\n"
    theirs = finished.folder / metrics.removeprefix("digits/")
    assert (other.folder / metrics).read_bytes() == theirs.read_bytes()
    made = {path.name for path in other.folder.iterdir() if not path.name.startswith(".snakemake")}
    assert made == {"Snakefile", "config.yaml", "digits", "mine.txt"}
    assert {path.name for path in (other.folder / "digits").iterdir()} == {"artifacts"}
    assert not (other.folder / ".snakemake/scrawl").exists()
    assert "Logging error" not in output
    assert other.planned() == set()


def test_all_artifacts_may_lie_in_a_folder_of_another_name(
    finished: Project, tmp_path: Path
) -> None:
    project = Project(finished.folder)
    elsewhere = tmp_path / "else where"
    project.build(
        *("--directory", str(tmp_path), "--config", f"artifacts={elsewhere}", "experiment=plain"),
        *(f"seed={SEEDS[0]}", "--", f"{elsewhere}/dots/runs/plain/{SEEDS[0]}/metrics.json"),
    )
    assert {path.name for path in tmp_path.iterdir()} == {"else where", ".snakemake"}
    for name in ("model.h5", "metrics.json"):
        path = f"dots/runs/plain/{SEEDS[0]}/{name}"
        assert (elsewhere / path).read_bytes() == (project.folder / "artifacts" / path).read_bytes()


def test_a_checkout_may_be_read_only_behind_a_link_and_have_spaces_in_its_path(
    finished: Project, tmp_path: Path
) -> None:
    checkout, link, results = (tmp_path / name for name in ("a checkout", "a link", "my results"))
    shutil.copytree(finished.folder, checkout)
    for name in ("artifacts", ".snakemake"):
        shutil.rmtree(checkout / name)
    link.symlink_to(checkout)
    wanted = "artifacts/dots/runs/plain/1/metrics.json"
    words = ["--snakefile", str(link / "Snakefile"), "--directory", str(results), "--", wanted]
    folders = [checkout, *(path for path in checkout.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        result = subprocess.run(
            [*unprivileged(), str(BIN / "snakemake"), "--cores", "2", *words],
            cwd=tmp_path,
            env=Project(link).environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (results / wanted).read_bytes() == (finished.folder / wanted).read_bytes()
    assert not (checkout / ".snakemake").exists()


@pytest.fixture
def published(finished: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder from which a checkout, at the tag `v1`, seems to be on GitHub."""
    repository = tmp_path / "repository"
    for words in (
        ("init", "--quiet", str(repository)),
        ("--work-tree", str(finished.folder), "add", "Snakefile", "workflow"),
        ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "one"),
        ("tag", "v1"),
    ):
        place = () if words[0] == "init" else ("--git-dir", str(repository / ".git"))
        subprocess.run(["git", *place, *words], check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{repository}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/someone/scrawl")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_rules_may_come_from_a_hosted_repository(published: Path, finished: Project) -> None:
    snakefile = 'github("someone/scrawl", path="Snakefile", tag="v1")'
    other = importer(published / "other", finished.folder, snakefile)
    other.build()
    metrics = "artifacts/dots/runs/plain/1/metrics.json"
    theirs = (finished.folder / metrics).read_bytes()
    assert (other.folder / "digits" / metrics).read_bytes() == theirs
    assert other.planned() == set()


def test_a_hosted_snakefile_runs_without_a_checkout(published: Path, finished: Project) -> None:
    project = Guest(published / "empty", finished.folder)
    (project.folder / "mine.yaml").write_text(yaml.safe_dump(CONFIG))
    wanted = "artifacts/dots/runs/plain/1/metrics.json"
    words = ["--snakefile", "gh:someone/scrawl@v1", "--configfile", "mine.yaml", "--", wanted]
    project.build(*words)
    assert (project.folder / wanted).read_bytes() == (finished.folder / wanted).read_bytes()
    assert project.planned(*words) == set()
