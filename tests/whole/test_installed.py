"""The built package, without a checkout: what it carries, and projects that are made with it.

`make test-wheel` installs it into an empty environment and builds the default suite there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import conda
from project import BARE_PATH, BIN, CONFIG, HOUSE, Project, write_dots


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the content of the built package, found before any other."""
    folder = tmp_path_factory.mktemp("installed")
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run(
        [sys.executable, "-m", "pip", *words, "--wheel-dir", folder, HOUSE],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
    )
    (wheel,) = folder.glob("scrawl_digits-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


class Installation(Project):
    """A project whose package is an installed one."""

    packages: Path

    def run(
        self,
        *words: str,
        cores: int = 2,
        largest_file: int | None = None,  # noqa: ARG002
        cold: bool = False,  # noqa: ARG002 — it always is
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in a process that has imported nothing of the checkout."""
        return subprocess.run(
            [BIN / "snakemake", "--cores", str(cores), *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a run."""
        return {**super().environment(), "PYTHONPATH": str(self.packages)}


@pytest.fixture
def project(installed: Path, tmp_path: Path) -> Installation:
    """Return a project, as `scrawl new` writes it."""
    project = Installation(tmp_path / "my {own} digits")
    project.packages = installed
    said = subprocess.run(
        [BIN / "scrawl", "new", project.folder],
        env={**project.environment(), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "snakemake --cores all" in said
    return project


def test_a_new_project_is_a_few_files_and_builds_the_default_suite(project: Installation) -> None:
    files = {path.relative_to(project.folder) for path in project.folder.rglob("*")}
    names = {"Snakefile", "README.md", "config.yaml", "profiles/default/profile.yaml"}
    assert {str(file) for file in files if (project.folder / file).is_file()} == names
    planned = project.planned()
    suite = yaml.safe_load((HOUSE / "config.yaml").read_text(encoding="utf-8"))["suites"]["quick"]
    assert {f"train {name}" for name in suite["experiments"]} <= planned


def test_a_new_project_builds_a_configuration_and_data_of_its_own(project: Installation) -> None:
    write_dots(project.folder / "data")
    (project.folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    asked = ("evaluated", "--config", "experiment=plain", "seed=1")
    project.build(*asked)
    assert (project.folder / "artifacts/dots/runs/plain/1/metrics.json").is_file()
    assert not (project.folder / "workflow").exists()
    assert project.planned(*asked) == set()


def test_with_conda_a_stage_imports_the_package_and_none_that_was_installed_beside_it(
    project: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = conda.stand_in(tmp_path / "conda")
    monkeypatch.setattr("project.BARE_PATH", f"{programs}{os.pathsep}{BARE_PATH}")
    project.build("--sdm", "conda", "--", "artifacts/glyphs/decoded.h5")
    log = (project.folder / "artifacts/glyphs/logs/decode.log").read_text()
    assert log.startswith("python of conda")
    (alone,) = (project.folder / ".snakemake/scrawl/package").iterdir()
    assert alone.resolve() == project.packages / "scrawl"


def test_a_project_is_not_written_over(project: Installation, tmp_path: Path) -> None:
    before = (project.folder / "config.yaml").read_bytes()
    result = subprocess.run(
        [BIN / "scrawl", "new", project.folder], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "found Snakefile, expected a folder without one" in result.stderr
    assert (project.folder / "config.yaml").read_bytes() == before


def test_the_package_carries_the_workflow_of_the_checkout(installed: Path) -> None:
    carried = installed / "scrawl/checkout"
    for name in ("Snakefile", "config.yaml", "workflow", "profiles", "data"):
        theirs = [HOUSE / name, *(HOUSE / name).rglob("*")]
        for file in (path for path in theirs if path.is_file() and "__pycache__" not in path.parts):
            assert (carried / file.relative_to(HOUSE)).read_bytes() == file.read_bytes()
