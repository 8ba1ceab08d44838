"""Runs that learn from one file at the same time have one copy of it in memory."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset

N, PIXELS = 2_000, 600  # 4.8 MB of float32
# Learns from every image, tells what memory it has mapped, and waits.
LEARN = """
import sys
from pathlib import Path
from scrawl.training.examples import TrainingData
from scrawl.training.setup import trainer_of
from scrawl.settings.experiment import Run

data = TrainingData.read(Path(sys.argv[1]), run := Run(hidden=(4,), epochs=1))
list(trainer_of(run, data.training).fit(data.training, data.validation))
print(Path("/proc/self/smaps").read_text() + "END\\n", flush=True)
sys.stdin.read()
"""


def write_prepared(path: Path) -> None:
    """Write images of noise, as float32."""
    rng = np.random.default_rng(0)
    with store.writing(path, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        Dataset(("a", "b"), (20, 30), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": N, "validation": 10, "test": 10}.items():
            file[f"{split}/images"] = rng.random((n, PIXELS), np.float32)
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[np.arange(n) % 2]
            file[f"{split}/positions"] = np.arange(n)


def of_file(smaps: str, path: Path) -> dict[str, int]:
    """Return the bytes of each kind that a process has of a file in memory, all mappings of it."""
    found: dict[str, int] = {}
    for part in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps, flags=re.M):
        if part.partition("\n")[0].endswith(str(path)):
            for name, kilobytes in re.findall(r"^(\w+): +(\d+) kB$", part, re.M):
                found[name] = found.get(name, 0) + 1024 * int(kilobytes)
    return found


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells")
def test_two_runs_have_the_pages_of_their_file_in_common(tmp_path: Path) -> None:
    write_prepared(path := tmp_path / "prepared.h5")
    command = [sys.executable, "-c", LEARN, str(path)]
    runs, told = [], []
    for _ in range(2):  # the first is still there when the second has learnt
        run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        runs.append(run)
        assert run.stdout is not None
        told.append("".join(takewhile(lambda line: line != "END\n", run.stdout)))
    for run in runs:
        run.communicate()
    memory = of_file(told[1], path)
    assert memory["Rss"] >= N * PIXELS * 4  # it is all there
    assert memory["Private_Dirty"] == memory["Anonymous"] == 0  # nothing of it was copied
    assert memory["Pss"] <= 0.6 * memory["Rss"]  # and the other run has the same pages
