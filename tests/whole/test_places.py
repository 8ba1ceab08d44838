"""Where a checkout lies, and what its folders are called, makes no difference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from project import Project, checkout
from scrawl.settings.configuration import Configuration

MODEL = "artifacts/dots/runs/plain/1/model.h5"
ONE = ["--config", "experiment=plain", "seed=1"]


@pytest.mark.parametrize("name", ['it\'s {x} {} 100% é $HOME & [ab]*? "q"', "{dataset}", "{"])
def test_a_checkout_may_have_any_name(finished: Project, tmp_path: Path, name: str) -> None:
    project = checkout(tmp_path / name)
    project.build("prepared", *ONE)
    made = project.folder / "artifacts/dots/prepared/unit.h5"
    assert made.read_bytes() == (finished.folder / made.relative_to(project.folder)).read_bytes()


def test_another_folder_takes_the_artifacts_of_a_checkout_that_cannot_be_written(
    finished: Project, tmp_path: Path
) -> None:
    """Mounted for reading only: `chmod` does not keep root from writing."""
    place, mounted, mine = (tmp_path / name for name in ("checkout", "read only", "mine"))
    for folder in (place, mounted, mine):
        folder.mkdir()
    checkout(place)
    mount = "mount --bind checkout 'read only' && mount -o remount,ro,bind 'read only'"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], cwd=tmp_path, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    snakemake = f"{sys.executable} -m snakemake --cores 1"
    said = {}
    for name, options in {"there": "", "elsewhere": f"--directory {mine}"}.items():
        words = f"{mount}; cd 'read only'; {snakemake} prepared {options} {' '.join(ONE)}"
        said[name] = subprocess.run(
            ["unshare", "-m", "sh", "-c", words],
            cwd=tmp_path,
            env=Project(mounted).environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert said["elsewhere"].returncode == 0, said["elsewhere"].stderr
    prepared = "artifacts/dots/prepared/unit.h5"
    assert (mine / prepared).read_bytes() == (finished.folder / prepared).read_bytes()
    assert said["there"].returncode == 1
    assert "Read-only file system; work in a folder that can be written" in said["there"].stderr


def test_the_neighbours_of_a_linked_checkout_are_those_of_the_checkout_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real/place/checkout").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real/place/checkout")
    files = {
        f"{split}_{kind}": {"name": "a.idx"}
        for split in ("train", "test")
        for kind in ("images", "labels")
    }
    config = tmp_path / "link/config.yaml"
    suites = "{a: {datasets: [mine], experiments: [a], seeds: [1]}}"
    datasets = f"{{mine: {{sources: [../shared], files: {files}}}}}"
    config.write_text(
        f"{{suite: a, suites: {suites}, experiments: {{a: {{}}}}, datasets: {datasets}}}"
    )
    monkeypatch.chdir(tmp_path)
    configuration = Configuration.read([config], tmp_path / "link")
    assert '"sources":["real/place/shared"]' in configuration.published("mine", "train-images")
