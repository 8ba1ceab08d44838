"""The cost of portable arithmetic: an epoch with the pinned kernel beside one with the processor's.

python -m benchmarks.arithmetic
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import PREPARED, REPETITIONS, Ratio, Table, arguments
from scrawl.settings import arithmetic

# Settings of each network, and how many images an epoch has: some tenths of a second of a core.
NETWORKS: dict[str, tuple[dict[str, Any], int]] = {
    "784-10, batch 128": ({"hidden": []}, 50_000),
    "784-30-10, sigmoid, batch 10": (
        {
            "hidden": [30],
            "activation": "sigmoid",
            "output": "sigmoid",
            "loss": "quadratic",
            "batch_size": 10,
        },
        20_000,
    ),
    "784-128-10, batch 128": ({"hidden": [128]}, 50_000),
    "784-800-800-10, batch 128": ({"hidden": [800, 800]}, 10_000),
    "conv 8-16, batch 128": ({"filters": [[8], [16]], "hidden": [128]}, 5_000),
    "conv 16-32, batch 128": ({"filters": [[16], [32]], "hidden": [128]}, 2_500),
}
# A process of its own: both libraries choose when they are loaded.
EPOCH = """
import {first}, sys, json, time
from pathlib import Path
from benchmarks.measure import examples
from scrawl.nn.examples import Examples
from scrawl.settings import arithmetic
from scrawl.settings.experiment import Run
from scrawl.training.setup import trainer_of
settings, n, data = json.loads(sys.argv[1]), int(sys.argv[2]), examples(Path(sys.argv[3]))
some = Examples(data.images[:n], data.labels[:n], (28, 28))
trainer = trainer_of(Run.parse({{**settings, "seed": 1, "epochs": 2}}, "settings"), some)
epochs = trainer.fit(some, some)
next(epochs)
begin = time.process_time()
next(epochs)
print(time.process_time() - begin, arithmetic.in_force(), sep=";")
"""


def epoch(first: str, network: str, data: Path) -> tuple[float, str]:
    """Return seconds of the processor for an epoch, and what computed it."""
    settings, n = NETWORKS[network]
    chosen = "native" if first == "numpy" else "portable"
    environment = {k: v for k, v in os.environ.items() if k not in arithmetic.VARIABLES}
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            EPOCH.format(first=first),
            json.dumps(settings | {"arithmetic": chosen}),
            str(n),
            data,
        ],
        env=environment | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, computed = result.stdout.strip().split(";", 1)
    return float(seconds), computed


def main() -> None:
    """Measure, and write the table."""
    data = arguments(__doc__).data or PREPARED
    table = Table(
        "arithmetic",
        "Portable arithmetic beside the processor’s own",
        ("network", "native, s", "portable, s", "times as long"),
    )
    kernels: set[str] = set()
    for network in NETWORKS:
        native: list[float] = []
        portable: list[float] = []
        for _ in range(REPETITIONS):
            for first, seconds in (("numpy", native), ("scrawl", portable)):
                taken, computed = epoch(first, network, data)
                seconds.append(taken)
                kernels.add(computed)
        ratio = Ratio.of(portable, native)
        middle = REPETITIONS // 2
        table.add(network, sorted(native)[middle], sorted(portable)[middle], ratio)
    table.notes.append(
        "Seconds of the processor for one epoch on one thread, in processes that take turns. "
        f"Kernels and vectors: {' beside '.join(sorted(kernels))}."
    )
    table.write()


if __name__ == "__main__":
    main()
