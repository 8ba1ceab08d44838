"""The start of a run of the pipeline."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from scrawl.pipeline.recovery import VARIABLE, is_held, is_orphan
from scrawl.pipeline.session import begin_session


def test_jobs_find_their_run_and_are_orphans_once_it_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")  # and back afterwards
    run = begin_session(logging.Logger("snakemake"), tmp_path)
    assert os.environ[VARIABLE] == run.name
    assert is_held(Path(run.name))
    assert not is_orphan()
    run.close()
    assert is_orphan()


def test_backups_that_never_were_are_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    logger = logging.Logger("snakemake")
    logger.addHandler(caplog.handler)
    with begin_session(logger, tmp_path):
        logger.warning("Cannot restore a.h5: no backup")
        logger.warning("another warning")
    assert caplog.messages == ["another warning"]
