"""Parameters that jobs are compared by."""

from __future__ import annotations

from pathlib import Path

from scrawl.pipeline.attempts import Attempts
from scrawl.pipeline.parameters import code_and_failures


def test_a_job_is_compared_by_the_modules_of_its_stage_and_by_its_own_failures(
    tmp_path: Path,
) -> None:
    attempts = Attempts(tmp_path)
    parameters = code_and_failures(attempts, "decode")
    failures = parameters.pop("failures")
    assert {"code stages.decode", "code data.idx.reader"} <= parameters.keys()
    assert "code nn.losses" not in parameters
    assert callable(failures)
    attempts.add("decode", {"dataset": "glyphs"})
    assert failures({"dataset": "glyphs"}) == "failures: 1"
    assert failures({"dataset": "mnist"}) == ""
