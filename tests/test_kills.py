"""After a kill the plain command goes on; a second run beside a living one is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from project import Project, checkout
from soak import jobs

ENDLESS = 1_000_000  # epochs
RUN = "artifacts/dots/runs/endless/1"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with prepared data, whose one experiment never ends."""
    project = checkout(tmp_path_factory.mktemp("prepared"))
    project.configure(lambda config: config["experiments"].update(endless=never_ending(config)))
    project.configure(lambda config: config["suites"]["tiny"].update(SMALL))
    project.build("prepared")
    return project


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


def finish(project: Project) -> None:
    """Let the experiment have an end, and run the plain command."""

    def set_epochs(epochs: int) -> None:
        project.configure(lambda config: config["experiments"]["endless"].update(epochs=epochs))

    set_epochs(2)
    project.build("trained")
    assert (project.folder / RUN / "history.csv").read_text().count("\n") == 3
    set_epochs(ENDLESS)
