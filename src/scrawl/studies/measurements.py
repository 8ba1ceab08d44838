"""Measurements for the open questions beyond trained networks: arrays in, plain numbers out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.nn.architectures import dense_network
from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import Epoch, score
from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers.activations import Sigmoid
from scrawl.nn.least_squares import LeastSquares
from scrawl.nn.losses import Quadratic
from scrawl.nn.schedules import learning_rate_range
from scrawl.nn.trainer import NonFiniteLoss, Trainer
from scrawl.settings.experiment import Run
from scrawl.studies.range_test import range_test
from scrawl.training.setup import Streams, trainer_of

Floats = NDArray[np.floating[Any]]

# A sigmoid's derivative a(1 − a) is at most 1/4. Below a twenty-fifth of that, a unit learns so
# slowly that it counts as saturated: its output is below 0.0101 or above 0.9899.
SATURATED = 0.01

# Weight decay of the linear model, so that pixels that are never lit do not make its equations
# singular: on MNIST without any it gets as many training images right, and one test image more.
RIDGE = 1e-9


def ceiling(training: Examples, test: Examples) -> dict[str, float]:
    """Return the accuracies of the linear model with the least squared error.

    Legendre, "Nouvelles méthodes pour la détermination des orbites des comètes", 1805.

    Returns
    -------
    dict
        `training`, of the examples that it fits, and `test`, of others.
    """
    pixels, classes = training.images.shape[1], training.labels.shape[1]
    linear = dense_network(pixels, [], classes, bias=False, rng=np.random.default_rng(0))
    (epoch,) = LeastSquares(linear, Quadratic(), RIDGE).fit(training, test)
    return {"training": epoch.train_accuracy, "test": epoch.validation_accuracy}


def descent_of(run: Run, training: Examples) -> Trainer:
    """Set up the gradient descent that the settings describe."""
    trainer = trainer_of(run, training)
    if isinstance(trainer, LeastSquares):
        raise ValueError(f"optimiser: found {run.optimiser}, expected one that descends")
    return trainer


def try_rate(
    run: Run, rate: float, training: Examples, validation: Examples
) -> dict[str, float | int | bool | None]:
    """Train with another learning rate; divergence is an outcome, not an error.

    Returns
    -------
    dict
        `learning_rate`, `seed`, `diverged`, `increases` (epochs whose cost was above that of the
        epoch before), and the last `cost` and `validation_accuracy`, None where it diverged.
    """
    history: list[Epoch] = []
    diverged = False
    try:
        trainer = descent_of(replace(run, learning_rate=rate), training)
        history.extend(trainer.fit(training, validation))
    except NonFiniteLoss:
        diverged = True
    return {
        "learning_rate": rate,
        "seed": run.seed,
        "diverged": diverged,
        "increases": count_increases([epoch.loss for epoch in history]),
        "cost": None if diverged else history[-1].loss,
        "validation_accuracy": None if diverged else history[-1].validation_accuracy,
    }


def count_increases(costs: Sequence[float]) -> int:
    """Return the number of costs that are above the one before.

    >>> count_increases([0.5, 0.4, 0.45, 0.45, 0.3, 0.6])
    2
    """
    return sum(after > before for before, after in pairwise(costs))


def trace(
    run: Run, training: Examples, validation: Examples, every: int
) -> list[tuple[int, float]]:
    """Train for one epoch, and validate at regular steps.

    Parameters
    ----------
    run : Run
        All but `epochs` counts.
    training, validation : Examples
    every : int
        Steps between two validations.

    Returns
    -------
    list of (int, float)
        Images seen, from 0 on, and the validation accuracy then: of the averaged weights, if there
        is an average.
    """
    trainer = descent_of(run, training)
    network, average = trainer.network, trainer.average
    network.reserve(512)
    order = Streams.of(run).order.permutation(len(training)) if run.shuffle else None
    steps = -(-len(training) // run.batch_size)
    seen, points = 0, [(0, score(network, trainer.loss, validation)[1])]
    for step, (images, labels) in enumerate(batches(training, run.batch_size, order), start=1):
        trainer.step(images, labels, steps)
        seen += len(images)
        if step % every == 0 or step == steps:
            if average:
                average.exchange(network.parameters)
            points.append((seen, score(network, trainer.loss, validation)[1]))
            if average:
                average.exchange(network.parameters)
    return points


def sweep_rates(
    run: Run, training: Examples, low: float, high: float, steps: int
) -> list[tuple[float, float]]:
    """Return rate and loss of each step of a range test with a fresh network."""
    trainer = descent_of(run, training)
    trainer.network.reserve(run.batch_size)
    rates = learning_rate_range(low, high)
    return list(range_test(trainer, training, rates, steps, Streams.of(run).order))


def seconds_an_epoch(
    runs: Sequence[Run], training: Examples, repeats: int, clock: Callable[[], float]
) -> list[float]:
    """Time one epoch of each run side by side: in turn, `repeats` times, and take the median.

    Parameters
    ----------
    runs : sequence of Run
    training : Examples
    repeats : int
    clock : function
        Such as `time.process_time`: processor seconds do not count what others do meanwhile.

    Returns
    -------
    list of float
        Seconds, in the order of the runs.
    """
    nothing = training.first(0)
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, seconds in zip(runs, taken, strict=True):
            begin = clock()
            list(descent_of(replace(run, epochs=1), training).fit(training, nothing))
            seconds.append(clock() - begin)
    return [median(seconds) for seconds in taken]


def naive_sigmoid(z: Floats) -> Floats:
    """Return 1/(1 + e⁻ᶻ) as it is usually written: e⁻ᶻ overflows for large negative z."""
    return np.asarray(1 / (1 + np.exp(-z)))


def safe_sigmoid(z: Floats) -> Floats:
    """Return the network's own sigmoid."""
    layer = Sigmoid()
    return np.asarray(layer.apply(z, np.empty_like(z)))


