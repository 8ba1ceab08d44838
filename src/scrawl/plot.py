"""Stage plot: draw one figure from the artifacts of the other stages, as PNG, SVG or both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl import artifacts, figures
from scrawl.figure_style import check_format, save
from scrawl.metrics import confident_mistakes, confusion_matrix
from scrawl.runs import Answers, RunFolder, by_experiment, read_history, read_metrics

FIRST_IMAGES = 10
MOST_MISTAKES = 24


def main(argv: Sequence[str]) -> None:
    """Draw a figure and write it in each format asked for."""
    arguments = vars(parser().parse_args(argv))
    draw, outputs = arguments.pop("draw"), arguments.pop("output")
    for output in outputs:
        check_format(output)
    figure = draw(**arguments)
    for output in outputs:
        save(figure, output)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: a sub-command for each figure."""
    whole = argparse.ArgumentParser(prog="scrawl plot", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="FIGURE")
    for draw in (samples, classes, curves, accuracy, confusion, mistakes):
        words = (draw.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(draw.__name__, help=words, description=words)
        command.set_defaults(draw=draw)
        names = draw.__annotations__
        if "data" in names:
            command.add_argument("--data", type=Path, required=True, metavar="prepared.h5")
        if "runs" in names:
            command.add_argument("--runs", type=Path, required=True, nargs="+", metavar="DIR")
        command.add_argument(
            "--output", type=Path, required=True, nargs="+", metavar="FILE", help="*.png or *.svg"
        )
    return whole


def samples(data: Path) -> Figure:
    """Draw the first ten training images, with their labels."""
    with artifacts.reading(data, "prepared") as file:
        splits = [file["train"], file["validation"]]
        positions, images, labels = (
            np.concatenate([split[name][:FIRST_IMAGES] for split in splits])
            for name in ("positions", "images", "labels")
        )
        # Some of the first images may have been kept back for validation: here they join again.
        first = np.argsort(positions)[:FIRST_IMAGES]
        check_not_empty(data, first)
        return figures.samples(
            shaped(file, images[first]),
            labels[first].argmax(axis=1),
            artifacts.read_texts(file["class_names"]),
        )


def classes(data: Path) -> Figure:
    """Draw the first ten training images of every class."""
    with artifacts.reading(data, "prepared") as file:
        # Mapped, so that only those images are read that are drawn.
        images, labels = (artifacts.mapped(file[f"train/{name}"]) for name in ("images", "labels"))
        check_not_empty(data, images)
        return figures.classes(
            shaped(file, images),
            labels.argmax(axis=1),
            artifacts.read_texts(file["class_names"]),
        )


def curves(runs: Sequence[Path]) -> Figure:
    """Draw loss and validation accuracy by epoch."""
    groups = by_experiment(map(RunFolder.of, runs))
    return figures.curves(
        {
            experiment: [read_history(run.path / "history.csv") for run in group]
            for experiment, group in groups.items()
        }
    )


def accuracy(runs: Sequence[Path]) -> Figure:
    """Draw the test accuracy of every experiment."""
    folders = [RunFolder.of(run) for run in runs]
    every = [read_metrics(run.path / "metrics.json") for run in folders]
    check_same(runs, "test images", [one["n"] for one in every])
    check_same(runs, "classes", [one["class_names"] for one in every])
    scores: dict[str, list[float]] = {}
    for run, metrics in zip(folders, every, strict=True):
        scores.setdefault(run.experiment, []).append(metrics["accuracy"])
    baseline = every[0]["commonest_class"]
    return figures.accuracies(scores, every[0]["n"], (baseline["class"], baseline["accuracy"]))


def confusion(runs: Sequence[Path]) -> Figure:
    """Draw which class is taken for which, all seeds of an experiment together."""
    groups = by_experiment(map(RunFolder.of, runs))
    if len(groups) > 1:
        raise ValueError(f"--runs: found {', '.join(groups)}; name runs of one experiment only")
    answers = [Answers.read(run / "predictions.h5") for run in runs]
    check_same(runs, "classes", [one.class_names for one in answers])
    names = answers[0].class_names
    counts = np.sum(
        [confusion_matrix(one.labels, one.predicted, len(names)) for one in answers], axis=0
    )
    right, n = np.trace(counts), counts.sum()
    seeds = f", {len(runs)} seeds together" * (len(runs) > 1)
    title = f"{next(iter(groups))}: {right:,} of {n:,} right{seeds}"
    return figures.confusion(counts, names, title)


def mistakes(data: Path, runs: Sequence[Path]) -> Figure:
    """Draw the most confident mistakes of one run."""
    if len(runs) != 1:
        raise ValueError(f"--runs: found {len(runs)} folders; name one run only")
    run = RunFolder.of(runs[0])
    answers = Answers.read(run.path / "predictions.h5")
    worst = confident_mistakes(answers.labels, answers.predicted, answers.confidences)
    shown = worst[:MOST_MISTAKES]
    with artifacts.reading(data, "prepared") as file:
        labels = artifacts.mapped(file["test/labels"]).argmax(axis=1)
        if not np.array_equal(labels, answers.labels):
            raise ValueError(
                f"{run.path / 'predictions.h5'}: its labels are not those of the test images in "
                f"{data}; name the file that the run was evaluated on"
            )
        images = shaped(file, artifacts.mapped(file["test/images"]))[shown]
    selection = f"the {MOST_MISTAKES} most confident of " * (len(worst) > MOST_MISTAKES)
    return figures.mistakes(
        images,
        answers.labels[shown],
        answers.predicted[shown],
        answers.confidences[shown],
        answers.class_names,
        f"{run.experiment}, seed {run.seed}: {selection}{len(worst):,} mistakes "
        f"in {len(labels):,} test images",
    )


def shaped(file: Any, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give flat images (n, pixels) the shape that the prepared file remembers."""
    return images.reshape(len(images), *file.attrs["image_shape"])


def check_not_empty(data: Path, images: NDArray[Any]) -> None:
    """Refuse a file without anything to show."""
    if not len(images):
        raise ValueError(f"{data}: found no training images to draw")


def check_same(runs: Sequence[Path], what: str, values: Sequence[object]) -> None:
    """Refuse runs that differ in what they must have in common."""
    for run, value in zip(runs, values, strict=True):
        if value != values[0]:
            raise ValueError(
                f"{run}: {what}: found {value}, but {values[0]} in {runs[0]}; "
                "name runs on one dataset only"
            )
