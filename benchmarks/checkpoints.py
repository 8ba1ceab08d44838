"""Cost of checkpoints: processor seconds of each, and their share of the time in between.

python -m benchmarks.checkpoints
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from threadpoolctl import threadpool_limits

from benchmarks.measure import REPETITIONS, Table, arguments, examples
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import CHECKPOINT_SECONDS, Run
from scrawl.training.checkpoint import Checkpoint
from scrawl.training.setup import trainer_of

RUNS = {
    "784-128-10, nesterov": Run(hidden=(128,)),
    "784-800-800-10, nesterov": Run(hidden=(800, 800)),
    "784-800-800-10, adamw, tail average": Run(
        hidden=(800, 800), optimiser="adamw", average="tail"
    ),
    "conv-8-16": Run(filters=((8,), (16,)), hidden=(128,)),
}
MOST = 0.01  # of the time between two checkpoints
COLUMNS = ("network", "MB", "seconds", "of a processor", "of the time between, %")


def cost(run: Run, data: Examples, folder: Path) -> tuple[int, float, float]:
    """Return bytes of a checkpoint after one epoch, seconds to write it, and of a processor."""
    trainer = trainer_of(run, data)
    next(trainer.fit(data, data))
    path = folder / "checkpoint.h5"
    checkpoint = Checkpoint(path, CHECKPOINT_SECONDS, run.as_dict())
    checkpoint.resume(trainer)
    taken = []
    for _ in range(REPETITIONS + 1):  # the first finds out about libraries and code
        begin = time.perf_counter(), time.process_time()
        checkpoint.write(path)
        taken.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    seconds, of_processor = (median(times) for times in zip(*taken[1:], strict=True))
    size = path.stat().st_size
    path.unlink()
    return size, seconds, of_processor


def main() -> None:
    """Measure, and write the table."""
    data = examples(arguments(__doc__).data)
    some = Examples(data.images[:2000], data.labels[:2000], (28, 28))
    table = Table("checkpoints", "Checkpoints", COLUMNS)
    shares = []
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        for name, run in RUNS.items():
            size, seconds, of_processor = cost(run, some, Path(folder))
            shares.append(of_processor / CHECKPOINT_SECONDS)
            table.add(name, size / 1e6, seconds, of_processor, 100 * shares[-1])
    table.aim("share of a processor that checkpoints take", max(shares), MOST, at_most=True)
    table.notes.append(
        f"One is written every {CHECKPOINT_SECONDS:g} s and waits for the disk, which is not the "
        "processor's time."
    )
    table.write()


if __name__ == "__main__":
    main()
