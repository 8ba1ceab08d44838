"""After a kill the plain command goes on; a second run beside a living one is refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from project import Project, checkout
from whole.soak import jobs

ENDLESS = 1_000_000  # epochs
RUN = "artifacts/dots/runs/endless/1"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with prepared data, whose one experiment never ends."""
    project = checkout(tmp_path_factory.mktemp("prepared"))
    project.configure(lambda config: config["experiments"].update(endless=never_ending(config)))
    project.configure(lambda config: config["suites"]["tiny"].update(SMALL))
    # A job that is an orphan ends where it would write one.
    project.configure(lambda config: config.update(checkpoint_seconds=0))
    project.build("prepared")
    return project


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with an experiment that trains for some seconds, uninterrupted."""
    project = checkout(tmp_path_factory.mktemp("whole"))
    long = {"hidden": [8], "epochs": 1000, "batch_size": 4, "dropout": 0.1, "average": "tail"}
    project.configure(lambda config: config["experiments"].update(long=long))
    project.configure(lambda config: config["suites"]["tiny"].update(LONG))
    project.build("trained")
    return project


LONG = {"experiments": ["long"], "seeds": [1]}
SMALL = {"experiments": ["endless"], "seeds": [1]}


def never_ending(config: dict[str, Any]) -> dict[str, Any]:
    return {**config["experiments"]["plain"], "epochs": ENDLESS}


@contextmanager
def training(project: Project) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a run and yield it with its training job, once that is under way."""
    epochs = project.folder / "artifacts/dots/logs/train-endless-1.log"
    epochs.unlink(missing_ok=True)
    with (project.folder / "first.log").open("wb") as log, project.start("trained", log=log) as run:
        try:
            while not (epochs.is_file() and "epoch 2/" in epochs.read_text()):
                assert run.poll() is None, (project.folder / "first.log").read_text()
                time.sleep(0.05)
            (job,) = [job for job, stage in jobs(run.pid).items() if stage == "train"]
            yield run, job
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def test_a_second_run_beside_a_living_one_is_refused_and_harms_nothing(prepared: Project) -> None:
    with training(prepared) as (run, job):
        dry = prepared.run("--dry-run", "trained")
        second = prepared.run("trained")
        assert dry.returncode == 0
        assert second.returncode != 0
        assert "Directory cannot be locked" in second.stdout + second.stderr
        assert run.poll() is None
        assert job in jobs(run.pid)


def test_after_kill_9_of_everything_the_plain_command_goes_on(prepared: Project) -> None:
    with training(prepared):
        pass
    assert list((prepared.folder / ".snakemake/locks").iterdir())
    finish(prepared)


def test_after_kill_9_of_snakemake_alone_its_orphan_writes_nothing_any_more(
    prepared: Project,
) -> None:
    with training(prepared) as (run, job):
        run.kill()
        run.wait()
        assert job in jobs(run.pid)
        finish(prepared)
        before = (prepared.folder / RUN / "model.h5").read_bytes()
        assert job in jobs(run.pid)
    assert (prepared.folder / RUN / "model.h5").read_bytes() == before


def test_after_kill_9_of_a_job_alone_the_plain_command_goes_on(prepared: Project) -> None:
    with training(prepared) as (run, job):
        os.kill(job, signal.SIGKILL)
        assert run.wait(timeout=60) != 0
        finish(prepared)


# How a run ends, given Snakemake and its training job.
ENDS: dict[str, Callable[[subprocess.Popen[bytes], int], None]] = {
    "kill -9 of everything": lambda run, _: os.killpg(run.pid, signal.SIGKILL),
    "Ctrl-C": lambda run, _: os.killpg(run.pid, signal.SIGINT),
    "SIGTERM to everything": lambda run, _: os.killpg(run.pid, signal.SIGTERM),
    "SIGTERM to the job": lambda _, job: os.kill(job, signal.SIGTERM),
    "kill -9 of Snakemake alone": lambda run, _: run.kill(),
}


def test_however_training_ends_the_plain_command_goes_on_from_its_checkpoint_to_the_same_bytes(
    whole: Project, tmp_path: Path
) -> None:
    shutil.copytree(whole.folder, tmp_path / "copy")
    project = Project(tmp_path / "copy")
    # Of no consequence for what is there: nothing is made again.
    project.configure(lambda config: config.update(checkpoint_seconds=0.2))
    assert project.planned("trained") == set()
    dots = project.folder / "artifacts/dots"
    shutil.rmtree(dots / "runs")
    kept, log, sessions = dots / "checkpoints/long/1.h5", dots / "logs/train-long-1.log", []
    for name, end in ENDS.items():
        before = kept.stat().st_mtime_ns if kept.exists() else 0
        with (
            (project.folder / "first.log").open("wb") as words,
            project.start("trained", log=words) as run,
        ):
            while not (kept.exists() and kept.stat().st_mtime_ns != before):
                assert run.poll() is None, (name, (project.folder / "first.log").read_text())
                time.sleep(0.01)
            (job,) = [job for job, stage in jobs(run.pid).items() if stage == "train"]
            end(run, job)
            assert run.wait(timeout=60) != 0, name
            sessions.append(run.pid)
        assert not (dots / "runs/long/1/model.h5").exists(), name
        assert before == 0 or "resumed at epoch" in log.read_text(), name
    project.build("trained")
    assert "resumed at epoch" in log.read_text()
    for file in ("model.h5", "history.csv"):
        path = f"artifacts/dots/runs/long/1/{file}"
        assert (project.folder / path).read_bytes() == (whole.folder / path).read_bytes()
    while any(map(jobs, sessions)):
        time.sleep(0.05)  # the orphan ends by itself, where it would write its next checkpoint
    assert list(kept.parent.iterdir()) == []


def test_a_checkpoint_of_other_settings_is_set_aside_by_the_plain_command(
    whole: Project, tmp_path: Path
) -> None:
    shutil.copytree(whole.folder, tmp_path / "copy")
    project = Project(tmp_path / "copy")
    project.configure(lambda config: config.update(checkpoint_seconds=0.2))
    project.configure(lambda config: config["experiments"]["long"].update(epochs=999))
    dots = project.folder / "artifacts/dots"
    kept = dots / "checkpoints/long/1.h5"
    with (
        (project.folder / "first.log").open("wb") as words,
        project.start("trained", log=words) as run,
    ):
        while not kept.exists():
            assert run.poll() is None, (project.folder / "first.log").read_text()
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGKILL)
    project.configure(lambda config: config["experiments"]["long"].update(epochs=3))
    project.build("trained")
    log = (dots / "logs/train-long-1.log").read_text()
    assert log.startswith(f"checkpoint set aside as {kept.relative_to(project.folder)}.set-aside: ")
    assert "of a run with other settings (epochs); training starts afresh" in log
    assert (dots / "runs/long/1/history.csv").read_text().count("\n") == 4


def finish(project: Project) -> None:
    """Let the experiment have an end, and run the plain command."""

    def set_epochs(epochs: int) -> None:
        project.configure(lambda config: config["experiments"]["endless"].update(epochs=epochs))

    set_epochs(2)
    project.build("trained")
    assert (project.folder / RUN / "history.csv").read_text().count("\n") == 3
    set_epochs(ENDLESS)
