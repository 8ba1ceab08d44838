"""Growth of the cost of training with images, width, batch size and concurrent runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Ratio, Table, arguments, cores, examples, in_turn
from benchmarks.peers import ours
from scrawl.nn.examples import Examples
from scrawl.nn.parallel import serial
from scrawl.settings.experiment import Run

RUNS = 16
WIDTHS = (32, 128, 512, 2048)
BATCHES = (8, 32, 128, 512, 2048)
IMAGES = (3_400, 13_600, 54_400)
# A second or so of one core.
PRODUCTS = """
import numpy as np
a = np.ones((512, 512), np.float32)
for _ in range(400):
    a @ a
"""


def epoch(data: Examples, images: int, width: int, batch: int) -> Callable[[], object]:
    """Return what trains a network with one hidden layer on the first images for an epoch."""
    return ours(Examples(data.images[:images], data.labels[:images]), [width], batch, serial, 1)


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


def together(commands: list[list[str]], at_once: int) -> float:
    """Return the seconds that some commands take, so many at the same time."""
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, env=alone)
    begin = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, commands))
    return time.perf_counter() - begin


def training(data: Path, seed: int, folder: Path) -> list[str]:
    """Return the command of a run of a second or so."""
    settings = Run(learning_rate=0.4, epochs=2, seed=seed).canonical()
    scrawl = str(Path(sys.executable).with_name("scrawl"))
    mine = folder / str(seed)
    files = ["--model", str(mine / "model.h5"), "--history", str(mine / "history.csv")]
    return [scrawl, "train", "--settings", settings, "--data", str(data), *files]


def compare_together(table: Table, data: Path) -> None:
    """Add what many processes at a time take beside one: runs, and what does nothing but multiply.

    The latter is what the processor has to give: its cores may share arithmetic units, a clock and
    a machine with others.
    """
    multiplying = [sys.executable, "-c", PRODUCTS]
    with tempfile.TemporaryDirectory() as folder:
        runs = [training(data, seed, Path(folder)) for seed in range(RUNS)]
        seconds = in_turn(
            {
                "one": lambda: together(runs[:1], 1),
                "many": lambda: together(runs, cores()),
                "one product": lambda: together([multiplying], 1),
                "many products": lambda: together(RUNS * [multiplying], cores()),
            },
            repetitions=5,
        )
    for a_single, several, names in (
        ("run of scrawl train", "runs of scrawl train", ("one", "many")),
        ("process multiplying", "processes multiplying", ("one product", "many products")),
    ):
        one, many = (seconds[name] for name in names)
        table.add(f"1 {a_single}", median(one), None)
        table.add(f"{RUNS} {several}, {cores()} at a time", median(many), Ratio.of(many, one))
    gains = [
        RUNS * float(np.median(np.divide(seconds[one], seconds[many])))
        for one, many in (("one", "many"), ("one product", "many products"))
    ]
    table.aim(f"throughput of {RUNS} runs on {cores()} cores against one", gains[0], 3.5)
    table.notes.append(
        f"{RUNS} processes that do nothing but multiply matrices of 512×512 have {gains[1]:.2f} "
        f"times the throughput of one: as much as {cores()} cores of this machine give."
    )


def main() -> None:
    """Measure, and write the table."""
    told = arguments(__doc__)
    table = Table(
        "growth", "How cost grows, one thread a run", ("what", "seconds", "times the line above")
    )
    grow(table, examples(told.data))
    compare_together(table, told.data)
    table.notes.append(
        "An epoch of 784-width-10, width 128, batches of 128 and "
        f"{IMAGES[0]} images unless said; a run is two epochs of 784-128-10 with everything around."
    )
    table.write()


if __name__ == "__main__":
    main()
