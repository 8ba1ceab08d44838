"""A finished suite that is made again: a failure or a kill loses nothing and is not forgotten."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from project import Project
from whole.soak import jobs

RUN = "artifacts/dots/runs/plain/1"


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
    assert result.returncode != 0, result.stdout + result.stderr
    return result.stdout + result.stderr


# What makes a stage of a finished suite fail, and what mends it.
def break_download(project: Project) -> None:
    def add_sum(config: dict[str, Any]) -> None:
        config["datasets"]["dots"]["files"]["train_images"]["sha256"] = "0" * 64

    project.configure(add_sum)


def mend_download(project: Project) -> None:
    def drop_sum(config: dict[str, Any]) -> None:
        del config["datasets"]["dots"]["files"]["train_images"]["sha256"]

    project.configure(drop_sum)


def break_module(stage: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        module = project.folder / f"src/scrawl/stages/{stage}.py"
        text = module.read_text()
        module.write_text(re.sub(ARGUMENTS, BROKEN, text))
        assert module.read_text() != text

    return change


ARGUMENTS = r"(?m)^(    \w+ = parser.parse_args\(argv\)\n)"
BROKEN = r"""\1    if parser:
        raise ValueError("broken on purpose")
"""


def mend_module(stage: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        module = project.folder / f"src/scrawl/stages/{stage}.py"
        module.write_text(module.read_text().replace(*MENDED))

    return change


# Other code than before, too: what failed is made again, not taken back.
MENDED = ("    if parser:\n        raise", "    if not parser:\n        raise")

FAILURES: dict[str, tuple[Callable[[Project], None], Callable[[Project], None]]] = {
    "download": (break_download, mend_download),
    "prepare": (break_module("prepare"), mend_module("prepare")),
    "train": (
        lambda project: set_experiment(project, hidden=[8], learning_rate=1e30),
        lambda project: set_experiment(project, learning_rate=0.05),
    ),
    "evaluate": (break_module("evaluate"), mend_module("evaluate")),
    "report": (break_module("report"), mend_module("report")),
}


@pytest.mark.parametrize("stage", FAILURES)
def test_a_failed_remake_costs_nothing_and_fails_again_until_it_is_mended(
    project: Project, stage: str
) -> None:
    make_fail, mend = FAILURES[stage]
    before = artifacts_of(project)
    make_fail(project)
    fails(project)
    assert artifacts_of(project) == before
    fails(project, *([] if stage == "report" else [f"{RUN}/metrics.json"]))
    assert artifacts_of(project) == before
    mend(project)
    project.build()
    assert project.planned() == set()
    assert artifacts_of(project).keys() == before.keys()


# How a training that is made again ends, given Snakemake and its job.
ENDS: dict[str, Callable[[subprocess.Popen[bytes], int], None]] = {
    "SIGKILL of everything": lambda run, _: os.killpg(run.pid, signal.SIGKILL),
    "SIGKILL of the job": lambda _, job: os.kill(job, signal.SIGKILL),
    "SIGKILL of Snakemake": lambda run, _: run.kill(),
    "SIGTERM of everything": lambda run, _: os.killpg(run.pid, signal.SIGTERM),
    "SIGTERM of the job": lambda _, job: os.kill(job, signal.SIGTERM),
    "Ctrl-C": lambda run, _: os.killpg(run.pid, signal.SIGINT),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_killed_remake_costs_nothing_and_the_plain_command_makes_the_rest(
    project: Project, end: str
) -> None:
    before = artifacts_of(project)
    set_experiment(project, epochs=1_000_000)
    with (
        (project.folder / "first.log").open("wb") as words,
        project.start(log=words, cores=1) as run,
    ):
        while "train" not in (running := jobs(run.pid)).values():
            assert run.poll() is None, (project.folder / "first.log").read_text()
            time.sleep(0.01)
        time.sleep(0.5)
        (job,) = [job for job, stage in running.items() if stage == "train"]
        ENDS[end](run, job)
        if end == "SIGKILL of the job" or end == "SIGTERM of the job":
            # The others go on, and would without end.
            time.sleep(1)
            os.killpg(run.pid, signal.SIGKILL)
        run.wait(timeout=60)
    assert artifacts_of(project) == before
    assert project.planned() >= {"train plain", "evaluate plain", "report"}
    set_experiment(project, epochs=4)
    project.build()
    assert (project.folder / RUN / "history.csv").read_text().count("\n") == 5
    assert project.planned() == set()


def test_a_file_from_the_future_costs_no_training(project: Project) -> None:
    ahead = time.time() + 3600
    for path in (project.folder / "artifacts").rglob("*"):
        os.utime(path, (ahead, ahead))
    assert project.planned() == set()
    set_experiment(project, epochs=4)
    project.build()
    assert (project.folder / RUN / "history.csv").read_text().count("\n") == 5
    assert project.planned() == set()
