"""Stage train: one network, from one experiment's settings and one random seed."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from scrawl import artifacts, model
from scrawl.checkpoint import NEVER, Checkpoint
from scrawl.environment import write_environment
from scrawl.history import reported, write_history
from scrawl.nn.averaging import AVERAGES
from scrawl.nn.clipping import Clipped
from scrawl.nn.examples import Examples
from scrawl.nn.findings import Finding, findings
from scrawl.nn.fitting import Epoch, NonFiniteLoss, fit
from scrawl.nn.gradient_check import check_gradients
from scrawl.nn.health import Health, Observer
from scrawl.nn.least_squares import solve
from scrawl.nn.network import Network
from scrawl.nn.optimisers import OPTIMISERS, Optimiser
from scrawl.nn.pieces import Share, one_by_one
from scrawl.nn.schedules import SCHEDULES, warm_up
from scrawl.nn.state import Progress, Stateful
from scrawl.nn.stopping import Best, keep_best, merit, stop_early
from scrawl.settings import CHECKPOINT_SECONDS, Run
from scrawl.training_data import examples_of
from scrawl.workers import workers


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
    with artifacts.reading(arguments.data, "prepared") as file:
        dataset = model.Dataset.of(file)
        if dataset.normalisation != run.normalisation:
            raise ValueError(
                f"{arguments.data}: prepared with normalisation: {dataset.normalisation}, "
                f"but the settings ask for {run.normalisation}"
            )
        training, validation = examples_of(file, run)
        prepared_sha256 = artifacts.sha256_of_content(file)
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


def observed(
    run: Run,
    training: Examples,
    validation: Examples,
    dataset: model.Dataset,
    share: Share = one_by_one,
    checkpoint: Checkpoint = NEVER,
    *,
    record_divergence: bool = False,
) -> tuple[Network, list[tuple[Epoch, Health]], list[Finding]]:
    """Train, and watch over it.

    Parameters
    ----------
    run, training, validation, dataset, share
        As for `train`.
    checkpoint : Checkpoint
        Where to go on from, and what to keep on the way.
    record_divergence : bool
        Whether a loss that is not finite any more is a finding, and an infinite one at the end of
        the history, rather than an error.

    Returns
    -------
    network : Network
    history : list of (Epoch, Health)
    found : list of Finding
        What is unhealthy, gradients first: whatever else there is may come from them.

    Raises
    ------
    ValueError
        When the loss is not finite any more, with all that is known of the cause.
    """
    descends = run.epochs > 0 and run.optimiser != "least-squares"
    found = gradients_checked(run, training) if descends else []
    parts: dict[str, Stateful] = {}
    network, epochs = train(run, training, validation, share, parts, checkpoint.pause, dataset)
    parts["observer"] = observer = Observer(network, training.images)
    checkpoint.go_on(parts)
    try:
        for epoch in reported(epochs, run.epochs, len(observer.history)):
            observer.observe(epoch)
    except NonFiniteLoss as error:
        if record_divergence:
            last = at_the_end(error, observer.increases + bool(observer.history))
            return network, [*observer.history, last], [diverged(error), *found]
        seen_before = ["; before training it was seen that " + one.words for one in found]
        raise ValueError(str(error) + "".join(seen_before)) from error
    if observer.history:
        found += findings(
            network, model.loss_of(run), training, observer.history, dataset.class_names
        )
    return network, observer.history, found


def at_the_end(error: NonFiniteLoss, loss_increases: int) -> tuple[Epoch, Health]:
    """Return the last line of a history that diverged: when, and an infinite loss."""
    nan = math.nan
    epoch = Epoch(error.epoch, error.step, error.learning_rate, math.inf, nan, nan, nan)
    return epoch, Health(nan, nan, nan, nan, loss_increases)


def diverged(error: NonFiniteLoss) -> Finding:
    """Return what a run that diverged is remembered by."""
    numbers = {"epoch": error.epoch, "step": error.step, "learning_rate": error.learning_rate}
    return Finding("diverged", str(error), numbers)


def gradients_checked(run: Run, training: Examples) -> list[Finding]:
    """Check gradients and steps on a twin of the network, which has nothing random about it."""
    plain = replace(run, dropout=0.0, weight_decay=0.0)
    shape, classes = training.image_shape, training.labels.shape[1]
    twin = model.build(plain, shape, classes, np.random.default_rng(run.seed), np.float64)
    return check_gradients(twin, model.loss_of(run), optimiser_of(plain, twin), training)


def train(
    run: Run,
    training: Examples,
    validation: Examples,
    share: Share = one_by_one,
    parts: dict[str, Stateful] | None = None,
    pause: Callable[[], object] = lambda: None,
    dataset: model.Dataset | None = None,
) -> tuple[Network, Iterator[Epoch]]:
    """Set up a run.

    Parameters
    ----------
    run : Run
        The settings, with the random seed. It is spawned into independent streams, so that what
        one part draws changes nothing for the others.
    training, validation : Examples
        Images (n, pixels) and one-hot labels (n, classes), float32.
    share : Share
        Does the pieces that the settings cut a step into.
    parts : dict of str to Stateful, optional
        Is given all that the rest of training depends on, by name. What is restored in them
        before the first epoch is asked for is where training begins.
    pause : function
        Called before every step, when the parts can be saved.
    dataset : Dataset, optional
        Its shape of an image and its background are needed where images are augmented.

    Returns
    -------
    network : Network
        With its first weights.
    epochs : iterator of Epoch
        Each one asked for trains the network further.
    """
    shape, classes = training.image_shape, training.labels.shape[1]
    streams = model.Streams.of(run)
    network = model.build(run, shape, classes, streams.weights)
    network.divide(run.pieces, share)
    augment = model.augmentation(run, dataset, streams.augmentation, share)
    if run.optimiser == "least-squares":
        return network, solve(
            network,
            model.loss_of(run),
            training,
            validation,
            weight_decay=run.weight_decay,
            passes=run.epochs,
            augment=augment,
        )
    optimiser = optimiser_of(run, network)
    optimiser.divide(share)
    kind = AVERAGES[run.average]
    average = kind(network.parameters.size) if kind else None
    progress, best = Progress(), Best(network if run.keep == "best" else None)
    if parts is not None:
        parts |= {"network": network, "optimiser": optimiser, "progress": progress, "best": best}
        parts |= {"average": average} if average else {}
    schedule = SCHEDULES[run.schedule]
    epochs = fit(
        network,
        model.loss_of(run),
        optimiser,
        warm_up(schedule, run.warm_up) if run.warm_up else schedule,
        training,
        validation,
        learning_rate=run.learning_rate,
        batch_size=run.batch_size,
        epochs=run.epochs,
        shuffle=run.shuffle,
        average=average,
        augment=augment,
        progress=progress,
        pause=pause,
        rng=streams.order,
    )
    if run.patience is not None:
        epochs = stop_early(epochs, run.patience, best)
    if run.keep == "best":
        epochs = keep_best(network, epochs, best)
    return network, epochs


def optimiser_of(run: Run, network: Network) -> Optimiser:
    """Return the optimiser that the settings name, for the parameters of `network`."""
    own = {"momentum": run.momentum} if run.optimiser in {"momentum", "nesterov"} else {}
    optimiser = OPTIMISERS[run.optimiser](
        network.parameters.size, network.n_weights, weight_decay=run.weight_decay, **own
    )
    return optimiser if run.clip_norm is None else Clipped(optimiser, run.clip_norm)
