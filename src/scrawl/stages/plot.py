"""Stage plot: draw one figure from the artifacts of the other stages, as PNG, SVG or both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset, classes_of, images_of
from scrawl.figures import augmentation as augmentation_figure
from scrawl.figures import confusion as confusion_figure
from scrawl.figures import groups as groups_figure
from scrawl.figures import network as network_figures
from scrawl.figures import plots
from scrawl.figures.formatting import count
from scrawl.figures.style import check_format, save
from scrawl.nn.network import is_weights
from scrawl.results.group_table import GroupTable
from scrawl.results.metrics import confident_mistakes, confusion_matrix
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, by_experiment, read_history, read_metrics
from scrawl.settings.experiment import Run
from scrawl.training.setup import Streams, augmentation

FIRST_IMAGES = 10
MOST_MISTAKES = 24
MOST_IMAGES = 40  # rows of the figure of feature maps
AUGMENTED_IMAGES, VARIANTS = 6, 9


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
    figures_by_name = (
        samples,
        classes,
        augmented,
        curves,
        accuracy,
        confusion,
        mistakes,
        weights,
        features,
        groups,
    )
    for draw in figures_by_name:
        words = (draw.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(draw.__name__, help=words, description=words)
        command.set_defaults(draw=draw)
        names = draw.__annotations__
        if "settings" in names:
            command.add_argument(
                "--settings", required=True, metavar="JSON", help="the network's settings"
            )
        if "data" in names:
            command.add_argument(
                "--data",
                type=Path,
                required=True,
                metavar="prepared.h5",
                help="the prepared images",
            )
        if "runs" in names:
            command.add_argument(
                "--runs",
                type=Path,
                required=True,
                nargs="+",
                metavar="DIR",
                help="the folder of each run",
            )
        command.add_argument(
            "--output", type=Path, required=True, nargs="+", metavar="FILE", help="*.png or *.svg"
        )
    return whole


def samples(data: Path) -> Figure:
    """Draw the first ten training images, with their labels."""
    with store.reading(data, "prepared") as file:
        dataset = Dataset.of(file)
        splits = ("train", "validation")
        positions, labels = (
            np.concatenate([file[f"{split}/{name}"][:FIRST_IMAGES] for split in splits])
            for name in ("positions", "labels")
        )
        images = np.concatenate([images_of(file, split)[:FIRST_IMAGES] for split in splits])
        # Some of the first images may have been kept back for validation: here they join again.
        first = np.argsort(positions)[:FIRST_IMAGES]
        check_not_empty(data, first)
        return plots.samples(
            shaped(file, images[first]),
            labels[first].argmax(axis=1),
            dataset.class_names,
            dataset.on_paper,
        )


def classes(data: Path) -> Figure:
    """Draw the first ten training images of every class."""
    with store.reading(data, "prepared") as file:
        dataset = Dataset.of(file)
        labels = classes_of(file, "train")
        check_not_empty(data, labels)
        first = plots.first_ten_of_each(labels, len(dataset.class_names))  # only these are read
        images = shaped(file, images_of(file, "train")[first])
        return plots.classes(images, labels[first], dataset.class_names, dataset.on_paper)


def augmented(data: Path, settings: str) -> Figure:
    """Draw the first training images, and augmented variants of each."""
    run = Run.parse(settings)
    with store.reading(data, "prepared") as file:
        dataset = Dataset.of(file)
        check_not_empty(data, file["train/images"])
        images = images_of(file, "train")[:AUGMENTED_IMAGES]
        labels = file["train/labels"][:AUGMENTED_IMAGES]
    augment = augmentation(run, dataset, Streams.of(run).augmentation)
    if augment is None:
        raise ValueError("--settings: found no augmentation; expected shift_pixels or the like")
    variants = [images, *(augment(images, step).copy() for step in range(VARIANTS))]
    amounts = ", ".join(f"{name} {getattr(run, name):g}" for name in run.distortions)
    names = [dataset.class_names[label] for label in labels.argmax(axis=1)]
    return augmentation_figure.augmented(
        np.stack(variants, axis=1).reshape(len(images), -1, *dataset.image_shape),
        names,
        amounts,
        dataset.on_paper,
    )


def curves(runs: Sequence[Path]) -> Figure:
    """Draw learning curves: training loss and validation accuracy by epoch."""
    groups = by_experiment(map(RunFolder.of, runs))
    return plots.curves(
        {
            experiment: [read_history(run.path / "history.csv") for run in group]
            for experiment, group in groups.items()
        }
    )


def accuracy(runs: Sequence[Path]) -> Figure:
    """Draw the test accuracy of every experiment."""
    folders = [RunFolder.of(run) for run in runs]
    every = [read_metrics(run.path / "metrics.json") for run in folders]
    check_same(runs, "test images", [metrics["n"] for metrics in every])
    check_same(runs, "classes", [metrics["class_names"] for metrics in every])
    scores: dict[str, list[float]] = {}
    # Networks first, as in the figure of learning curves: each has the same colour in both.
    order = sorted(range(len(runs)), key=lambda place: "of" in every[place].get("settings", {}))
    for run, metrics in ((folders[place], every[place]) for place in order):
        scores.setdefault(run.experiment, []).append(metrics["accuracy"])
    baseline = every[0]["commonest_class"]
    return plots.accuracies(scores, every[0]["n"], (baseline["class"], baseline["accuracy"]))


def confusion(runs: Sequence[Path]) -> Figure:
    """Draw the confusion matrix of an experiment, the mean of its seeds."""
    groups = by_experiment(map(RunFolder.of, runs))
    if len(groups) > 1:
        raise ValueError(f"--runs: found {', '.join(groups)}; name runs of one experiment only")
    answers = [Answers.read(run / "predictions.h5") for run in runs]
    check_same(runs, "classes", [answer.class_names for answer in answers])
    names = answers[0].class_names
    counts = np.mean(
        [confusion_matrix(run.labels, run.predicted, len(names)) for run in answers], axis=0
    )
    seeds = f", mean of {len(runs)} seeds" * (len(runs) > 1)
    right = f"{count(np.trace(counts))} of {count(counts.sum())}"
    title = f"{next(iter(groups))}: {right} right{seeds}"
    return confusion_figure.confusion(counts, names, title)


def mistakes(data: Path, runs: Sequence[Path]) -> Figure:
    """Draw the most confident mistakes of one run."""
    run = only(runs)
    answers = Answers.read(run.path / "predictions.h5")
    worst = confident_mistakes(answers.labels, answers.predicted, answers.confidences)
    shown = worst[:MOST_MISTAKES]
    with store.reading(data, "prepared") as file:
        labels = classes_of(file, "test")
        answers.check_labels(labels, data)
        dataset, images = Dataset.of(file), shaped(file, images_of(file, "test")[shown])
    selection = f"the {MOST_MISTAKES} most confident of " * (len(worst) > MOST_MISTAKES)
    return plots.mistakes(
        images,
        answers.labels[shown],
        answers.predicted[shown],
        answers.confidences[shown],
        answers.class_names,
        f"{run.experiment}, seed {run.seed}: {selection}{len(worst):,} mistakes "
        f"in {len(labels):,} test images",
        dataset.on_paper,
    )


def weights(runs: Sequence[Path]) -> Figure:
    """Draw the weights of the first layer of one run's network."""
    run = only(runs)
    trained = model.load(run.path / "model.h5")
    named = trained.network.named_parameters()
    name = next(name for name in named if is_weights(name))
    tables = network_figures.tables_of(named[name], trained.dataset.image_shape)
    layer = name.removesuffix("/weights")
    return network_figures.weights(tables, f"{run.experiment}, seed {run.seed}: weights of {layer}")


