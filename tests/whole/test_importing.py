"""Other workflows that import this one as a module: what is theirs stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from project import CONFIG, SEEDS, Project

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


def importer(folder: Path, checkout: Path) -> Project:
    """Write a workflow of another's, with one dataset and one experiment from a checkout."""
    folder.mkdir()
    project = Project(folder)
    (folder / "src").symlink_to(checkout / "src")
    snakefile = repr(str(checkout / "Snakefile"))
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
    assert made == {"Snakefile", "config.yaml", "src", "digits", "mine.txt"}
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
