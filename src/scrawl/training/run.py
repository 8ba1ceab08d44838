"""A training run: set up from its settings, and watched while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.averaging import AVERAGES
from scrawl.nn.diagnosis.findings import Finding, findings
from scrawl.nn.diagnosis.gradient_check import check_gradients
from scrawl.nn.diagnosis.health import Health, Observer
from scrawl.nn.early_stopping import Best, keep_best, stop_early
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch, NonFiniteLoss, fit
from scrawl.nn.least_squares import solve
from scrawl.nn.network import Network
from scrawl.nn.parallel import Share, one_by_one
from scrawl.nn.schedules import SCHEDULES, warm_up
from scrawl.nn.state import Progress, Stateful
from scrawl.settings.experiment import Run
from scrawl.training.checkpoint import NEVER, Checkpoint
from scrawl.training.history import reported
from scrawl.training.setup import Streams, augmentation, optimiser_of


def observed(
    run: Run,
    training: Examples,
    validation: Examples,
    dataset: Dataset,
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
    dataset: Dataset | None = None,
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
    streams = Streams.of(run)
    network = model.build(run, shape, classes, streams.weights)
    network.divide(run.pieces, share)
    augment = augmentation(run, dataset, streams.augmentation, share)
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
