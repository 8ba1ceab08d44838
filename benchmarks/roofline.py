"""Operations and bytes of a training step beside what this machine gives, and where its time goes.

Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore
architectures", 2009. On one thread, with portable arithmetic and with the processor's own.

python -m benchmarks.roofline
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.counting import COPIES, KINDS, PASSES, PRODUCTS, Tally, Work
from benchmarks.measure import Table, arguments, examples
from benchmarks.peers import case_of
from benchmarks.steps import (
    FORWARD,
    INPUTS,
    PARAMETERS,
    SIDE,
    Measured,
    measured,
    peak_speed,
    seconds_of,
)
from scrawl.settings import arithmetic

LARGE, SMALL = 1 << 24, 1 << 14  # values of arrays in memory, and of arrays in the cache
# Filters of 5×5, hidden units, batch, and the share of the peak that is aimed at.
CASES: list[tuple[list[int], list[int], int, float | None]] = [
    ([], [128], 32, None),
    ([], [128], 128, None),
    ([], [128], 1024, None),
    ([], [800, 800], 128, None),
    ([], [800, 800], 512, 0.75),
    ([8, 16], [128], 128, None),
    ([16, 32], [128], 128, 0.6),
]
BY_LAYER = 128  # the batch whose steps are shown layer by layer
# What is loaded first decides the arithmetic: see scrawl.settings.arithmetic.
FIRST = {"portable": "scrawl", "native": "numpy"}
ROOFS = (
    f"product of two {SIDE}×{SIDE} matrices, GFLOP/s",
    "sum of two arrays in memory, GB/s",
    "sum of two arrays in the cache, GB/s",
)
PARTS = ("products, %", "passes, %", "copies, %", "Python, %")
HEADINGS = (
    ("roofline-roofs", "What this processor gives, one thread", ("what", *FIRST)),
    (
        "roofline-work",
        "Work of a training step, counted",
        (
            "network, batch",
            "products, MFLOP",
            "other operations, M",
            "least to move, MB",
            "moved, MB",
            "operations a byte at least moved",
            "a byte moved",
            "calls of NumPy",
        ),
    ),
    (
        "roofline",
        "Speed of a training step, and where its time goes, one thread",
        (
            "arithmetic",
            "network, batch",
            "ms",
            "GFLOP/s",
            "share of the peak",
            *PARTS,
            "products’ share of the peak",
            "passes and copies, GB/s",
            "limit",
        ),
    ),
    (
        "roofline-layers",
        "Work and time of a training step, layer by layer",
        (
            "network, batch",
            "part",
            "forward, M",
            "parameters’ gradients, M",
            "inputs’ gradient, M",
            "all operations, M",
            "moved, MB",
            "products, µs",
            "passes, µs",
            "copies, µs",
        ),
    ),
)
SHARE = 3  # its place in a row of speeds, before the arithmetic is added
NOTES = (
    "A sum reads two arrays of float32 and writes a third, which is not read before.",
    """\
Counted by arrays that note each call (`benchmarks/counting.py`). In products of matrices an
addition and a multiplication are two operations; the others are sums, comparisons, exponentials
and so on. At least a batch has to be read, and parameters and velocities to be read and written.
Moved is what the calls read and write, each anew; most of it stays in the cache.""",
    """\
The peak is measured in turn with the steps. Products is the time in the BLAS, passes that in sums
and element by element; copies gather a batch and lower convolutions; Python is the rest of a
step. The limit is what takes most of the time: the BLAS, memory (passes and copies), or Python.""",
    """\
