"""How the cost of training grows: with images, width, batch, and runs at the same time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from benchmarks.measure import Ratio, Table, arguments, cores, examples, in_turn
from benchmarks.peers import ours
from threadpoolctl import threadpool_limits

from scrawl.nn.examples import Examples
from scrawl.nn.pieces import one_by_one
from scrawl.settings import Run

RUNS = 16
WIDTHS = (32, 128, 512, 2048)
BATCHES = (8, 32, 128, 512, 2048)
IMAGES = (3_400, 13_600, 54_400)


def epoch(data: Examples, images: int, width: int, batch: int) -> Callable[[], object]:
    """Return what trains a network with one hidden layer on the first images for an epoch."""
    return ours(Examples(data.images[:images], data.labels[:images]), [width], batch, one_by_one, 1)


def grow(table: Table, data: Examples) -> None:
    """Add the rows of images, width and batch, each beside the row before it."""
    usual = {"images": IMAGES[0], "width": 128, "batch": 128}
    for name, values in (("images", IMAGES), ("width", WIDTHS), ("batch", BATCHES)):
        settings = [{**usual, name: value} for value in values]
        with threadpool_limits(1):
            seconds = list(in_turn({str(s): epoch(data, **s) for s in settings}).values())
        for i, (value, taken) in enumerate(zip(values, seconds, strict=True)):
            ratio = Ratio.of(taken, seconds[i - 1]) if i else None
            table.add(f"{name} {value}", median(taken), ratio)


def run_together(data: Path, seeds: list[int], at_once: int) -> float:
    """Return the seconds that some runs of `scrawl train` take, so many at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        waiting = list(seeds)
        running: list[subprocess.Popen[bytes]] = []
        begin = time.perf_counter()
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(start(data, waiting.pop(), Path(folder)))
            finished = running.pop(0)  # all runs are equal, so the first is the first to end
            if finished.wait():
                raise ValueError(f"scrawl train ended with exit status {finished.returncode}")
        return time.perf_counter() - begin


def start(data: Path, seed: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start one run of a second or so."""
    settings = Run(learning_rate=0.4, epochs=2, seed=seed).canonical()
    scrawl = str(Path(sys.executable).with_name("scrawl"))
    mine = folder / str(seed)
    files = ["--model", str(mine / "model.h5"), "--history", str(mine / "history.csv")]
    command = [scrawl, "train", "--settings", settings, "--data", str(data), *files]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure, and write the table."""
    told = arguments(__doc__)
    table = Table(
        "growth", "How cost grows, one thread a run", ("what", "seconds", "times the line above")
    )
    grow(table, examples(told.data))
    seconds = in_turn(
        {
            "one": lambda: run_together(told.data, [1], 1),
            "many": lambda: run_together(told.data, list(range(RUNS)), cores()),
        },
        repetitions=5,
    )
    table.add("1 run of scrawl train", median(seconds["one"]), None)
    table.add(
        f"{RUNS} runs, {cores()} at a time",
        median(seconds["many"]),
        Ratio.of(seconds["many"], seconds["one"]),
    )
    throughput = RUNS * float(np.median(np.divide(seconds["one"], seconds["many"])))
    table.aim(f"throughput of {RUNS} runs on {cores()} cores against one", throughput, 3.5)
    table.notes.append(
        "An epoch of 784-width-10, width 128, batches of 128 and "
        f"{IMAGES[0]} images unless said; a run is two epochs of 784-128-10 with everything around."
    )
    table.write()


if __name__ == "__main__":
    main()
