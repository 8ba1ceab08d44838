"""A study is a folder: to ignore, to leave out, or to copy for one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from project import HOUSE, STUDIES, Project, checkout

CONFIG = """\
suites:
  widths: {datasets: [dots], target: compared, experiments: [narrow, wide], seeds: [1]}
experiments:
  narrow: {hidden: [2], epochs: 1}
  wide: {hidden: [20], epochs: 1}
"""
RULES = """\
# runs of the suite `widths`  →  artifacts/{dataset}/widths.txt
rule compared:
    input:
        per_dataset("artifacts/{dataset}/widths.txt"),


rule widths:
    input:
        per_run("artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json", datasets="{dataset}"),
    output:
        "artifacts/{dataset}/widths.txt",
    params:
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl compare {params.runs} > {output}"
"""


@pytest.fixture
def widths(tmp_path: Path) -> Project:
    """Return a project with a study of its own."""
    project = checkout(tmp_path)
    folder = project.folder / "workflow/studies/widths"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "rules.smk").write_text(RULES)
    return project


def test_a_new_folder_is_a_study_with_its_experiments_suite_and_rules(widths: Project) -> None:
    widths.build("--config", "suite=widths")
    assert "narrow/1" in (widths.folder / "artifacts/dots/widths.txt").read_text()
    assert widths.planned("--config", "suite=widths") == set()
    assert "train narrow" not in widths.planned()  # the user's own suite asks for none of it


def test_the_user_s_own_files_override_a_study(widths: Project) -> None:
    widths.configure(lambda config: config["experiments"].update(wide={"hidden": [21]}))
    mine = {"experiments": {"narrow": {"epochs": 2}}}
    (widths.folder / "mine.yaml").write_text(yaml.safe_dump(mine))
    words = ("--configfile", "mine.yaml", "--config", "suite=widths", "experiment=narrow,wide")
    plan = widths.build("--dry-run", "--printshellcmds", *words)
    assert '"epochs":2,' in plan
    assert '"hidden":[21]' in plan
    assert '"hidden":[20]' not in plan


STUDY = "workflow/studies/widths/config.yaml"
MISTAKES = {  # in a file: what stood there, what stands there, and what is said of it
    STUDY: ("hidden: [2]", "hiden: [2]", "experiments.narrow: unknown key 'hiden'"),
    "workflow/datasets.yaml": ("validation: 5000", "validation: -1", "datasets.mnist.validation: "),
    "config.yaml": ("epochs: 3", "epochs: three", "experiments.plain.epochs: found 'three'"),
    "mine.yaml": ("epochs: 2", "epochs: two", "experiments.wide.epochs: found 'two'"),
}


def change(project: Project, file: str, before: str, after: str) -> int:
    """Change the first such text of a file, and return the number of its line."""
    text = (project.folder / file).read_text().replace(before, after, 1)
    (project.folder / file).write_text(text)
    return text[: text.index(after)].count("\n") + 1


def refusal(project: Project, *words: str) -> str:
    result = project.run("--dry-run", *words)
    assert result.returncode != 0
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout + result.stderr


def test_mistakes_are_named_with_their_files_and_lines(widths: Project) -> None:
    (widths.folder / "mine.yaml").write_text("experiments:\n  wide:\n    epochs: 2\n")
    lines = {file: change(widths, file, *texts[:2]) for file, texts in MISTAKES.items()}
    found = refusal(widths, "--configfile", "mine.yaml", "--config", "seed=one,two")
    for file, (_, _, message) in MISTAKES.items():
        assert f"{file}:{lines[file]}: {message}" in found


def test_a_target_that_is_not_a_rule_is_named(widths: Project) -> None:
    line = change(widths, STUDY, "target: compared", "target: compare")
    found = refusal(widths, "--config", "suite=widths")
    assert f"{STUDY}:{line}: suites.widths.target: there is no rule 'compare'" in found


def test_runs_are_not_transferred_to_no_dataset(widths: Project) -> None:
    found = refusal(widths, "transferred", "--config", "suite=widths", "evaluated_on=dots")
    assert "snakemake: transferred: found no other dataset to score the runs of dots on;" in found
    assert "evaluated_on=mnist" in found


def test_a_study_that_is_not_yaml_is_named(widths: Project) -> None:
    line = change(widths, STUDY, "epochs: 1}\n  wide", "epochs: 1\n  wide")
    assert f"{STUDY}:{line + 1}:7: " in refusal(widths)


def test_the_studies_of_the_workflow_are_independent_of_each_other(tmp_path: Path) -> None:
    for study in sorted(STUDIES.iterdir()):
        project = checkout(tmp_path / study.name)
        shutil.copytree(study, project.folder / "workflow/studies" / study.name)
        shutil.copy(HOUSE / "config.yaml", project.folder)
        config = yaml.safe_load((study / "config.yaml").read_text())
        asked = "suite" if "suites" in config else "sweep"
        assert project.planned("--config", f"{asked}={next(iter(config[f'{asked}s']))}")
