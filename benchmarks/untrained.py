"""Runs of networks that nobody trained: artifacts of any number of classes, for figures and pages.

Images are soft random patterns, one for each class, with noise; networks keep their first weights;
predictions are drawn at random, right with a given probability. So the files have the size and the
form of a finished suite's within seconds, and their numbers say nothing about networks.

    python -m benchmarks.untrained FOLDER --classes 62 --experiments 12

writes such a suite with its report and figures, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.__main__ import main as scrawl
from scrawl.artifacts import model, store
from scrawl.artifacts.files import write_table
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.diagnosis.findings import Finding
from scrawl.results import scoring
from scrawl.results.runs import HISTORY
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

PER_CLASS = {"train": 20, "validation": 2, "test": 10}  # images; Omniglot has 20 a class in all
LEAST = {"train": 2000, "validation": 200, "test": 1000}  # images, where there are few classes
EPOCHS = 8
HEALTH = ("commonest_answer", "dead_units", "saturated_units", "relative_update", "loss_increases")

# The networks of the default suite, by name.
NETWORKS: dict[str, dict[str, Any]] = {
    "linear": {"hidden": (), "learning_rate": 0.1},
    "sigmoid-30": {"hidden": (30,), "activation": "sigmoid", "output": "sigmoid",
                   "loss": "quadratic", "learning_rate": 3.0},
    "dense-128": {"hidden": (128,), "learning_rate": 0.4},
    "conv-8-16": {"filters": ((8,), (16,)), "hidden": (128,)},
}  # fmt: skip


@dataclass(frozen=True)
class Suite:
    """What is made up.

    Attributes
    ----------
    classes : int
    shape : tuple of int
        Of an image: (h, w).
    experiments : sequence of str
        Their names; their networks are those of `NETWORKS`, in turn.
    seeds : sequence of int
    name_length : int
        Class names are filled up to so many letters.
    images : mapping of str to int, optional
        How many images each split has; by default as many as the classes ask for.
    """

    classes: int
    shape: tuple[int, int] = (28, 28)
    experiments: Sequence[str] = tuple(NETWORKS)
    seeds: Sequence[int] = (1, 2, 3)
    name_length: int = 0
    images: dict[str, int] | None = None

    def class_names(self) -> list[str]:
        """Return the names: 0 to 9, letters, and numbers beyond; long ones in words."""
        letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        short = [letters[i] if i < len(letters) else f"c{i}" for i in range(self.classes)]
        filler = "handwritten character of a rather long class name, number "
        return [name.rjust(self.name_length, "_") if self.name_length < 8 else
                (filler * 3)[: self.name_length - len(name)] + name
                for name in short]  # fmt: skip

    def sizes(self) -> dict[str, int]:
        """Return how many images each split has."""
        wanted = {split: max(LEAST[split], PER_CLASS[split] * self.classes) for split in PER_CLASS}
        return self.images or wanted


def write(folder: Path, suite: Suite) -> list[Path]:
    """Write the artifacts of a suite into a folder; return the folder of each run."""
    rng = np.random.default_rng(0)
    data = folder / "prepared/unit.h5"
    data.parent.mkdir(parents=True)
    dataset = Dataset(tuple(suite.class_names()), suite.shape, "unit", 0.0, 255.0)
    patterns = soft_patterns(suite, rng)
    with store.writing(data, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        for split, n in suite.sizes().items():
            labels = np.arange(n) % suite.classes
            file[f"{split}/images"] = noisy(patterns, labels, rng)
            file[f"{split}/labels"] = one_hot_labels(labels, suite.classes)
            file[f"{split}/positions"] = np.arange(n)
        dataset.write(file)
    with store.reading(data, "prepared") as file:
        digest = store.sha256_of_content(file)
    kinds = islice(cycle(NETWORKS.values()), len(suite.experiments))
    return [
        write_run(folder / "runs" / name / str(seed), settings, place, dataset, digest, suite)
        for place, (name, settings) in enumerate(zip(suite.experiments, kinds, strict=True))
        for seed in suite.seeds
    ]


def soft_patterns(suite: Suite, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a pattern of soft strokes for each class, (classes, pixels), from 0 to 1."""
    coarse = rng.random((suite.classes, 5, 5)) ** 4
    coarse[:, [0, -1]] = coarse[:, :, [0, -1]] = 0
    rows, columns = (np.linspace(0, 4, length) for length in suite.shape)
    down, across = (np.maximum(1 - np.abs(at[:, None] - np.arange(5)), 0) for at in (rows, columns))
    fine = np.einsum("hi,nij,wj->nhw", down, coarse, across, optimize=True)
    return np.asarray(fine.reshape(suite.classes, -1), np.float32)


