"""Stage train: one network, from one experiment's settings and one random seed."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.early_stopping import merit
from scrawl.settings.experiment import CHECKPOINT_SECONDS, Run
from scrawl.training.checkpoint import Checkpoint
from scrawl.training.environment import write_environment
from scrawl.training.examples import examples_of
from scrawl.training.history import write_history
from scrawl.training.run import observed
from scrawl.training.workers import workers


def main(argv: Sequence[str]) -> None:
    """Train one network; write it and the history of its epochs."""
    parser = argparse.ArgumentParser(prog="scrawl train", description=__doc__)
    parser.add_argument("--settings", required=True, metavar="JSON")
    parser.add_argument("--data", type=Path, required=True, metavar="prepared.h5")
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5")
    parser.add_argument("--history", type=Path, required=True, metavar="history.csv")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE.h5", help="goes on from there, if it is there"
    )
    parser.add_argument(
        "--checkpoint-every", type=float, default=CHECKPOINT_SECONDS, metavar="SECONDS"
    )
    parser.add_argument(
        "--record-divergence",
        action="store_true",
        help="keep what is left of a run whose loss becomes infinite, instead of failing",
    )
    arguments = parser.parse_args(argv)
    run = Run.parse(arguments.settings)
    with store.reading(arguments.data, "prepared") as file:
        dataset = Dataset.of(file)
        if dataset.normalisation != run.normalisation:
            raise ValueError(
                f"{arguments.data}: prepared with normalisation: {dataset.normalisation}, "
                f"but the settings ask for {run.normalisation}"
            )
        training, validation = examples_of(file, run)
        prepared_sha256 = store.sha256_of_content(file)
    # OpenBLAS's own threads spin while they wait for each other: on small matrices, with the cores
    # shared, an epoch was 15 times slower. One thread, too, gives the same bits on every machine.
    with (
        threadpool_limits(1, user_api="blas"),
        workers(arguments.threads) as share,
        Checkpoint(
            arguments.checkpoint, arguments.checkpoint_every, run.as_dict(), prepared_sha256
        ) as checkpoint,
    ):
        network, history, found = observed(
            run,
            training,
            validation,
            dataset,
            share,
            checkpoint,
            record_divergence=arguments.record_divergence,
        )
        whole = [epoch for epoch, _ in history if math.isfinite(epoch.loss)]
        if run.keep == "best" and whole:
            print(f"kept: epoch {max(whole, key=merit).epoch}")
        for finding in found:
            print(f"unhealthy: {finding.words}")
        # Beside the model, not in it: the same network has the same bytes wherever it was trained.
        write_environment(arguments.model.with_name("environment.json"))
        write_history(arguments.history, history)
        model.save(arguments.model, network, run, dataset, prepared_sha256, found)
        # Last: what it cost to fail does not take the place of what an earlier model cost.
        checkpoint.meter.write(arguments.model.with_name("cost.json"), arguments.threads)
