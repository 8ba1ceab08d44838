"""Snapshots of a training run: the network before its first step, and after some of them.

The run is trained again from its settings, by the same steps to the same bits, until the last
snapshot. So training itself knows nothing of this, and a run that is killed begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.snapshots import Snapshot
from scrawl.nn.fitting import score
from scrawl.nn.parallel import Executor, serial
from scrawl.nn.trainer import Trainer
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.setup import trainer_of

# Of all steps. Most is learnt in the first hundredths; behind the last quarter is the trained
# network itself, which needs no other file. A quarter of a training is what a file costs.
SHARES = (0, 1 / 64, 1 / 16, 1 / 4)

# Networks above this keep no snapshots, so that a file has at most 0.8 MB. A network 784-30-10 has
# 23,860, the default convolutional network 37,434.
MOST_PARAMETERS = 50_000

Tables = Mapping[str, NDArray[np.float32]]


def snapshots_of(run: Run, data: TrainingData, executor: Executor = serial) -> list[Snapshot]:
    """Train a network up to a quarter of its steps; return it as it was on the way.

    Returns
    -------
    list of Snapshot
        None of a network that is too large, is not trained in steps, or needs the user's own code.
    """
    if run.code:
        return []
    trainer = trainer_of(run, data.training, data.dataset, executor)
    size = trainer.network.parameters.size
    if not isinstance(trainer, Trainer) or size > MOST_PARAMETERS:
        return []
    kept = watched(trainer, data, due(run, len(data.training)))
    network, snapshots = trainer.network, []
    for steps, tables in kept.items():
        for name, values in network.tables().items():
            values[...] = tables[name]
        _, accuracy = score(network, trainer.loss, data.validation)
        snapshots.append(Snapshot(steps, accuracy, tables))
    return snapshots


def due(run: Run, examples: int) -> list[int]:
    """Return after how many steps a snapshot is kept, in order.

    >>> due(Run(epochs=10, batch_size=100), 2000)
    [0, 3, 12, 50]
    """
    batch = min(run.batch_size or examples, examples)
    steps = run.epochs * -(-examples // batch)
    return sorted({int(share * steps) for share in SHARES})


def watched(trainer: Trainer, data: TrainingData, due: list[int]) -> dict[int, Tables]:
    """Train until the last of some steps; return the network's tables after each of these."""
    kept: dict[int, Tables] = {}

    def look() -> None:
        if trainer.progress.steps in due:
            kept[trainer.progress.steps] = copied(trainer)

    for _ in trainer.fit(data.training, data.validation, look):
        if len(kept) == len(due):
            break
    return kept


def copied(trainer: Trainer) -> Tables:
    """Return copies of a network's tables: of the average, where one is made."""
    average = trainer.average if trainer.progress.steps else None
    parameters = trainer.network.parameters
    if average:
        average.exchange(parameters)
    tables = {name: values.copy() for name, values in trainer.network.tables().items()}
    if average:
        average.exchange(parameters)
    return tables