def features(data: Path, runs: Sequence[Path]) -> Figure:
    """Draw feature maps: the output of each filter for the first test image of every class."""
    run = only(runs)
    trained = model.load(run.path / "model.h5")
    with store.reading(data, "prepared") as file:
        labels = classes_of(file, "test")
        names = store.read_texts(file["class_names"])
        chosen = network_figures.first_of_each(labels, len(names))[:MOST_IMAGES]
        check_not_empty(data, chosen, "test")
        flat = images_of(file, "test")[chosen]
        images = shaped(file, flat)
    maps = network_figures.outputs_of_images(trained.network, flat)
    if not maps:
        raise ValueError(f"{run.path / 'model.h5'}: has no convolution; name a run with filters")
    title = f"{run.experiment}, seed {run.seed}: feature maps of test images"
    shown = [names[label] for label in labels[chosen]]
    return network_figures.features(images, maps, shown, title, trained.dataset.on_paper)


def groups(runs: Sequence[Path]) -> Figure:
    """Draw an experiment's accuracy on each group of images, such as each writer."""
    experiments = by_experiment(map(RunFolder.of, runs))
    if len(experiments) > 1:
        raise ValueError(
            f"--runs: found {', '.join(experiments)}; name runs of one experiment only"
        )
    table = GroupTable.of([Answers.read(run / "predictions.h5") for run in runs])
    return groups_figure.groups(table, next(iter(experiments)))


def only(runs: Sequence[Path]) -> RunFolder:
    """Return the only run; refuse several."""
    if len(runs) != 1:
        raise ValueError(f"--runs: found {len(runs)} folders; name one run only")
    return RunFolder.of(runs[0])


def shaped(file: Any, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give flat images (n, pixels) the shape that the prepared file states."""
    return images.reshape(len(images), *file.attrs["image_shape"])


def check_not_empty(data: Path, images: NDArray[Any], split: str = "training") -> None:
    """Refuse a file without anything to show."""
    if not len(images):
        raise ValueError(f"{data}: found no {split} images to draw")


def check_same(runs: Sequence[Path], what: str, values: Sequence[object]) -> None:
    """Refuse runs that differ in what they must have in common."""
    for run, value in zip(runs, values, strict=True):
        if value != values[0]:
            raise ValueError(
                f"{run}: {what}: found {value}, but {values[0]} in {runs[0]}; "
                "name runs on one dataset only"
            )
