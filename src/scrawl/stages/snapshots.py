"""Stage snapshots: the weights of a small network at a few points of its training."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from scrawl.artifacts import snapshots
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.snapshots import MOST_PARAMETERS, snapshots_of
from scrawl.training.workers import workers


def main(argv: Sequence[str]) -> None:
    """Train a network for a while, and write what it was on the way."""
    parser = argparse.ArgumentParser(prog="scrawl snapshots", description=__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        metavar="JSON",
        help="the network's settings, and the random seed",
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--snapshots", type=Path, required=True, metavar="snapshots.h5", help="the file to write"
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="the most that work at once; results are the same (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    run = Run.parse(arguments.settings)
    data = TrainingData.read(arguments.data, run)
    with threadpool_limits(1, user_api="blas"), workers(arguments.threads) as executor:
        kept = snapshots_of(run, data, executor)
    for snapshot in kept:
        accuracy = f"{100 * snapshot.validation_accuracy:.2f} %"
        print(f"after {snapshot.steps} steps: validation accuracy {accuracy}")
    if not kept:
        print(f"none: no steps, code of its own, or more than {MOST_PARAMETERS:,} parameters")
    snapshots.save(arguments.snapshots, kept, run.as_dict(), data.sha256)
