"""Shared code of the benchmarks: interleaved timing, ratios, and tables as files.

Times of a shared machine say little, for whatever else runs on it; ratios of times that were taken
one after the other say more. So contenders take turns, and a row gives the median of the ratios of
the turns, with the lowest and highest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scrawl.artifacts import store
from scrawl.artifacts.files import written_whole
from scrawl.nn.examples import Examples

FOLDER = Path("artifacts/benchmarks")
PREPARED = Path("artifacts/mnist/prepared/unit.h5")
REPETITIONS = 7
PATIENCE = 60.0
PACKAGES = ("numpy", "h5py", "snakemake", "torch", "scikit-learn")


@dataclass(frozen=True)
class Ratio:
    """A ratio of times: the median of several turns, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
        """Divide turn by turn.

        >>> Ratio.of([2, 3, 8], [2, 2, 2])
        Ratio(median=1.5, low=1.0, high=4.0)
        """
        ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))


@dataclass
class Table:
    """One table of measurements.

    Attributes
    ----------
    name, title : str
        Of its file, and above it.
    columns : tuple of str
        Its heading; every row has so many cells.
    rows : list of list
        Texts, numbers, None for what could not be measured, and at most one `Ratio`.
    targets : list of (str, float, float, bool)
        What was aimed at: what, the value found, the value wanted, and whether it is wanted at
        most (rather than at least).
    notes : list of str
        Sentences to stand below it.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[list[Any]] = field(default_factory=list)
    targets: list[tuple[str, float, float, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        """Add a row, and print it."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{self.name}: {len(cells)} cells, but columns {self.columns}")
        self.rows.append(list(cells))
        print("  ".join(f"{c}: {text(v)}" for c, v in zip(self.columns, cells, strict=True)))

    def aim(self, what: str, found: float, wanted: float, *, at_most: bool = False) -> None:
        """Note a target and what was found."""
        self.targets.append((what, found, wanted, at_most))

    def write(self) -> None:
        """Write the table with what it was measured on, as `FOLDER/{name}.json`."""
        with written_whole(FOLDER / f"{self.name}.json") as part:
            part.write_text(json.dumps({**asdict(self), "machine": machine()}, indent=1) + "\n")


def text(cell: Any) -> str:
    """Return a cell as it is printed: three digits, and a ratio with its spread.

    >>> [text(cell) for cell in ("batch 32", 1234.5, 0.01234, None, Ratio(1.5, 1.25, 2))]
    ['batch 32', '1234', '0.0123', '–', '1.50 (1.25–2.00)']
    """
    if isinstance(cell, Mapping):
        cell = Ratio(**cell)
    if isinstance(cell, Ratio):
        return f"{cell.median:.2f} ({cell.low:.2f}–{cell.high:.2f})"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return "–" if cell is None else str(cell)


def in_turn(
    contenders: Mapping[str, Callable[[], object]], repetitions: int = REPETITIONS
) -> dict[str, list[float]]:
    """Return the seconds that each contender takes, turn by turn, after one that does not count.

    When they have taken more than PATIENCE seconds, the turn is the last: where other programs use
    the cores, threads that wait for each other can be a hundred times slower.
    """
    started = time.perf_counter()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repetitions + 1):
        if turn > 1 and time.perf_counter() - started > PATIENCE:
            print(f"no more patience after {turn - 1} of {repetitions} turns", file=sys.stderr)
            break
        for name, run in contenders.items():
            begin = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def machine() -> dict[str, str]:
    """Return what the measurements depend on: processor, cores, load, versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[0]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": str(cores()),
        "load": f"{load:.1f}",
        "Python": platform.python_version(),
        **{name: version_of(name) for name in PACKAGES},
    }


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version_of(package: str) -> str:
    """Return a package's version, or that it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def arguments(about: str | None) -> argparse.Namespace:
    """Return what every benchmark is told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, default=PREPARED, help="MNIST, as prepared/unit.h5")
    return parser.parse_args()


def examples(path: Path, split: str = "train") -> Examples:
    """Return the examples of one split, mapped into memory."""
    with store.reading(path, "prepared") as file:
        images, labels = (store.mapped(file[f"{split}/{name}"]) for name in ("images", "labels"))
    return Examples(images, labels)
