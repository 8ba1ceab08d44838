"""The chain on a cluster: Snakemake's own plugin, and real Slurm with two nodes on this machine.

Not among the tests of `make test`: they need Slurm, root, and minutes (`make test-slurm`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import slurm_cluster
from project import BIN, Project, checkout, without_measurements

# As in the README; Slurm is asked about its jobs sooner than users would have it.
COMMAND = (
    *("snakemake", "--workflow-profile", "profiles/slurm"),
    *("--slurm-init-seconds-before-status-checks", "3"),
)
MODEL = "artifacts/dots/runs/long/1/model.h5"
HISTORY = "artifacts/dots/runs/long/1/history.csv"
LOG = "artifacts/dots/logs/train-long-1.log"
EPOCHS = 20_000  # some seconds of training
NEVER = 3600.0  # seconds between checkpoints: only a signal makes one


@dataclass
class Cluster:
    """A cluster that is running.

    Attributes
    ----------
    environment : dict of str to str
        What its commands need.
    """

    environment: dict[str, str]

    def start(self, project: Project, *words: str) -> subprocess.Popen[bytes]:
        """Start Snakemake in a session of its own; what it says goes to `slurm.log`."""
        with (project.folder / "slurm.log").open("ab") as log:
            return subprocess.Popen(
                [BIN / COMMAND[0], *COMMAND[1:], *words],
                cwd=project.folder,
                env={**self.environment, **own(project)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def build(self, project: Project, *words: str) -> str:
        """Run Snakemake to a good end and return what it said."""
        self.finish(project, self.start(project, *words))
        return (project.folder / "slurm.log").read_text()

    def finish(self, project: Project, process: subprocess.Popen[bytes]) -> None:
        """Wait for a good end of Snakemake."""
        assert process.wait(timeout=400) == 0, (project.folder / "slurm.log").read_text()

    def query(self, *command: str) -> list[list[str]]:
        """Return the words of each line that a command of Slurm prints."""
        lines = slurm_cluster.query(self.environment, *command).splitlines()
        return [line.split() for line in lines]

    def jobs(self, folder: Path) -> list[tuple[int, str, str]]:
        """Return id, state and node of each job of a folder, by age."""
        lines = self.query("squeue", "--states=all", "--noheader", "--format=%i %T %N %Z")
        return sorted(
            (int(job), state, node) for job, state, node, place in lines if place == str(folder)
        )


def own(project: Project) -> dict[str, str]:
    """Return the variables that let the commands find the package of a project."""
    return {name: project.environment()[name] for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster, or skip."""
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="needs the extra `slurm`")
    if slurm_cluster.missing():
        pytest.skip(slurm_cluster.missing())
    with slurm_cluster.running(tmp_path_factory.mktemp("cluster")) as environment:
        yield Cluster(environment)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with a long run, trained here and without interruption."""
    project = checkout(tmp_path_factory.mktemp("uninterrupted"))
    project.configure(add_long)
    project.build(MODEL)
    return project


def add_long(config: dict[str, Any]) -> None:
    config["checkpoint_seconds"] = NEVER
    config["experiments"]["long"] = {**config["experiments"]["plain"], "epochs": EPOCHS}


@pytest.fixture
def project(uninterrupted: Project, tmp_path: Path) -> Project:
    """Return the same project, to be trained anew."""
    shutil.copytree(uninterrupted.folder, tmp_path / "project", symlinks=True)
    shutil.rmtree(tmp_path / "project/artifacts/dots/runs")
    (tmp_path / "project" / LOG).unlink()
    return Project(tmp_path / "project")


def training(project: Project) -> int:
    """Wait until the long run is under way on a node, and return its process."""
    log = project.folder / LOG
    wait_for(lambda: log.is_file() and "epoch 2/" in log.read_text(), project)
    (process,) = [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if is_training(path) and (path / "cwd").resolve() == project.folder
    ]
    return process


def is_training(process: Path) -> bool:
    """Tell whether a process, by its folder in /proc, is `scrawl train` itself."""
    with suppress(OSError):
        words = (process / "cmdline").read_bytes().split(b"\0")
        return len(words) > 2 and words[1].endswith(b"/scrawl") and words[2] == b"train"
    return False


def wait_for(condition: Callable[[], object], project: Project, seconds: float = 120) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, (project.folder / "slurm.log").read_text()
        time.sleep(0.05)


def assert_as_uninterrupted(project: Project, uninterrupted: Project) -> None:
    """Compare what the long run left with what it left without interruption."""
    for name in (MODEL, HISTORY):
        assert (project.folder / name).read_bytes() == (uninterrupted.folder / name).read_bytes()
    assert not list((project.folder / "artifacts/dots").glob("checkpoints/long/*"))


def test_the_chain_gives_the_same_bytes_and_a_second_run_does_nothing(
    cluster: Cluster, finished: Project, tmp_path: Path
) -> None:
    project = checkout(tmp_path / "project")
    cluster.build(project)
    # Two normalisations and decoding; each of four runs, trained and evaluated, is one job; and
    # snapshots of the two networks that the drawing page shows.
    assert [state for _, state, _ in cluster.jobs(project.folder)] == ["COMPLETED"] * (3 + 4 + 2)
    assert project.files() == finished.files()
    for name in sorted(project.files()):
        mine, theirs = (
            without_measurements((p.folder / "artifacts" / name).read_bytes())
            for p in (project, finished)
        )
        assert mine == theirs, name
    assert "Nothing to be done" in cluster.build(project)


def test_a_job_that_runs_out_of_time_is_taken_up_by_its_successor_on_another_node(
    cluster: Cluster, project: Project, uninterrupted: Project
) -> None:
    # One minute for the first attempt, the least that Slurm knows, and two for the second.
    process = cluster.start(project, "--set-resources", "train:runtime=attempt", "--", MODEL)
    # A node so slow that it stands still; Slurm wakes it to tell it that its time is over.
    os.kill(training(project), signal.SIGSTOP)
    ((_, _, first),) = cluster.jobs(project.folder)
    change = ("scontrol", "update", f"NodeName={first}")
    cluster.query(*change, "State=DRAIN", "Reason=test")
    try:
        cluster.finish(project, process)
    finally:
        cluster.query(*change, "State=RESUME")
    (_, state, _), (_, second_state, second) = cluster.jobs(project.folder)
    assert (state, second_state) == ("TIMEOUT", "COMPLETED")
    assert {first, second} == set(slurm_cluster.NODES)
    assert "resumed at epoch" in (project.folder / LOG).read_text()
    assert_as_uninterrupted(project, uninterrupted)


def test_ctrl_c_cancels_the_jobs_and_the_same_command_goes_on(
    cluster: Cluster, project: Project, uninterrupted: Project
) -> None:
    process = cluster.start(project, MODEL)
    training(project)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) != 0
    wait_for(lambda: cluster.jobs(project.folder)[0][1] == "CANCELLED", project)
    cluster.build(project, MODEL)
    assert "resumed at epoch" in (project.folder / LOG).read_text()
    assert_as_uninterrupted(project, uninterrupted)


def test_a_job_whose_snakemake_was_killed_writes_nothing_once_a_later_run_has_begun(
    cluster: Cluster, project: Project
) -> None:
    def ask(epochs: int, seconds: float) -> None:
        project.configure(lambda config: config["experiments"]["long"].update(epochs=epochs))
        project.configure(lambda config: config.update(checkpoint_seconds=seconds))

    ask(epochs=1_000_000, seconds=1.0)
    process = cluster.start(project, MODEL)
    training(project)
    process.kill()
    process.wait()
    ((job, state, _),) = cluster.jobs(project.folder)
    assert state == "RUNNING"
    ask(epochs=2, seconds=1.0)
    cluster.build(project, MODEL)
    result = (project.folder / MODEL).read_bytes()
    wait_for(lambda: (job, "FAILED") in [one[:2] for one in cluster.jobs(project.folder)], project)
    assert (project.folder / MODEL).read_bytes() == result
    assert (project.folder / HISTORY).read_text().count("\n") == 3
