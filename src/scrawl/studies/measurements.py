"""What the open questions need beyond trained networks: arrays in, plain numbers out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import model
from scrawl.nn.averaging import AVERAGES
from scrawl.nn.examples import Examples, Table, batches
from scrawl.nn.fitting import Epoch, NonFiniteLoss, fit, learn, score
from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers.activations import Sigmoid
from scrawl.nn.network import Network
from scrawl.nn.optimisers import OPTIMISERS, Optimiser
from scrawl.nn.schedules import SCHEDULES
from scrawl.settings.experiment import Run
from scrawl.studies.range_test import range_test

Floats = NDArray[np.floating[Any]]

# A sigmoid's derivative a(1 − a) is at most 1/4; under a twenty-fifth of that, a unit learns so
# slowly that it may be called saturated (its output is then below 0.0101 or above 0.9899).
SATURATED = 0.01


def least_squares(
    images: Floats | Table, labels: NDArray[Any], block: int = 10_000
) -> NDArray[np.float64]:
    """Return the weights of the linear model with the least squared error: min ‖X·W − Y‖².

    From the normal equations XᵀX·W = XᵀY, summed in float64 over blocks of images. Pixels that are
    never lit make XᵀX singular: of all solutions it is the one of least norm. Legendre, "Nouvelles
    méthodes pour la détermination des orbites des comètes", 1805.

    Parameters
    ----------
    images : (n, pixels) float
        X. A column of ones among them is a bias.
    labels : (n, classes) float
        Y, one-hot.
    block : int
        Images a block, for the memory's sake.

    Returns
    -------
    (pixels, classes) float64

    Examples
    --------
    The line through (0, 1), (1, 3), (2, 5), its bias first:

    >>> x, y = np.array([[1.0, 0], [1, 1], [1, 2]]), np.array([[1.0], [3], [5]])
    >>> least_squares(x, y).round(6).ravel()
    array([1., 2.])
    """
    pixels, classes = images.shape[1], labels.shape[1]
    gram, moments = np.zeros((pixels, pixels)), np.zeros((pixels, classes))
    for start in range(0, len(images), block):
        some = np.asarray(images[start : start + block], np.float64)
        gram += some.T @ some
        moments += some.T @ labels[start : start + block]
    return np.asarray(np.linalg.lstsq(gram, moments, rcond=None)[0], np.float64)


def ceiling(training: Examples, test: Examples) -> dict[str, float]:
    """Return the accuracy of the least-squares weights, on the examples they fit and on others."""
    weights = least_squares(training.images, training.labels)
    return {
        name: share_right(np.asarray(examples.images) @ weights, examples.labels)
        for name, examples in {"training": training, "test": test}.items()
    }


def share_right(outputs: Floats, labels: NDArray[Any]) -> float:
    """Return the share of rows whose largest output is the label's."""
    return float(np.mean(outputs.argmax(axis=1) == labels.argmax(axis=1)))


def parts(run: Run, training: Examples) -> tuple[Network, Optimiser, np.random.Generator]:
    """Return a fresh network, its optimiser, and the randomness that orders the examples."""
    for_weights, for_order = np.random.default_rng(run.seed).spawn(2)
    classes = training.labels.shape[1]
    network = model.build(run, training.image_shape, classes, for_weights)
    optimiser = OPTIMISERS[run.optimiser](network.parameters.size, network.n_weights)
    return network, optimiser, for_order


def epochs(run: Run, training: Examples, validation: Examples) -> Iterator[Epoch]:
    """Train a fresh network with plain settings: no average, nothing clipped, no early end."""
    network, optimiser, for_order = parts(run, training)
    return fit(
        network,
        model.loss_of(run),
        optimiser,
        SCHEDULES[run.schedule],
        training,
        validation,
        learning_rate=run.learning_rate,
        batch_size=run.batch_size,
        epochs=run.epochs,
        shuffle=run.shuffle,
        rng=for_order,
    )


def try_rate(
    run: Run, rate: float, training: Examples, validation: Examples
) -> dict[str, float | int | bool | None]:
    """Train with another learning rate and tell what became of it; divergence is an answer too.

    Returns
    -------
    dict
        `learning_rate`, `seed`, `diverged`, `increases` (epochs whose cost was above that of the
        epoch before), and the last `cost` and `validation_accuracy`, None where it diverged.
    """
    history: list[Epoch] = []
    diverged = False
    try:
        history.extend(epochs(replace(run, learning_rate=rate), training, validation))
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
    """Return how often a cost is above the one before.

    >>> count_increases([0.5, 0.4, 0.45, 0.45, 0.3, 0.6])
    2
    """
    return sum(after > before for before, after in pairwise(costs))


def trace(
    run: Run, training: Examples, validation: Examples, every: int
) -> list[tuple[int, float]]:
    """Train for one epoch and validate again and again on the way.

    Parameters
    ----------
    run : Run
        `average` and `shuffle` count; `epochs` doesn't.
    training, validation : Examples
    every : int
        Steps between two validations.

    Returns
    -------
    list of (int, float)
        Images seen, from 0 on, and the validation accuracy then: of the averaged weights, where
        there is an average.
    """
    network, optimiser, for_order = parts(run, training)
    loss, schedule, kind = model.loss_of(run), SCHEDULES[run.schedule], AVERAGES[run.average]
    average = kind(network.parameters.size) if kind else None
    network.reserve(512)
    order = for_order.permutation(len(training)) if run.shuffle else None
    steps = -(-len(training) // run.batch_size)
    seen, points = 0, [(0, score(network, loss, validation)[1])]
    for step, (images, labels) in enumerate(batches(training, run.batch_size, order), start=1):
        rate = run.learning_rate * schedule(step - 1, steps)
        learn(network, loss, optimiser, images, labels, rate)
        seen += len(images)
        if average:
            average.update(network.parameters, step / steps)
        if step % every == 0 or step == steps:
            if average:
                average.exchange(network.parameters)
            points.append((seen, score(network, loss, validation)[1]))
            if average:
                average.exchange(network.parameters)
    return points


def sweep_rates(
    run: Run, training: Examples, low: float, high: float, steps: int
) -> list[tuple[float, float]]:
    """Return rate and loss of each step of a range test with a fresh network."""
    network, optimiser, for_order = parts(run, training)
    network.reserve(run.batch_size)
    tested = range_test(
        network,
        model.loss_of(run),
        optimiser,
        training,
        low=low,
        high=high,
        steps=steps,
        batch_size=run.batch_size,
        rng=for_order,
    )
    return list(tested)


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
            list(epochs(replace(run, epochs=1), training, nothing))
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
    """Return for how many of the values (n,) a function, called for each alone, warns.

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
    """Tell what a first layer of sigmoids makes of images before any training.

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
