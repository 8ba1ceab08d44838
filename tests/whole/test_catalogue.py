"""What Snakemake's workflow catalogue asks of a workflow that is used as others are."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

from project import HOUSE, Project


def read(name: str) -> str:
    return (HOUSE / name).read_text(encoding="utf-8")


def test_the_catalogue_finds_its_files_and_settings() -> None:
    assert all(word in read("README.md").lower() for word in ("snakemake", "workflow"))
    assert "configuration" in read("config/README.md").lower()
    usage = yaml.safe_load(read(".snakemake-workflow-catalog.yml"))["usage"]
    assert usage["report"] is True
    assert usage["mandatory-flags"]["flags"] == []
    # test_environments.py tries the two that are true.
    methods = {"conda": True, "apptainer": True, "apptainer+conda": False}
    assert usage["software-stack-deployment"] == methods
    assert read("Snakefile") != read("workflow/Snakefile")
    for name in ("LICENSE", "CITATION.cff", "CHANGELOG.md", "CODE_OF_CONDUCT.md"):
        assert read(name)


def test_the_configuration_of_its_page_is_accepted(tmp_path: Path) -> None:
    _, _, rest = read("config/README.md").partition("```yaml\n")
    (tmp_path / "mine.yaml").write_text(rest.partition("```")[0])
    planned = miniature(tmp_path).planned("--configfile", "mine.yaml")
    assert {"train small", "train large"} <= planned


def miniature(folder: Path) -> Project:
    """Return a project in which the checkout itself runs."""
    project = Project(folder)
    (folder / "src").symlink_to(HOUSE / "src")
    for name in ("Snakefile", "workflow", "config.yaml", "data", "profiles"):
        (folder / name).symlink_to(HOUSE / name)
    return project


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[str]]:
    """Build the miniature in a copy of its folder; return the words that do, from the page."""
    project = miniature(tmp_path_factory.mktemp("checkout"))
    shutil.copytree(
        HOUSE / ".test", project.folder / ".test", ignore=shutil.ignore_patterns("a*", ".s*")
    )
    (command,) = (line for line in read("config/README.md").splitlines() if "--directory" in line)
    words = command.split()[3:]
    project.build(*words)
    return project, words


def test_the_miniature_is_the_whole_chain(run: tuple[Project, list[str]]) -> None:
    project, words = run
    made = {path.name for path in (project.folder / ".test/artifacts/glyphs").rglob("*")}
    assert {"decoded.h5", "model.h5", "metrics.json", "miniature.html", "index.html"} <= made
    assert not (project.folder / "artifacts").exists()
    # By the other way in, too.
    assert project.planned("--snakefile", "workflow/Snakefile", *words) == set()


def test_snakemake_makes_a_report_of_it(run: tuple[Project, list[str]]) -> None:
    project, words = run
    project.build(*words, "--report", "report.zip")
    with zipfile.ZipFile(project.folder / ".test/report.zip") as archive:
        names = {Path(name).name for name in archive.namelist()}
        page = archive.read("report/report.html").decode()
    assert {"accuracy.svg", "curves.svg", "confusion.svg", "miniature.html"} <= names
    assert "Test accuracy. Dots are random seeds." in page
