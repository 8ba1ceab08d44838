"""Memory of runs that learn from one file at the same time and share its pages.

Linux counts a page that several processes have mapped as memory of each of them (RSS), or divides
it among them (PSS). The sum of the latter is what the runs take together. Images that are stored as
bytes are read through the system's cache, which is nobody's.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Table
from benchmarks.millions import PATIENCE, chain, measured, prepare, train
from benchmarks.stages import BIN, RAW

IMAGES, TOGETHER = 100_000, 4


def together(folder: Path, n: int) -> tuple[float, float]:
    """Train so many runs at the same time; return the most RSS and PSS of all together, in MB."""
    commands: list[list[str | Path]] = [
        [BIN / "scrawl", *train("dense", "p.h5", seed)] for seed in range(1, n + 1)
    ]
    runs = [
        subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) for command in commands
    ]
    resident, proportional = [0.0], [0.0]
    while all(run.poll() is None for run in runs):
        found = [memory_of(run.pid) for run in runs]
        resident.append(sum(rss for rss, _ in found))
        proportional.append(sum(pss for _, pss in found))
        time.sleep(PATIENCE)
    failed = [run for run in runs if run.wait()]
    if failed:
        raise ValueError("a run of scrawl train failed; its own words stand above")
    return max(resident), max(proportional)


def memory_of(process: int) -> tuple[float, float]:
    """Return RSS and PSS of a process in MB; of one that has ended, nothing."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0.0, 0.0
    kilobytes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
    }
    return kilobytes["Rss"] * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6


def measure(table: Table, raw: Path, folder: Path) -> None:
    """Add what one run takes, and several at the same time, for both forms of a prepared file."""
    made = chain(raw.resolve(), IMAGES, [])
    for stage in ("deform", "decode"):
        measured(made[stage], folder)
    for stored_as in ("float32", "uint8"):
        measured(prepare(stored_as), folder)
        size = (folder / "p.h5").stat().st_size / 1e6
        alone, many = together(folder, 1), together(folder, TOGETHER)
        table.add(stored_as, size, 1, *alone)
        table.add(stored_as, size, TOGETHER, *many)
        further = (many[1] - alone[1]) / (TOGETHER - 1)
        what = f"MB that a further run adds, on a file of {size:.0f} MB ({stored_as})"
        table.aim(what, further, size / 2, at_most=True)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--raw", type=Path, default=RAW, help="folder of the four MNIST files")
    told = parser.parse_args()
    table = Table(
        "sharing",
        "Memory of runs that share their data",
        ("stored as", "file, MB", "runs at once", "sum of RSS, MB", "sum of PSS, MB"),
    )
    with tempfile.TemporaryDirectory() as name:
        measure(table, told.raw, Path(name))
    table.notes.append(
        "Both are the most that was seen. RSS counts a page that several processes have mapped for "
        "each of them; PSS divides it among them, so that its sum is what they take together."
    )
    table.write()


if __name__ == "__main__":
    main()
