"""A training run from its first to its last epoch: checked, observed, resumed, diagnosed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scrawl.artifacts import model
from scrawl.artifacts.own_code import NO_CODE, OwnCode
from scrawl.nn.diagnosis.diagnose import diagnose
from scrawl.nn.diagnosis.evidence import gather
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.diagnosis.gradient_check import check_gradients
from scrawl.nn.diagnosis.health import Health, Observer
from scrawl.nn.diagnosis.initial_state import Start
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch
from scrawl.nn.network import Network
from scrawl.nn.parallel import Executor, serial
from scrawl.nn.trainer import NonFiniteLoss
from scrawl.settings.experiment import Run
from scrawl.training.checkpoint import NEVER, Checkpoint
from scrawl.training.examples import TrainingData
from scrawl.training.history import reported
from scrawl.training.own_check import check_findings, check_own, not_finite_first
from scrawl.training.setup import AnyTrainer, Streams, optimiser_of, trainer_of


class Trained(NamedTuple):
    """The outcome of a training run.

    Attributes
    ----------
    network : Network
    history : list of (Epoch, Health)
    findings : list of Finding
        What is unhealthy, the cause first.
    """

    network: Network
    history: list[tuple[Epoch, Health]]
    findings: list[Finding]


def train(
    run: Run,
    data: TrainingData,
    executor: Executor = serial,
    checkpoint: Checkpoint = NEVER,
    *,
    record_divergence: bool = False,
    code: OwnCode = NO_CODE,
) -> Trained:
    """Train a network and observe its health.

    Parameters
    ----------
    run : Run
    data : TrainingData
    executor : Executor
        Computes the pieces that the settings cut a step into.
    checkpoint : Checkpoint
        Training resumes from it and is saved to it.
    record_divergence : bool
        Whether a loss that is not finite any more is recorded, as a finding and as an infinite loss
        at the end of the history, rather than an error.
    code : OwnCode
        Of the user's, that the settings name; it is checked first.

    Raises
    ------
    ValueError
        When the loss is not finite any more, with all that is known of the cause; when the user's
        code is at fault, with its file and line.
    """
    with code.placed():
        return _train(run, data, executor, checkpoint, code, record_divergence=record_divergence)


def _train(
    run: Run,
    data: TrainingData,
    executor: Executor,
    checkpoint: Checkpoint,
    code: OwnCode,
    *,
    record_divergence: bool,
) -> Trained:
    """Train a network as `train` says."""
    check_own(run, data.training, code)
    descends = run.epochs > 0 and run.optimiser != "least-squares"
    start, wrong = first_look(run, data.training, code) if descends else (None, [])
    trainer = trainer_of(run, data.training, data.dataset, executor, code.registries)
    observer = Observer(trainer.network, data.training.images)
    checkpoint.resume(trainer, observer=observer)
    epochs = trainer.fit(data.training, data.validation, checkpoint.pause)
    try:
        for epoch in reported(epochs, run.epochs, len(observer.history)):
            observer.observe(epoch)
    except NonFiniteLoss as error:
        found = findings(run, data, trainer, observer, start, wrong, diverged=True)
        if record_divergence:
            last = divergence(error, observer.increases + bool(observer.history))
            found.insert(1, diverged(error))
            return Trained(trainer.network, [*observer.history, last], found)
        part = not_finite_first(trainer.network, trainer.loss, data.training, code)
        words = [str(error), *filter(None, [part]), *(finding.words for finding in found[:1])]
        raise ValueError("; ".join(words)) from error
    found = findings(run, data, trainer, observer, start, wrong) if observer.history else []
    return Trained(trainer.network, observer.history, found)


def findings(
    run: Run,
    data: TrainingData,
    trainer: AnyTrainer,
    observer: Observer,
    start: Start | None,
    wrong: list[Finding],
    *,
    diverged: bool = False,
) -> list[Finding]:
    """Diagnose a run that has ended; `start` and `wrong` are what the first look came to."""
    evidence = gather(
        trainer.network,
        trainer.loss,
        data.training,
        data.validation,
        observer.history,
        run,
        start,
        data.dataset.class_names,
        diverged,
    )
    return diagnose(evidence, wrong)


def first_look(
    run: Run, training: Examples, code: OwnCode = NO_CODE
) -> tuple[Start, list[Finding]]:
    """Look at the first weights, gradients and steps.

    On a twin of the network, without dropout and decay, so that the run is the same as without.
    """
    plain = replace(run, dropout=0.0, weight_decay=0.0)
    shape, classes = training.image_shape, training.labels.shape[1]
    weights, registries = Streams.of(run).weights, code.registries
    twin = model.build(plain, shape, classes, weights, np.float64, registries=registries)
    loss = model.loss_of(run, registries)
    start = Start.of(twin, loss, training)
    wrong = check_gradients(twin, loss, optimiser_of(plain, twin, registries), training)
    check_findings(run, wrong, code)
    return start, wrong


def divergence(error: NonFiniteLoss, loss_increases: int) -> tuple[Epoch, Health]:
    """Return the last row of a history that diverged, with an infinite loss."""
    nan = math.nan
    epoch = Epoch(error.epoch, error.step, error.learning_rate, math.inf, nan, nan, nan)
    return epoch, Health(nan, nan, nan, nan, loss_increases)


def diverged(error: NonFiniteLoss) -> Finding:
    """Return the finding of a run that diverged."""
    numbers = {"epoch": error.epoch, "step": error.step, "learning_rate": error.learning_rate}
    return Finding("diverged", str(error), numbers)
