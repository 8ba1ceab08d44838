"""Lines for a file or a pipe: one for each job, and all that is wrong."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

from pipeline.test_live_view import LINE, begun, record
from scrawl.pipeline.plain_lines import Lines


def test_a_training_ends_in_a_line_with_its_seed_and_its_accuracy(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(LINE.format(10))
    lines = Lines(io.StringIO())
    lines.take(record("run_info", stats={"train": 2, "total": 2}), "Job stats")
    lines.take(begun(0, "train", log, dataset="glyphs", experiment="wide", seed="3"), "rule train")
    lines.take(record("job_finished", job_id=0), "Finished jobid: 0")
    lines.take(record(None), "1 of 2 steps (50%) done")
    assert lines.stream.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "2 jobs: train 2",
        "[1/2] train glyphs wide, seed 3, validation 97.48 %, 0 s",
    ]


def test_an_evaluation_tells_what_it_found(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.json"
    metrics.write_text(json.dumps({"accuracy": 0.9825}))
    lines = Lines(io.StringIO())
    lines.take(record("run_info", stats={"evaluate": 1, "total": 1}), "Job stats")
    job = begun(5, "evaluate", experiment="wide", seed="3")
    job.output = [str(metrics)]
    lines.take(job, "rule evaluate")
    lines.take(record("job_finished", job_id=5), "Finished jobid: 5")
    lines.close()
    assert lines.stream.getvalue().splitlines()[1:] == [  # type: ignore[attr-defined]
        "[1/1] evaluate wide, seed 3, test accuracy 98.25 %, 0 s",
        "1 of 1 jobs done, in 0 s",
    ]


def test_what_is_wrong_is_said_in_full_and_where_more_stands() -> None:
    lines = Lines(io.StringIO())
    lines.take(record("run_info", stats={"train": 1, "total": 1}), "Job stats")
    lines.take(begun(1, "train"), "rule train")
    lines.take(record("job_error", logging.ERROR, jobid=1), "Error in [rule] train:\n  words")
    lines.take(record(None), "Complete log(s): here.log")
    lines.close()
    assert lines.stream.getvalue().splitlines()[1:] == [  # type: ignore[attr-defined]
        "Error in [rule] train:",
        "  words",
        "Complete log(s): here.log",
        "0 of 1 jobs done, 1 failed, in 0 s",
    ]


def test_where_there_is_nothing_to_do_snakemakes_words_are_kept() -> None:
    lines = Lines(io.StringIO())
    lines.take(record("workflow_started"), "a banner")
    lines.take(record(None), "Nothing to be done.")
    lines.close()
    assert lines.stream.getvalue() == "Nothing to be done.\n"  # type: ignore[attr-defined]
