"""The folders of the workflow and of a project."""

from __future__ import annotations

from pathlib import Path

from scrawl.pipeline.workflow_files import WORKFLOW, locations


def test_a_checkout_has_its_own_files_and_a_project_brings_its_folder(tmp_path: Path) -> None:
    checkout, project = tmp_path / "checkout", tmp_path / "project"
    for file in (checkout / "workflow/datasets.yaml", project / "config.yaml"):
        file.parent.mkdir(parents=True)
        file.touch()
    rules = checkout / "workflow/rules"
    assert locations(rules, checkout / "Snakefile") == (checkout, checkout)
    assert locations(rules, project / "Snakefile") == (checkout, project)


def test_rules_fetched_alone_take_the_files_of_the_package(tmp_path: Path) -> None:
    fetched = tmp_path / "cache/workflow/rules"
    assert locations(fetched, Path("https://host/Snakefile")) == (WORKFLOW, WORKFLOW)
