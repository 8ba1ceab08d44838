"""Benchmarks of sweeps, millions of images and shared memory: what they say is what they saw."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.measure import Table
from benchmarks.stages import PARTS

from benchmarks import millions, sharing, sweeps
from scrawl.data import idx
from scrawl.settings import arithmetic

ROOT = Path(__file__).parents[2]


def test_the_pace_of_a_sweep_is_that_of_the_runs_after_the_first_ones() -> None:
    done = [10.0, 10.5, 12.0, 12.5, 14.0, 14.5]  # two at a time, two seconds each
    assert sweeps.pace(done, 2) == 1.0
    assert sweeps.pace([10.0, 12.0, 14.0], 1) == 0.5


def test_a_build_has_the_throughput_of_all_its_time() -> None:
    assert (
        sweeps.Build(seconds=8.0, core_seconds=20.0, done=[5.0, 6.0, 7.0, 8.0]).throughput() == 0.5
    )


def test_memory_is_that_of_the_process_and_none_once_it_has_ended() -> None:
    resident, proportional = sharing.memory_of(os.getpid())
    assert resident >= proportional > 5  # MB: this is Python with NumPy
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert sharing.memory_of(ended.pid) == (0.0, 0.0)


def test_too_many_images_for_the_disk_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"GB are free, .* images need .*; name another place"):
        millions.room(tmp_path, 10**15)
    assert not list(tmp_path.iterdir())


def test_every_stage_is_measured_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(millions, "VALIDATION", 20)
    images = np.random.default_rng(0).integers(0, 255, (30, 28, 28), np.uint8)
    (tmp_path / "raw").mkdir()
    for part, name in PARTS.items():
        labels = np.arange(30, dtype=np.uint8) % 10
        idx.write(tmp_path / "raw" / name, images if part.endswith("images") else labels)
    table = Table("millions", "", millions.COLUMNS)
    seconds = millions.measure(table, tmp_path / "raw", 90, ["dense"], tmp_path / "place")
    stages = ["deform", "decode", "prepare", "train dense", "evaluate dense"]
    assert [row[0] for row in table.rows] == stages
    assert seconds == pytest.approx(sum(row[2] for row in table.rows) / 90e-6)
    assert all(20 < row[4] < 500 for row in table.rows)  # MB
    assert 0 <= table.rows[-1][-1] <= 30  # test errors
    assert not list((tmp_path / "place").iterdir())


def test_a_benchmark_that_imports_numpy_first_computes_with_portable_arithmetic() -> None:
    code = (
        "import benchmarks.versions\n"
        "from scrawl.settings import arithmetic\n"
        "arithmetic.check('portable')"
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in arithmetic.VARIABLES
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": os.pathsep.join(["src", "tests"])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