def noisy(
    patterns: NDArray[np.float32], labels: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return an image (n, pixels) for each label: its pattern, stronger or weaker, in 1/255."""
    images = patterns[labels]
    images *= rng.uniform(0.7, 1, (len(labels), 1)).astype(np.float32)
    images += 0.1 * rng.random(images.shape, np.float32) * (images > 0.02)
    return (np.round(255 * np.minimum(images, 1)) / 255).astype(np.float32)


def write_run(
    folder: Path,
    settings: dict[str, Any],
    place: int,
    dataset: Dataset,
    digest: str,
    suite: Suite,
) -> Path:
    """Write what training and evaluation leave behind; return the folder."""
    folder.mkdir(parents=True)
    seed = int(folder.name)
    rng = np.random.default_rng([place, seed])
    run = Run(**{**settings, "epochs": EPOCHS, "seed": seed})
    network = model.build(run, suite.shape, suite.classes, rng)
    accuracy = 1 - (0.3 - 0.02 * place) * rng.uniform(0.9, 1.1)
    words = "38 % of the units of layer 1-relu are zero for every training image: they are dead"
    findings = [Finding("dead units", words, {})] if place % 4 == 1 else []
    model.save(folder / "model.h5", network, run, dataset, digest, findings)
    write_history(folder / "history.csv", run.learning_rate, accuracy, rng)
    (folder / "environment.json").write_text(json.dumps({"numpy": np.__version__}))
    spent = {"seconds": 3.5 * (place + 1), "core_seconds": 3.0 * (place + 1)}
    (folder / "cost.json").write_text(json.dumps({**spent, "memory_mib": 150.0, "resumed": 0}))
    labels = np.arange(suite.sizes()["test"]) % suite.classes
    write_answers(folder, labels, accuracy, dataset, run, findings, digest, rng)
    return folder


def write_history(path: Path, rate: float, accuracy: float, rng: np.random.Generator) -> None:
    """Write curves that come nearer to an accuracy, epoch by epoch."""
    rows = []
    for epoch in range(1, EPOCHS + 1):
        error = (1 - accuracy) * (1 + 2 * np.exp(-epoch)) * rng.uniform(0.97, 1.03)
        figures = [3 * error, 1 - 0.9 * error, 3.3 * error, 1 - error]
        health = [0.2, 0.05 * epoch / EPOCHS, 0.0, 0.5 / epoch, 0]
        rows.append([epoch, 100 * epoch, rate * (1 - (epoch - 1) / EPOCHS), *figures, *health])
    write_table(path, [*HISTORY, *HEALTH], rows)


def write_answers(
    folder: Path,
    labels: NDArray[np.int64],
    accuracy: float,
    dataset: Dataset,
    run: Run,
    findings: Sequence[Finding],
    digest: str,
    rng: np.random.Generator,
) -> None:
    """Write predictions that are right with a probability, wrong mostly by a class or two."""
    n, classes = len(labels), len(dataset.class_names)
    off = np.minimum(rng.geometric(0.6, n), classes - 1)
    wrong = (labels + rng.choice([-1, 1], n) * off) % classes
    answers = np.where(rng.random(n) < accuracy, labels, wrong)
    confidence = rng.beta(8, 1.5, n).astype(np.float32) * 0.9 + 0.1
    rest = (1 - confidence) / max(classes - 1, 1)
    probabilities = np.repeat(rest[:, None], classes, axis=1).astype(np.float32)
    probabilities[np.arange(n), answers] = np.maximum(confidence, 1.01 * rest)
    made_from = {"prepared": digest, "model": "0" * 64}
    scores = scoring.scores(probabilities, labels, labels, dataset.class_names)
    scores |= {"findings": [found.as_dict() for found in findings], "made_from": made_from}
    paths = folder / "metrics.json", folder / "predictions.h5"
    scoring.write(*paths, scores, probabilities, labels, settings=run.as_dict())


def commands(folder: Path, runs: Sequence[Path]) -> dict[str, list[str]]:
    """Return the command of every figure and page of a suite, by name, without its output."""
    data, every = ["--data", str(folder / "prepared/unit.h5")], ["--runs", *map(str, runs)]
    last = runs[-1]  # of each figure of one experiment; with four of them, a convolutional network
    one = ["--runs", str(last)]
    group = ["--runs", *(str(run) for run in runs if run.parent == last.parent)]
    figures = {
        "samples": data,
        "classes": data,
        "curves": every,
        "accuracy": every,
        "confusion": group,
        "mistakes": [*data, *one],
        "weights": one,
    }
    with store.reading(last / "model.h5", "model") as file:
        filters = store.settings_of(file)["filters"]
    if filters:
        figures["features"] = [*data, *one]
    words = ["--title", "letters", "--name", "quick", "--command", "snakemake --cores all"]
    return {
        **{f"plot {name}": ["plot", name, *given] for name, given in figures.items()},
        "report": ["report", *words, *data, *every],
        "draw": ["draw", *data, *every],
    }


def outputs(folder: Path, command: str) -> list[str]:
    """Return the words that name the files of a command of `commands`."""
    place = folder / command.replace(" ", "-")
    suffixes = (".png", ".svg") if command.startswith("plot") else (".html",)
    return ["--output", *(f"{place}{suffix}" for suffix in suffixes)]


def main(argv: Sequence[str]) -> None:
    """Write a suite, its figures and its pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--side", type=int, default=28, help="of the images, in pixels")
    parser.add_argument("--experiments", type=int, default=4)
    parser.add_argument("--letters", type=int, default=0, help="of the names, for long ones")
    parser.add_argument("--images", type=int, help="of training and test each")
    told = parser.parse_args(argv)
    usual = [*NETWORKS, *(f"{name}-{i}" for i in range(2, 99) for name in NETWORKS)]
    names = [name.ljust(told.letters, "x") for name in usual[: told.experiments]]
    images = told.images and {"train": told.images, "validation": 20, "test": told.images}
    size = told.side, told.side
    suite = Suite(told.classes, size, names, name_length=told.letters, images=images)
    runs = write(told.folder, suite)
    for name, words in commands(told.folder, runs).items():
        if scrawl([*words, *outputs(told.folder, name)]):
            sys.exit(f"{name} failed")


if __name__ == "__main__":
    main(sys.argv[1:])
