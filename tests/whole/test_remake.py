"""A finished suite that is made again: a failure or a kill loses nothing and is not forgotten."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from project import Project, checkout
from whole.soak import jobs

RUN = "artifacts/dots/runs/plain/1"
STAGES = ("download", "decode", "prepare", "train", "evaluate", "plot")
METRICS, FIGURE = f"{RUN}/metrics.json", "artifacts/dots/figures/samples.png"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with a finished suite of one run, and a figure. Not to be changed."""
    project = checkout(tmp_path_factory.mktemp("built"))
    small = {"experiments": ["plain"], "seeds": [1], "target": "evaluated"}
    project.configure(lambda config: config["suites"]["tiny"].update(small))
    project.build("all", FIGURE)
    return project


@pytest.fixture
def small(built: Project, tmp_path: Path) -> Project:
    """Return the finished suite of one run, to be changed."""
    shutil.copytree(built.folder, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy")


def artifacts_of(project: Project) -> dict[str, bytes]:
    """Return the content of every artifact, without logs, benchmarks and checkpoints."""
    root = project.folder / "artifacts"
    return {
        name: (root / name).read_bytes() for name in project.files() if "/checkpoints/" not in name
    }


def set_experiment(project: Project, **settings: Any) -> None:
    project.configure(lambda config: config["experiments"]["plain"].update(settings))


def fails(project: Project, *words: str) -> str:
    result = project.run(*words)
    output = result.stdout + result.stderr
    assert result.returncode != 0, output
    return output


MAIN = re.compile(r'def main\(argv: Sequence\[str\]\) -> None:\n    """.*?"""\n', re.DOTALL)
BROKEN = """    if argv:
        raise ValueError("broken on purpose")
"""


def break_stage(project: Project, stage: str) -> None:
    """Let a stage fail: by its settings where it has some that do, else by a change of its code."""
    if stage == "download":
        files = {"train_images": {"name": "train-images.idx.gz", "sha256": "0" * 64}}
        project.configure(lambda config: config["datasets"]["dots"]["files"].update(files))
    elif stage == "train":
        set_experiment(project, hidden=[8], learning_rate=1e30)
    else:
        module = project.folder / f"src/scrawl/stages/{stage}.py"
        text = module.read_text()
        body = MAIN.search(text)
        assert body
        module.write_text(text[: body.end()] + BROKEN + text[body.end() :])


def mend_stage(project: Project, stage: str) -> None:
    """Mend a stage, to make other files than before: what failed must not be taken for made."""
    if stage == "download":
        files = {"train_images": {"name": "train-images.idx.gz"}}
        project.configure(lambda config: config["datasets"]["dots"]["files"].update(files))
    elif stage == "train":
        set_experiment(project, learning_rate=0.05)
    else:
        module = project.folder / f"src/scrawl/stages/{stage}.py"
        module.write_text(module.read_text().replace("if argv:", "if not argv:"))


def test_a_failed_remake_costs_nothing_and_fails_again_until_it_is_mended(small: Project) -> None:
    before = artifacts_of(small)
    # From the last stage to the first: the failure of each is one of a finished suite.
    for stage in reversed(STAGES):
        break_stage(small, stage)
        everything, one = ["all", FIGURE], FIGURE if stage == "plot" else METRICS
        assert f"Error in rule {stage}" in fails(small, *everything)
        assert f"Error in rule {stage}" in fails(small, one)
        assert artifacts_of(small) == before, stage
    for stage in STAGES:
        mend_stage(small, stage)
    small.build("all", FIGURE)
    assert small.planned("all", FIGURE) == set()
    after = artifacts_of(small)
    assert after.keys() == before.keys()
    assert after["dots/runs/plain/1/model.h5"] != before["dots/runs/plain/1/model.h5"]


def test_a_full_disk_costs_nothing_and_the_plain_command_makes_the_rest(small: Project) -> None:
    before = artifacts_of(small)
    small.configure(lambda config: config["datasets"]["dots"].update(split_seed=1))
    prepared = len(before["dots/prepared/unit.h5"])
    # Too little for the backup of the former file, and enough for it, but not for the new one.
    for room in (prepared // 2, prepared):
        if room == prepared:  # its content is more than before
            small.configure(lambda config: config["datasets"]["dots"].update(validation=20))
        result = small.run(largest_file=room)
        assert "File too large" in result.stdout + result.stderr
        assert result.returncode != 0
        assert artifacts_of(small) == before
    small.build()
    assert small.planned() == set()


# How a training that is made again ends, given Snakemake and its job.
ENDS: dict[str, Callable[[subprocess.Popen[bytes], int], None]] = {
    "SIGKILL of everything": lambda run, _: os.killpg(run.pid, signal.SIGKILL),
    "SIGKILL of the job": lambda _, job: os.kill(job, signal.SIGKILL),
    "SIGKILL of Snakemake": lambda run, _: run.kill(),
    "SIGTERM of everything": lambda run, _: os.killpg(run.pid, signal.SIGTERM),
    "SIGTERM of the job": lambda _, job: os.kill(job, signal.SIGTERM),
    "Ctrl-C": lambda run, _: os.killpg(run.pid, signal.SIGINT),
}


def test_a_killed_remake_costs_nothing_and_the_plain_command_makes_the_rest(small: Project) -> None:
    before = artifacts_of(small)
    for name, end in ENDS.items():
        set_experiment(small, epochs=1_000_000)
        with (
            (small.folder / "first.log").open("wb") as words,
            small.start(log=words) as run,
        ):
            while "train" not in (running := jobs(run.pid)).values():
                assert run.poll() is None, (small.folder / "first.log").read_text()
                time.sleep(0.01)
            (job,) = [job for job, stage in running.items() if stage == "train"]
            end(run, job)
            assert run.wait(timeout=60) != 0, name
        assert artifacts_of(small) == before, name
    assert small.planned() >= {"train plain", "evaluate plain"}
    set_experiment(small, epochs=4)
    small.build()
    assert (small.folder / RUN / "history.csv").read_text().count("\n") == 5
    assert small.planned() == set()


def test_a_file_from_the_future_costs_no_training(small: Project) -> None:
    ahead = time.time() + 3600
    for path in (small.folder / "artifacts").rglob("*"):
        os.utime(path, (ahead, ahead))
    set_experiment(small, epochs=4)
    assert "decode" not in small.planned()
    small.build()
    assert (small.folder / RUN / "history.csv").read_text().count("\n") == 5
    assert small.planned() == set()
