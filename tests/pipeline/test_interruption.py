"""Snakemake's records of an interruption, in calmer words."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from scrawl.pipeline.attempts import Attempts
from scrawl.pipeline.interruption import Interruption


def record(words: str, level: int = logging.ERROR, **facts: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": words, "levelno": level} | facts)


def interrupted() -> Interruption:
    begun = Interruption()
    assert begun.filter(record("Terminating processes on user request, this might take some time."))
    return begun


def test_before_an_interruption_errors_are_left_alone() -> None:
    for event in ("error", "job_error"):
        failure = record("WorkflowError: it went wrong", event=event)
        before = dict(vars(failure))
        assert Interruption().filter(failure)
        assert vars(failure) == before


def test_a_job_tells_of_its_checkpoint_and_one_without_that_it_was_interrupted(
    tmp_path: Path,
) -> None:
    log = tmp_path / "train.log"
    log.write_text("epoch 1/2\ncheckpoint written: 1.h5; go on\nscrawl train: interrupted\n")
    job = record("", event="job_error", rule_name="train", log=[str(log)])
    assert interrupted().filter(job)
    assert (job.getMessage(), job.levelname) == (
        "train: checkpoint written: 1.h5; go on",
        "WARNING",
    )
    job = record("", event="job_error", rule_name="decode", log=[str(tmp_path / "none.log")])
    assert interrupted().filter(job)
    assert job.getMessage() == "decode: interrupted"


def test_the_exception_of_a_job_is_dropped_and_that_of_the_workflow_reworded() -> None:
    begun = interrupted()
    assert not begun.filter(record("RuleException: --settings …", event="error"))
    last = record("WorkflowError:\nAt least one job did not complete.", event="error")
    assert begun.filter(last)
    assert last.getMessage().startswith("Interrupted. What is finished stays")


def test_an_interrupted_job_counts_as_an_attempt(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path)
    attempts.handle(record("", event="job_info", jobid=1, shellcmd="scrawl decode", wildcards={}))
    job = record("", event="job_error", jobid=1, rule_name="decode", log=[])
    assert interrupted().filter(job)
    attempts.handle(job)
    assert attempts.failed("decode", {}) == "failures: 1"
