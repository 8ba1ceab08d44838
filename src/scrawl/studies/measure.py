"""Command measure: the measurements for the open questions, written as JSON."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from scrawl.artifacts import store
from scrawl.artifacts.files import write_json
from scrawl.artifacts.prepared import examples
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run, parse_runs
from scrawl.studies import measurements

# From a rate that is too low for 20 epochs to the author's, which is too high.
RATES = (0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
# A thousand steps to each factor of ten, each point of the curve the median of fifty.
LOWEST_RATE, HIGHEST_RATE, SWEEP_STEPS, SWEEP_BIN = 1e-5, 1.0, 5000, 50
STEPS_BETWEEN_VALIDATIONS = 1000
# e⁻ᶻ leaves float32 at 88.7 and float64 at 709.8; weights N(0, 1) on raw pixels give more.
LARGEST_INPUT = 1000
SATURATION_IMAGES = 1000
TIMED_EPOCHS = 3


@dataclass(frozen=True)
class Material:
    """The examples and experiments of a measurement.

    Attributes
    ----------
    training, validation, test : Examples
        With pixels from 0 to 1.
    largest_pixel : float
        The value that became 1.
    runs : mapping of str to Run
        The experiments concerned, by name.
    seeds : sequence of int
    """

    training: Examples
    validation: Examples
    test: Examples
    largest_pixel: float
    runs: Mapping[str, Run]
    seeds: Sequence[int]

    def each(self) -> list[tuple[str, Run]]:
        """Return every experiment with every seed."""
        return [
            (name, replace(run, seed=seed))
            for (name, run), seed in product(self.runs.items(), self.seeds)
        ]


def main(argv: Sequence[str]) -> None:
    """Make one measurement and write it."""
    parser = argparse.ArgumentParser(prog="scrawl measure", description=__doc__)
    parser.add_argument("measurement", choices=MEASUREMENTS, help="what to measure")
    parser.add_argument("--settings", required=True, metavar="JSON", help="experiments by name")
    parser.add_argument(
        "--seeds", type=int, nargs="+", required=True, metavar="SEED", help="the random seeds"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE.json", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    runs = parse_runs(arguments.settings)
    with store.reading(arguments.data, "prepared") as file:
        if (found := store.settings_of(file)["normalisation"]) != "unit":
            raise ValueError(
                f"{arguments.data}: prepared with normalisation: {found}, expected unit; "
                "name the file of that name"
            )
        training, validation, test = (
            examples(file, split) for split in ("train", "validation", "test")
        )
        scale = float(file.attrs["scale"])
    material = Material(training, validation, test, scale, runs, arguments.seeds)
    with threadpool_limits(1, user_api="blas"):
        write_json(arguments.output, MEASUREMENTS[arguments.measurement](material))


def ceiling(material: Material) -> dict[str, Any]:
    """Solve for the best linear model by least squares."""
    return measurements.ceiling(material.training, material.test)


def rates(material: Material) -> dict[str, Any]:
    """Train each experiment with each of `RATES`."""
    return {
        name: [
            measurements.try_rate(
                replace(run, seed=seed), rate, material.training, material.validation
            )
            for rate, seed in product(RATES, material.seeds)
        ]
        for name, run in material.runs.items()
    }


def order(material: Material) -> dict[str, Any]:
    """Validate each experiment again and again within its first epoch."""
    traces: dict[str, Any] = {}
    for name, run in material.each():
        points = measurements.trace(
            run, material.training, material.validation, STEPS_BETWEEN_VALIDATIONS
        )
        traces.setdefault(name, []).append(points)
    return traces


def sigmoid(material: Material) -> dict[str, Any]:
    """Compare two ways to compute a sigmoid, and look at its units before training."""
    starts: dict[str, Any] = {}
    for name, run in material.each():
        images = material.training.images[:SATURATION_IMAGES]
        if run.normalisation == "none":
            images = images * np.float32(material.largest_pixel)
        found = measurements.saturation(
            images,
            run.initialiser,
            run.initial_scale,
            run.hidden[0],
            np.random.default_rng(run.seed),
        )
        starts.setdefault(name, []).append(found)
    return {"formulas": measurements.overflows(LARGEST_INPUT), "starts": starts}


def rate_range(material: Material) -> dict[str, Any]:
    """Sweep the learning rate of each experiment."""
    images = np.asarray(material.training.images)
    squared_length = float(np.einsum("ij,ij->", images, images, dtype=np.float64)) / len(images)
    sweeps: dict[str, Any] = {}
    for name, run in material.each():
        points = measurements.sweep_rates(
            run, material.training, LOWEST_RATE, HIGHEST_RATE, SWEEP_STEPS
        )
        binned = [
            np.median(points[i : i + SWEEP_BIN], axis=0).tolist()
            for i in range(0, len(points) - SWEEP_BIN + 1, SWEEP_BIN)
        ]
        sweeps.setdefault(name, []).append(binned)
    configured = {name: run.learning_rate for name, run in material.runs.items()}
    return {"mean_squared_length": squared_length, "sweeps": sweeps, "configured": configured}


def seconds(material: Material) -> dict[str, Any]:
    """Time an epoch of each experiment, side by side, in seconds of the processor."""
    taken = measurements.seconds_an_epoch(
        list(material.runs.values()), material.training, TIMED_EPOCHS, time.process_time
    )
    return dict(zip(material.runs, taken, strict=True))


MEASUREMENTS: dict[str, Callable[[Material], dict[str, Any]]] = {
    "ceiling": ceiling,
    "rates": rates,
    "order": order,
    "sigmoid": sigmoid,
    "range": rate_range,
    "seconds": seconds,
}