Portable arithmetic. No step needs the gradient of the inputs of the first layer that learns.
Under “others” right answers are counted and the gradients of shards added up.""",
)
CHILD = "import {first}, sys; from benchmarks import roofline; roofline.child(*sys.argv[1:])"


def bandwidth(values: int) -> float:
    """Return the bytes a second that a sum of two arrays reads and writes."""
    a, b, c = (np.ones(values, np.float32) for _ in range(3))
    return 3 * a.nbytes / seconds_of(lambda: np.add(a, b, out=c), 5 + LARGE // values)


def work_of(case: str, found: Measured) -> list[Any]:
    """Return the work of a step: operations, bytes, their ratios, calls."""
    whole, products = found.tally.of(), found.tally.of(kind=PRODUCTS).operations
    return [
        case,
        products / 1e6,
        (whole.operations - products) / 1e6,
        found.least / 1e6,
        whole.bytes / 1e6,
        products / found.least,
        products / whole.bytes,
        whole.calls,
    ]


def speed_of(case: str, found: Measured) -> list[Any]:
    """Return how fast a step is, where its time goes, and what limits it."""
    of = {kind: found.tally.of(kind=kind) for kind in KINDS}
    shares = [100 * work.seconds / found.seconds for work in of.values()]
    products, passes, copies = shares
    rest = 100 - sum(shares)
    limits = {"BLAS": products, "memory": passes + copies, "Python": rest}
    speed = of[PRODUCTS].operations / found.seconds / 1e9
    moved = of[PASSES] + of[COPIES]
    return [
        case,
        1e3 * found.seconds,
        speed,
        asdict(found.share),
        *shares,
        rest,
        found.share.median / products * 100,
        moved.bytes / moved.seconds / 1e9,
        max(limits, key=limits.__getitem__),
    ]


def rows_by_layer(case: str, tally: Tally) -> Iterator[list[Any]]:
    """Yield a row for each layer and for each other part of a step."""
    parts: dict[str, set[str]] = {}
    for place, _ in tally.work:
        parts.setdefault((place or "others").split()[0], set()).add(place)
    for part, places in parts.items():
        passes = [f"{part} {method}" for method in (FORWARD, PARAMETERS, INPUTS)]
        operations = [tally.of(p).operations / 1e6 if p in places else None for p in passes]
        kinds = [sum((tally.of(p, kind) for p in places), Work()) for kind in KINDS]
        whole = sum(kinds, Work())
        microseconds = [1e6 * work.seconds for work in kinds]
        yield [case, part, *operations, whole.operations / 1e6, whole.bytes / 1e6, *microseconds]


def child(data: str) -> None:
    """Measure with the arithmetic that this process was started with; print all as JSON."""
    some = examples(Path(data))
    found: dict[str, Any] = {"work": [], "speed": [], "layers": []}
    with threadpool_limits(1):
        found["roofs"] = [peak_speed() / 1e9, bandwidth(LARGE) / 1e9, bandwidth(SMALL) / 1e9]
        for filters, hidden, batch, _ in CASES:
            case, of_case = case_of(filters, hidden, batch), measured(some, filters, hidden, batch)
            found["work"].append(work_of(case, of_case))
            found["speed"].append(speed_of(case, of_case))
            if batch == BY_LAYER:
                found["layers"] += rows_by_layer(case, of_case.tally)
            print(*found["speed"][-1], file=sys.stderr)
    print(json.dumps(found | {"computed": arithmetic.in_force()}))


def of_child(first: str, data: Path) -> Any:
    """Return what a process finds that loads a module first."""
    environment = {k: v for k, v in os.environ.items() if k not in arithmetic.VARIABLES}
    command = [sys.executable, "-c", CHILD.format(first=first), str(data)]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)


def tables_of(found: dict[str, Any]) -> list[Table]:
    """Return the tables of what the processes of both arithmetics found."""
    roofs, work, speed, layers = (Table(*heading) for heading in HEADINGS)
    roofs.add("kernels and vectors", *(of["computed"] for of in found.values()))
    for what, *values in zip(ROOFS, *(of["roofs"] for of in found.values()), strict=True):
        roofs.add(what, *values)
    portable = found["portable"]
    for row in portable["work"]:
        work.add(*row)
    for row in portable["layers"]:
        layers.add(*row)
    for name, of in found.items():
        for row, (*_, target) in zip(of["speed"], CASES, strict=True):
            speed.add(name, *row)
            if target:
                share = row[SHARE]["median"]
                speed.aim(f"share of the peak, {row[0]}, {name} arithmetic", share, target)
    for table, note in zip((roofs, work, speed, layers), NOTES, strict=True):
        table.notes.append(note)
    return [roofs, work, speed, layers]


def main() -> None:
    """Measure with both arithmetics, and write the tables."""
    data = arguments(__doc__).data
    for table in tables_of({name: of_child(first, data) for name, first in FIRST.items()}):
        table.write()


if __name__ == "__main__":
    main()
