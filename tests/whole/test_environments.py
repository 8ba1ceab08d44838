"""Stages that run outside this environment find what they import."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import conda
import scrawl
from project import BARE_PATH, HOUSE, Project
from scrawl.pipeline.commands import COMMANDS
from scrawl.pipeline.provenance import PACKAGE, code_of

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((HOUSE / "workflow/envs/scrawl.yaml").read_text(encoding="utf-8"))
# What is imported under another name than it is installed, and what conda calls otherwise.
INSTALLED_AS = {"yaml": "pyyaml", "PIL": "pillow"}
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def stages() -> set[str]:
    """Return the modules of the commands that rules call."""
    rules = (HOUSE / "workflow").rglob("*.smk")
    called = {word for path in rules for word in re.findall(r'"scrawl (\w+)', path.read_text())}
    assert called <= COMMANDS.keys()
    return {COMMANDS[name][0] for name in called} | {"__main__"}


def imported(stage: str) -> set[str]:
    """Return the packages that a stage and all modules of its own imports import."""
    names: set[str] = set()
    for module in (one.split("@")[0] for one in code_of(stage)):
        path = PACKAGE.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return {INSTALLED_AS.get(one, one) for one in names - set(sys.stdlib_module_names)} - {"scrawl"}


def test_conda_installs_what_the_stages_import_in_the_versions_of_the_project() -> None:
    needed = set().union(*map(imported, stages()))
    bounds = {one.split(">=")[0]: ">=" + one.split(">=")[1] for one in PROJECT["dependencies"]}
    installed = dict(one.split(" ", 1) for one in CONDA["dependencies"])
    assert installed.pop("python").startswith(PROJECT["requires-python"])
    assert installed == {CONDA_NAMES.get(one, one): bounds[one] for one in needed}


def test_the_version_is_known_without_being_installed(tmp_path: Path) -> None:
    source = shutil.copytree(PACKAGE, tmp_path / "scrawl")
    words = [sys.executable, "-S", "-c", "import scrawl; print(scrawl.__version__)"]
    result = subprocess.run(words, cwd=source.parent, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == scrawl.__version__


def test_with_conda_a_stage_runs_in_the_environment_that_conda_made(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = conda.stand_in(tmp_path / "conda")
    monkeypatch.setattr("project.BARE_PATH", f"{programs}{os.pathsep}{BARE_PATH}")
    target = "artifacts/dots/runs/plain/3/metrics.json"
    project.build("--sdm", "conda", "--", target)
    assert (project.folder / target).exists()
    log = (project.folder / "artifacts/dots/logs/evaluate-plain-3.log").read_text()
    assert log.startswith("python of conda")


# Executes what it is asked to on this machine, with the programs of "the image" alone.
APPTAINER_STAND_IN = """#!/bin/bash
case "$*" in
*--version) echo apptainer version 1.3.0 ;;
*" exec "*)
    while [ "$1" != scrawl.sif ]; do shift; done
    shift
    PATH={image}:/bin exec "$@"
    ;;
esac
"""


def test_with_apptainer_a_stage_runs_with_the_programs_of_the_image(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, programs = tmp_path / "image", tmp_path / "programs"
    for folder in (image, programs):
        folder.mkdir()
    (programs / "apptainer").write_text(APPTAINER_STAND_IN.format(image=image))
    (image / "python").write_text(
        f'#!/bin/bash\necho "in the image, with $PYTHONPATH"\nexec {sys.executable} "$@"\n'
    )
    for program in (programs / "apptainer", image / "python"):
        program.chmod(0o755)
    monkeypatch.setattr("project.BARE_PATH", f"{programs}{os.pathsep}{BARE_PATH}")
    (project.folder / "scrawl.sif").touch()
    target = "artifacts/dots/runs/plain/3/metrics.json"
    project.build("--sdm", "apptainer", "--", target)
    assert (project.folder / target).exists()
    log = (project.folder / "artifacts/dots/logs/evaluate-plain-3.log").read_text()
    assert log.startswith(f"in the image, with {project.folder / 'src'}")
