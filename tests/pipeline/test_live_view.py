"""The live view of a run: what it says, and real Snakemake on a real (pseudo) terminal."""

from __future__ import annotations

import fcntl
import io
import logging
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyte
import pytest
from rich.console import Console

from project import BIN, Project, checkout
from scrawl.pipeline.live_view import Screen, view
from scrawl.pipeline.progress import Board, Epoch

LINE = "epoch {}/10: loss 0.5903, training 98.39 %, validation 97.48 %, 3 s left\n"


def record(event: str | None, level: int = logging.INFO, **facts: Any) -> SimpleNamespace:
    return SimpleNamespace(event=event, levelno=level, **facts)


def begun(jobid: int, rule: str, log: Path | None = None, **wildcards: str) -> SimpleNamespace:
    logs = [str(log)] if log else []
    return record("job_info", jobid=jobid, rule_name=rule, wildcards=wildcards, log=logs)


def drawn(board: Board, columns: int = 80, rows: int = 24, now: float = 0.0) -> list[str]:
    console = Console(file=io.StringIO(), width=columns, force_terminal=False)
    console.print(view(board, rows, now))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


# What is known of a training.


def test_the_last_whole_line_of_a_log_counts(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("".join(LINE.format(i) for i in range(1, 5)) + "epoch 5/10: loss 0.5")
    assert Epoch.last_of(log) == Epoch(4, 10, "97.48 %", 3)


def test_without_validation_images_the_training_accuracy_is_shown(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("epoch 1/2: loss 0.5, training 98.39 %, 12 s left\n")
    assert Epoch.last_of(tmp_path / "train.log") == Epoch(1, 2, "98.39 %", 12, of="training")


def test_a_log_that_is_not_there_or_says_something_else_has_no_epoch(tmp_path: Path) -> None:
    assert Epoch.last_of(tmp_path / "none.log") is None
    (tmp_path / "other.log").write_bytes(b"\xff\x00 epoch of steam\n")
    assert Epoch.last_of(tmp_path / "other.log") is None


def test_of_a_long_log_only_the_end_is_read(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("".join(LINE.format(i % 10) for i in range(1, 10_000)) + LINE.format(10))
    assert Epoch.last_of(log) == Epoch(10, 10, "97.48 %", 3)


# The board.


def test_stages_and_jobs_are_counted_as_they_come_and_go(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(LINE.format(4))
    board = Board(begin=0.0)
    board.take(
        record("run_info", stats={"plot_a": 1, "plot_b": 2, "train": 2, "all": 1, "total": 6})
    )
    board.take(begun(7, "train", log, dataset="dots", experiment="deep", seed="1", ending=".h5"))
    board.take(begun(8, "train", dataset="dots", experiment="deep", seed="2"))
    board.take(record("job_finished", job_id=8))
    _, head, stages, headings, job = drawn(board, now=72.0)
    assert head.endswith(" 1 of 5 jobs, 1 min 12 s")
    assert stages == "train 1/2, plot 0/3"
    assert headings.split() == ["stage", "run", "seed", "epoch", "validation", "left"]
    assert job.split("━")[0].split() == ["train", "dots", "deep", "1"]
    assert job.split()[-5:] == ["4/10", "97.48", "%", "3", "s"]


def test_a_resumed_training_says_so(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("resumed at epoch 3, step 7\n" + LINE.format(4))
    board = Board(begin=0.0)
    board.take(begun(7, "train", log, dataset="dots", experiment="deep", seed="1"))
    assert drawn(board)[-1].endswith("3 s, resumed")


def test_finished_runs_stay_in_sight_as_far_as_there_is_room(tmp_path: Path) -> None:
    board = Board(begin=0.0)
    for number in range(1, 10):
        metrics = tmp_path / str(number) / "metrics.json"
        metrics.parent.mkdir()
        metrics.write_text('{"accuracy": 0.9875}')
        job = begun(number, "evaluate", dataset="dots", experiment="deep", seed=str(number))
        job.output = [str(metrics)]
        board.take(job)
        board.take(record("job_finished", job_id=number))
    lines = [line for line in drawn(board) if line.startswith("finished")]
    assert lines[-1] == "finished: dots deep, seed 9: test accuracy 98.75 %"
    assert len(lines) == 5
    assert not any(line.startswith("finished") for line in drawn(board, rows=6))


def test_damaged_metrics_are_left_to_the_stage_that_needs_them(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("[")
    board = Board(begin=0.0)
    job = begun(1, "evaluate", dataset="dots", experiment="deep", seed="1")
    job.output = [str(tmp_path / "metrics.json")]
    board.take(job)
    board.take(record("job_finished", job_id=1))
    assert board.results == []


def test_a_failed_job_is_counted_as_such() -> None:
    board = Board(begin=0.0)
    board.take(record("run_info", stats={"train": 2, "total": 2}))
    board.take(begun(1, "train"))
    for _ in range(2):  # it may be said again
        board.take(record("job_error", logging.ERROR, jobid=1))
    assert drawn(board)[1].endswith("0 of 2 jobs, 0 s 1 failed")
    assert board.summary(3.0) == "0 of 2 jobs done, 1 failed, in 3 s"


def test_the_target_all_is_no_job() -> None:
    board = Board(begin=0.0)
    board.take(record("run_info", stats={"train": 1, "all": 1, "total": 2}))
    for number, rule in enumerate(["train", "all"]):
        board.take(begun(number, rule))
        board.take(record("job_finished", job_id=number))
    assert board.summary(1.0) == "1 of 1 jobs done, in 1 s"


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_view_fits_the_terminal(columns: int, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LINE.format(4))
    board = Board(begin=0.0)
    board.take(record("run_info", stats={"train": 99, "total": 99}))
    for number in range(50):
        name = "an-experiment-with-a-rather-long-name-to-read"
        board.take(begun(number, "train", tmp_path / "train.log", experiment=name, seed="1"))
    lines = drawn(board, columns, rows=20)
    assert len(lines) < 20
    assert max(map(len, lines)) <= columns
    assert lines[-1] == "and 37 more"


# The screen.


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_where_there_is_nothing_to_do_snakemakes_words_are_kept() -> None:
    stream = Terminal()
    screen = Screen(stream)
    screen.take(record("workflow_started"), "a banner")
    screen.take(record(None), "Nothing to be done.")
    screen.close()
    assert stream.getvalue() == "Nothing to be done.\n"


def test_what_is_wrong_is_said_in_full_and_where_more_stands() -> None:
    stream = Terminal()
    screen = Screen(stream, no_color=True)
    screen.take(record(None), "Select jobs")
    screen.take(record("run_info", stats={"train": 1, "total": 1}), "Job stats")
    screen.take(begun(1, "train"), "rule train")
    words = "Error in [rule] train:\n  " + "x" * 99
    screen.take(record("job_error", logging.ERROR, jobid=1), words)
    screen.take(record(None), "Complete log(s): here.log")
    screen.close()
    text = stream.getvalue()
    assert f"{words}\n" in text
    assert text.endswith("Complete log(s): here.log\n0 of 1 jobs done, 1 failed, in 0 s\n")
    assert "Select jobs" not in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is back


def test_where_all_went_well_a_line_is_enough() -> None:
    stream = Terminal()
    screen = Screen(stream)
    screen.take(record("run_info", stats={"train": 1, "total": 1}), "Job stats")
    screen.take(begun(1, "train"), "rule train")
    screen.take(record("job_finished", job_id=1), "Finished")
    screen.take(record(None), "Complete log(s): here.log")
    screen.close()
    assert stream.getvalue().endswith("1 of 1 jobs done, in 0 s\n")
    assert "here.log" not in stream.getvalue()


def test_a_second_close_says_nothing_more() -> None:
    stream = Terminal()
    screen = Screen(stream)
    screen.take(record("run_info", stats={"train": 1, "total": 1}), "")
    screen.close()
    before = stream.getvalue()
    screen.close()
    assert stream.getvalue() == before


# Real Snakemake on a terminal.

Seen = Callable[[list[str]], bool]


def on_terminal(
    project: Project, *words: str, columns: int = 80, interrupt: Seen = lambda _: False
) -> tuple[int, list[list[str]], pyte.Screen]:
    """Run Snakemake on a terminal; return exit status, every screen seen, and the last one.

    With `interrupt`, Ctrl-C is pressed once on the first screen for which it is true.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    process = subprocess.Popen(
        [BIN / "snakemake", "--cores", "2", *words],
        cwd=project.folder,
        env=project.environment() | {"TERM": "xterm-256color"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    screen, screens = pyte.Screen(columns, 60), []
    stream, pressed = pyte.ByteStream(screen), False
    while True:
        try:
            stream.feed(os.read(master, 65_536))
        except OSError:  # nobody has it open any more
            break
        screens.append([line.rstrip() for line in screen.display])
        if not pressed and interrupt(screens[-1]):
            pressed = True
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    os.close(master)
    return process.wait(timeout=60), screens, screen


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose training takes some seconds."""
    project = checkout(tmp_path_factory.mktemp("trainings"))

    def long(config: Any) -> None:
        config["suites"]["tiny"] |= {"experiments": ["plain"], "seeds": [1]}
        config["experiments"]["plain"]["epochs"] = 600

    project.configure(long)
    return project


def in_training(lines: list[str]) -> bool:
    """Tell whether a training's epoch, accuracy and time left are on the screen."""
    return any(re.match(r"train .* % .* s(, resumed)?$", line) for line in lines)


def assert_calm(end: str) -> None:
    """Check that an interruption tells what was saved, and nothing of errors or settings."""
    assert "train: checkpoint written: artifacts/dots/checkpoints/plain/1.h5" in end
    assert "Interrupted. What is finished stays; the same command goes on." in end
    for noise in ("Error", "Exception", "--settings"):
        assert noise not in end


def test_ctrl_c_ends_it_in_words_and_gives_the_cursor_back(trainings: Project) -> None:
    status, screens, screen = on_terminal(trainings, "trained", interrupt=in_training)
    assert status not in {0, None}
    assert any(map(in_training, screens))
    assert not screen.cursor.hidden
    assert "Traceback" not in "\n".join(line for lines in screens for line in lines)
    assert_calm("\n".join(screens[-1]))
    assert not any("failed" in line for line in screens[-1])


def test_ctrl_c_is_as_calm_without_a_terminal(trainings: Project) -> None:
    log = trainings.folder / "artifacts/dots/logs/train-plain-1.log"
    log.unlink(missing_ok=True)
    process = subprocess.Popen(
        [BIN / "snakemake", "--cores", "2", "trained"],
        cwd=trainings.folder,
        env=trainings.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not (log.exists() and Epoch.last_of(log)):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert_calm(output)


def test_a_run_is_seen_while_it_lasts_and_leaves_a_line(trainings: Project) -> None:
    status, screens, screen = on_terminal(trainings, "trained", columns=120)
    assert status == 0
    assert any(map(in_training, screens))
    assert any(line.endswith(" s, resumed") for lines in screens for line in lines)
    assert not screen.cursor.hidden
    last = [line for line in screens[-1] if line]
    assert " jobs done, in " in last[-1]
    assert not any("━" in line for line in last)


def test_a_dry_run_and_finished_work_look_as_always(trainings: Project) -> None:
    status, screens, _ = on_terminal(trainings, "trained", "--dry-run", "--forcerun", "train")
    assert status == 0
    assert any(line.startswith("rule train:") for line in screens[-1])
    status, screens, _ = on_terminal(trainings, "trained")
    assert status == 0
    assert any(line.startswith("Nothing to be done") for line in screens[-1])


def test_without_a_terminal_there_is_a_line_for_each_job(trainings: Project) -> None:
    output = trainings.build("trained", "--forcerun", "train")
    train = r"\[ ?\d/\d\] train dots plain, seed \d+, validation [\d.]+ %, \d+ s"
    assert len(re.findall(f"^{train}$", output, re.M)) == len(re.findall("train dots", output)) > 0
    assert re.search(r"^\d of \d jobs done, in \d+ s$", output, re.M)
    assert "\x1b" not in output
    assert "jobid" not in output


def test_snakemake_s_own_lines_are_one_option_away(trainings: Project) -> None:
    output = trainings.build("trained", "--forcerun", "train", "--printshellcmds")
    assert re.search(r"^(local)?rule train:$", output, re.M)
    assert "scrawl train --settings" in output


def test_the_end_has_the_table_that_one_waited_for(project: Project) -> None:
    output = project.build("evaluated", "--forcerun", "evaluate")
    table = [line.split() for line in output.splitlines() if line.startswith("dots ")]
    assert [row[:3] for row in table] == [["dots", "plain", "1,"], ["dots", "deep", "1,"]]
    assert "Every run: `scrawl runs`" in output