def count_warnings(function: Callable[[Floats], Floats], values: Floats) -> int:
    """Return the number of values (n,) for which a function warns, called for each alone.

    >>> count_warnings(naive_sigmoid, np.float32([-1000, -80, 0, 1000]))
    1
    """
    total = 0
    for i in range(len(values)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function(values[i : i + 1])
        total += bool(caught)
    return total


def overflows(reach: int) -> dict[str, float]:
    """Compare the two sigmoids at every whole number from −reach to reach.

    Returns
    -------
    dict
        `values`; for each of float32 and float64 how many made the naive and the safe one warn;
        `largest_difference` between them in float32 where neither warns.
    """
    found: dict[str, float] = {"reach": reach, "values": 2 * reach + 1}
    for dtype in (np.float32, np.float64):
        z: Floats = np.arange(-reach, reach + 1).astype(dtype)
        name = z.dtype.name
        found[f"naive_{name}"] = count_warnings(naive_sigmoid, z)
        found[f"safe_{name}"] = count_warnings(safe_sigmoid, z)
    calm = np.linspace(-80, 80, 160_001, dtype=np.float32)
    difference = np.abs(safe_sigmoid(calm) - naive_sigmoid(calm.astype(np.float64)))
    return found | {"largest_difference": float(difference.max())}


def saturation(
    images: Floats, initialiser: str, scale: float, units: int, rng: np.random.Generator
) -> dict[str, float]:
    """Measure the saturation of a first layer of sigmoids before any training.

    Returns
    -------
    dict
        `saturated`, the share of units with a derivative below `SATURATED`, and `overflowing`, the
        share whose e⁻ᶻ is beyond the largest float32; both over all images.
    """
    weights = INITIALISERS[initialiser](rng, images.shape[1], units, scale)
    z = np.asarray(images @ weights, np.float32)
    a = safe_sigmoid(z)
    largest = float(np.log(np.finfo(np.float32).max))
    return {
        "saturated": float(np.mean(a * (1 - a) < SATURATED)),
        "overflowing": float(np.mean(-z > largest)),
    }
