"""Stage train: one network, from one experiment's settings and one random seed."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from scrawl.artifacts import model
from scrawl.artifacts.own_code import OwnCode, settings_with
from scrawl.nn.early_stopping import merit
from scrawl.settings import arithmetic
from scrawl.settings.experiment import CHECKPOINT_SECONDS, Run
from scrawl.settings.json_text import json_object
from scrawl.settings.untrusted_text import printable
from scrawl.training.checkpoint import Checkpoint
from scrawl.training.cost import Meter
from scrawl.training.environment import write_environment
from scrawl.training.examples import TrainingData
from scrawl.training.history import write_history
from scrawl.training.run import Trained, train
from scrawl.training.workers import workers


def main(argv: Sequence[str]) -> None:
    """Train one network; write it and the history of its epochs."""
    arguments = parsed(argv)
    code = OwnCode.load(arguments.code)
    run = Run.parse(settings_with(code, json_object(arguments.settings, "--settings")))
    code.check(run, "--settings")
    arithmetic.check(run.arithmetic)
    data = TrainingData.read(arguments.data, run)
    # OpenBLAS's own threads spin while they wait for each other: on small matrices, with the cores
    # shared, an epoch was 15 times slower. One thread, too, gives the same bits on every machine.
    with (
        threadpool_limits(1, user_api="blas"),
        workers(arguments.threads) as executor,
        Checkpoint(
            arguments.checkpoint, arguments.checkpoint_every, run.as_dict(), data.sha256
        ) as checkpoint,
    ):
        trained = train(
            run,
            data,
            executor,
            checkpoint,
            record_divergence=arguments.record_divergence,
            code=code,
        )
        report(run, trained)
        write(arguments, run, data, trained, checkpoint.meter)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl train", description=__doc__)
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
        "--model", type=Path, required=True, metavar="model.h5", help="the file to write"
    )
    parser.add_argument(
        "--history",
        type=Path,
        required=True,
        metavar="history.csv",
        help="the table to write, a row for each epoch",
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="the most that work at once; results are the same (default: %(default)s)",
    )
    add_checkpoint(parser)
    parser.add_argument(
        "--record-divergence",
        action="store_true",
        help="keep what is left of a run whose loss becomes infinite, instead of failing",
    )
    return parser.parse_args(argv)


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Add the options of checkpoints."""
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE.h5", help="resume from this file, if it exists"
    )
    parser.add_argument(
        "--checkpoint-every",
        type=float,
        default=CHECKPOINT_SECONDS,
        metavar="SECONDS",
        help="seconds between writes of the checkpoint (default: %(default)g)",
    )


def report(run: Run, trained: Trained) -> None:
    """Print the epoch that was kept, if it was chosen, and every finding."""
    whole = [epoch for epoch, _ in trained.history if math.isfinite(epoch.loss)]
    if run.keep == "best" and whole:
        print(f"kept: epoch {max(whole, key=merit).epoch}")
    for finding in trained.findings:
        print(printable(f"unhealthy: {finding.words}"))


def write(
    arguments: argparse.Namespace, run: Run, data: TrainingData, trained: Trained, meter: Meter
) -> None:
    """Write the model, the history, and beside the model what its bytes do not depend on."""
    write_environment(arguments.model.with_name("environment.json"))
    write_history(arguments.history, trained.history)
    model.save(arguments.model, trained.network, run, data.dataset, data.sha256, trained.findings)
    # Last: the cost of a failure does not take the place of what an earlier model cost.
    meter.write(arguments.model.with_name("cost.json"), arguments.threads)
