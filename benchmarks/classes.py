"""Figures and pages of many classes and long names: seconds and memory of each."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.measure import Table
from benchmarks.untrained import Suite, commands, outputs, write

# 1,623 are those of Omniglot; with that many, names have 64 letters, too.
CASES = {
    "2 classes": Suite(2),
    "10 classes": Suite(10),
    "62 classes": Suite(62),
    "369 classes": Suite(369),
    "1,623 classes": Suite(1623, name_length=64),
}
MOST_SECONDS, MOST_BYTES = 60, 2**30


def taken(words: Sequence[str]) -> tuple[float, int]:
    """Run a command of scrawl; return its seconds, and the most memory that it took, in bytes."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "scrawl", *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"scrawl {words[0]} ended with exit status {process.returncode}")
    return time.perf_counter() - begin, usage.ru_maxrss * 1024


def written(suite: Suite, folder: Path) -> list[Path]:
    """Write a suite in a process of its own, whose memory no other then counts as its own."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(write, folder, suite).result()


def measure(table: Table, case: str, place: Path | None = None) -> None:
    """Add the rows of one case: of all its figures, and of each page."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        runs = written(CASES[case], folder)
        found = {
            command: (*taken([*words, *outputs(folder, command)]), size(folder, command))
            for command, words in commands(folder, runs).items()
        }
    figures = [values for command, values in found.items() if command.startswith("plot")]
    rows = {
        f"each of {len(figures)} figures, at most": tuple(map(max, zip(*figures, strict=True))),
        "the report": found["report"],
        "the drawing page": found["draw"],
    }
    for words, (seconds, memory, file_bytes) in rows.items():
        table.add(case, words, seconds, memory / 1e6, file_bytes / 1e6)
    seconds, memory, _ = map(max, zip(*found.values(), strict=True))
    table.aim(f"{case}: peak memory of a figure or page, MB", memory / 1e6, MOST_BYTES / 1e6,
              at_most=True)  # fmt: skip
    table.aim(f"{case}: seconds for a figure or page", seconds, MOST_SECONDS, at_most=True)


def size(folder: Path, command: str) -> int:
    """Return the bytes that a command has written."""
    return sum(Path(path).stat().st_size for path in outputs(folder, command)[1:])


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", type=Path, help="where some GB of files may lie for a while")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    told = parser.parse_args()
    table = Table(
        "classes",
        "Figures and pages of many classes",
        ("dataset", "what", "seconds", "peak memory, MB", "files, MB"),
    )
    for case in told.cases:
        measure(table, case, told.place)
    table.notes.append(
        "Each is a suite of the four default networks with three seeds, untrained, its predictions "
        "drawn at random (`benchmarks/untrained.py`). Names of the 1,623 classes have 64 letters."
    )
    table.write()


if __name__ == "__main__":
    main()
