"""Stage evaluate: score a trained network on every test image, or on every validation image."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, prepared, store
from scrawl.nn.distortion import shifted
from scrawl.nn.examples import Examples, Table
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.results import scoring
from scrawl.results.runs import SPLITS
from scrawl.settings.experiment import Evaluation, Run
from scrawl.training.setup import Streams, augmentation

ONCE = Evaluation()


def main(argv: Sequence[str]) -> None:
    """Evaluate one network; write its metrics and its answers."""
    parser = argparse.ArgumentParser(prog="scrawl evaluate", description=__doc__)
    parser.add_argument("--split", choices=SPLITS, default="test", help="default: %(default)s")
    parser.add_argument("--settings", default="{}", metavar="JSON")
    parser.add_argument("--data", type=Path, required=True, metavar="prepared.h5")
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5")
    parser.add_argument("--metrics", type=Path, required=True, metavar="metrics.json")
    parser.add_argument("--predictions", type=Path, required=True, metavar="predictions.h5")
    arguments = parser.parse_args(argv)
    settings = Evaluation.parse(arguments.settings)
    trained = model.load(arguments.model)
    with store.reading(arguments.data, "prepared") as file:
        found = prepared.Dataset.of(file)
        images, validation = (
            prepared.examples(file, split) for split in (arguments.split, "validation")
        )
        training_labels = store.mapped(file["train/labels"]).argmax(axis=1)
        made_from = {"prepared": store.sha256_of_content(file), "model": trained.sha256}
    check_same_dataset(arguments.model, trained.dataset, arguments.data, found)
    if not len(images):
        raise ValueError(
            f"{arguments.data}: found no {arguments.split} images, expected at least one"
        )
    check_fair(arguments.model, trained.run, settings, arguments.split)
    probabilities, loss = answers(trained, images, settings)
    labels = images.labels.argmax(axis=1)
    scores = scoring.scores(probabilities, labels, training_labels, found.class_names)
    scores |= {
        "loss": scoring.number_or_none(loss),
        "loss_name": trained.run.loss,
        "validation_accuracy": scores["accuracy"]
        if arguments.split == "validation"
        else validation_accuracy(trained, validation, settings),
        "parameters": trained.network.parameters.size,
        "made_from": made_from,
        "findings": scoring.with_one_answer(
            trained.findings,
            probabilities.argmax(axis=1),
            labels,
            found.class_names,
            arguments.split,
        ),
    }
    scoring.write(
        arguments.metrics,
        arguments.predictions,
        scores,
        probabilities,
        labels,
        settings=trained.run.as_dict() | settings.as_dict(),
        split=arguments.split,
    )


def check_same_dataset(
    model_path: Path, trained_on: prepared.Dataset, data_path: Path, found: prepared.Dataset
) -> None:
    """Refuse images that were prepared in another way than those that the network knows.

    Raises
    ------
    ValueError
        Naming everything that differs: classes, shape, normalisation.
    """
    differences = [
        f"{field.name} {getattr(trained_on, field.name)} there, {getattr(found, field.name)} here"
        for field in fields(prepared.Dataset)
        if getattr(trained_on, field.name) != getattr(found, field.name)
    ]
    if differences:
        raise ValueError(
            f"{data_path}: not prepared like the images that {model_path} was trained on: "
            f"{'; '.join(differences)}; evaluate it on the file that it was trained on"
        )


def check_fair(model_path: Path, run: Run, settings: Evaluation, split: str) -> None:
    """Refuse to ask a network for what says nothing about it.

    Raises
    ------
    ValueError
        If it learnt from these images, or if they are to be distorted as in training and nothing
        was distorted there.
    """
    if split == "validation" and run.train_on == "all":
        raise ValueError(
            f"{model_path}: learnt from the validation images, too (train_on: all), so they say "
            "nothing about it; choose by runs with train_on: training"
        )
    try:
        settings.check(run)
    except ValueError as error:
        raise ValueError(f"{model_path}: {error}") from error


def answers(
    trained: model.Model, examples: Examples, settings: Evaluation = ONCE
) -> tuple[NDArray[np.float32], float]:
    """Return what a network makes of images, and its loss.

    Parameters
    ----------
    trained : Model
        The network and the loss that it was trained for.
    examples : Examples
        Every one is used: the last batch may be a short one.
    settings : Evaluation
        What an image is shown as; the answers are averaged.

    Returns
    -------
    probabilities : (n, classes) float32
        Probabilities where the loss is cross-entropy, else the outputs of the last layer.
    loss : float
        The mean over all images.
    """
    # One thread, as in training: with more, the sums' order and so their last bits would depend
    # on the machine.
    with threadpool_limits(1, user_api="blas"):
        if settings != ONCE:
            probabilities = averaged(trained, examples.images, settings)
            outputs = trained.loss.outputs(probabilities)
        else:
            outputs = trained.network.predict(examples.images)
            probabilities = trained.loss.predictions(outputs)
        labels = np.asarray(examples.labels, np.float32)
        return probabilities, trained.loss(outputs, labels, np.empty_like(outputs))


def averaged(
    trained: model.Model, images: NDArray[np.float32] | Table, settings: Evaluation
) -> NDArray[np.float32]:
    """Return the mean answers (n, classes) for images (n, pixels), each shown in several ways."""
    dataset, times = trained.dataset, settings.test_distortions
    augment = augmentation(trained.run, dataset, Streams.of(trained.run).evaluation)
    views: Iterator[NDArray[np.float32]]
    means = []
    for start in range(0, len(images), PREDICTION_BATCH):
        batch = images[start : start + PREDICTION_BATCH]
        if times and augment:  # steps of which no two have the same number
            views = (augment(batch, start * times + i) for i in range(times))
        else:
            reach = settings.test_shift_pixels
            views = shifted(batch, dataset.image_shape, dataset.background, reach)
        means.append(np.mean([trained.predict(view) for view in views], axis=0))
    return np.concatenate(means)


def validation_accuracy(
    trained: model.Model, validation: Examples, settings: Evaluation
) -> float | None:
    """Return the accuracy to choose models by; None where there is nothing that was kept back."""
    if trained.run.train_on == "all" or not len(validation):
        return None
    found = answers(trained, validation, settings)[0].argmax(axis=1)
    return float(np.mean(found == validation.labels.argmax(axis=1)))
