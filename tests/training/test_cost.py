"""Cost of a run: by a clock that the test sets, and as a run writes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scrawl.nn.parallel import ProcessExecutor
from scrawl.results.runs import read_cost
from scrawl.training import cost
from scrawl.training.cost import Meter
from scrawl.training.workers import workers
from stages.test_train import QUICK, call, prepared


class Clock:
    """Stands for the module `time`, and for what the processor says."""

    core, wall = 0.0, 0.0

    def monotonic(self) -> float:
        """Return seconds."""
        return self.wall


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(cost, "time", one)
    monkeypatch.setattr(cost, "core_seconds", lambda: one.core)
    return one


def test_what_was_spent_before_a_checkpoint_counts_in_the_process_that_goes_on(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "peak_mib", lambda: 300.0)
    clock.core, clock.wall = 5.0, 1000.0
    first = Meter()
    clock.core, clock.wall = 12.5, 1004.0
    saved = first.state()
    clock.core, clock.wall = 99.0, 1060.0  # what is spent after the checkpoint is lost
    monkeypatch.setattr(cost, "peak_mib", lambda: 200.0)
    clock.core, clock.wall = 2.0, 50.0
    second = Meter()
    second.restore(saved)
    clock.core, clock.wall = 3.0, 51.25
    second.write(tmp_path / "cost.json", threads=2)
    assert json.loads((tmp_path / "cost.json").read_text()) == {
        "core_seconds": 7.5 + 1,
        "seconds": 4 + 1.25,
        "memory_mib": 300,
        "resumed": 0,
        "threads": 2,
    }


def test_what_is_no_cost_is_refused() -> None:
    meter = Meter()
    with pytest.raises(ValueError, match="the cost needs"):
        meter.restore({"core_seconds": np.array(1.0)})


def test_a_run_writes_what_it_cost_beside_its_model(tmp_path: Path) -> None:
    data, before = prepared(tmp_path / "p.h5"), time.process_time()
    assert call(data, QUICK | {"epochs": 200}, tmp_path, "--threads", "2") == 0
    spent = time.process_time() - before
    found = read_cost(tmp_path / "cost.json")
    assert spent / 2 < found["core_seconds"] <= spent + 0.005  # it is written to a hundredth
    assert (found["threads"], found["resumed"]) == (2, 0)


BUSY = 0.2  # seconds of a processor


def work(number: int, _: None) -> None:
    """Be busy, in the other process."""
    while number and time.process_time() < BUSY:
        pass


linux = pytest.mark.skipif(not cost.PROCESSES.exists(), reason="only Linux tells")


@linux
def test_processes_that_share_the_work_count_while_they_live_and_once_they_have_ended() -> None:
    tick = 1 / os.sysconf("SC_CLK_TCK")
    before, own = cost.core_seconds(), time.process_time()
    with workers(2) as processes:
        assert isinstance(processes, ProcessExecutor)
        processes.start(work)(None)
        others = cost.core_seconds() - before - (time.process_time() - own)
        assert others > BUSY - 3 * tick
    assert cost.core_seconds() - before - (time.process_time() - own) > others - 3 * tick


LARGE = """
import subprocess, sys
held = b"x" * (300 << 20)
code = "from scrawl.training.cost import peak_mib; print(peak_mib())"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
"""


@linux
def test_the_memory_of_whoever_started_a_run_is_not_the_run_s() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, check=True
    )
    assert 5 < float(ended.stdout) < 300
