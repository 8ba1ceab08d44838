"""Stage evaluate: score a trained network on every test image."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl import artifacts, metrics, model
from scrawl.files import written_whole
from scrawl.nn.findings import one_answer

LEVEL, Z = 0.95, 1.959964  # of the interval, and the normal quantile that belongs to it


def main(argv: Sequence[str]) -> None:
    """Evaluate one network; write its metrics and its answers."""
    parser = argparse.ArgumentParser(prog="scrawl evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="prepared.h5")
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5")
    parser.add_argument("--metrics", type=Path, required=True, metavar="metrics.json")
    parser.add_argument("--predictions", type=Path, required=True, metavar="predictions.h5")
    arguments = parser.parse_args(argv)
    trained = model.load(arguments.model)
    with artifacts.reading(arguments.data, "prepared") as file:
        found = model.Dataset.of(file)
        images, labels = (artifacts.mapped(file[f"test/{name}"]) for name in ("images", "labels"))
        training_labels = artifacts.mapped(file["train/labels"]).argmax(axis=1)
        made_from = {"prepared": artifacts.sha256_of_content(file), "model": trained.sha256}
    check_same_dataset(arguments.model, trained.dataset, arguments.data, found)
    if not len(images):
        raise ValueError(f"{arguments.data}: found no test images, expected at least one")
    probabilities, loss = answers(trained, images, labels)
    scores = evaluate(probabilities, labels.argmax(axis=1), training_labels, found.class_names)
    scores["parameters"] = trained.network.parameters.size
    scores |= {"loss": number_or_none(loss), "loss_name": trained.run.loss, "made_from": made_from}
    scores["findings"] = with_one_answer(
        trained.findings, probabilities.argmax(axis=1), labels.argmax(axis=1), found.class_names
    )
    settings = trained.run.as_dict()
    write_predictions(
        arguments.predictions,
        probabilities,
        labels.argmax(axis=1),
        found.class_names,
        settings=settings,
        made_from=made_from,
    )
    write_metrics(arguments.metrics, scores | {"seed": settings.pop("seed"), "settings": settings})
    print(
        f"{scores['correct']} of {scores['n']} test images right: {scores['accuracy']:.2%}, "
        f"95 % interval {scores['interval']['low']:.2%} to {scores['interval']['high']:.2%}"
    )


def check_same_dataset(
    model_path: Path, trained_on: model.Dataset, data_path: Path, found: model.Dataset
) -> None:
    """Refuse images that were prepared in another way than those that the network knows.

    Raises
    ------
    ValueError
        Naming everything that differs: classes, shape, normalisation.
    """
    differences = [
        f"{field.name} {getattr(trained_on, field.name)} there, {getattr(found, field.name)} here"
        for field in fields(model.Dataset)
        if getattr(trained_on, field.name) != getattr(found, field.name)
    ]
    if differences:
        raise ValueError(
            f"{data_path}: not prepared like the images that {model_path} was trained on: "
            f"{'; '.join(differences)}; evaluate it on the file that it was trained on"
        )


def answers(
    trained: model.Model, images: NDArray[np.float32], labels: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Return what a network makes of images, and its loss.

    Parameters
    ----------
    trained : Model
        The network and the loss that it was trained for.
    images : (n, pixels) float32
        Every one is used: the last batch may be a short one.
    labels : (n, classes) float32
        One-hot.

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
        outputs = trained.network.predict(images)
        loss = trained.loss(outputs, labels, np.empty_like(outputs))
        return trained.loss.predictions(outputs), loss


def evaluate(
    probabilities: NDArray[np.floating[Any]],
    labels: NDArray[np.integer[Any]],
    training_labels: NDArray[np.integer[Any]],
    class_names: Sequence[str],
) -> dict[str, Any]:
    """Score a classifier's answers.

    Parameters
    ----------
    probabilities : (n, classes) float
        The class with the highest one is the answer, the first of several.
    labels : (n,) integers
        The true class indices.
    training_labels : (n_training,) integers
        Those that the baseline is chosen from.
    class_names : sequence of str, (classes,)

    Returns
    -------
    dict
        What goes into `metrics.json`, as plain numbers, lists and texts; a precision or recall
        that is not defined is None.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    >>> scores = evaluate(probabilities, np.array([0, 1, 1, 1]), np.array([0, 1, 0]), ["a", "b"])
    >>> scores["accuracy"], scores["confusion"], scores["commonest_class"]
    (0.75, [[1, 0], [1, 2]], {'class': 'a', 'accuracy': 0.25})
    >>> scores["per_class"][0]
    {'class': 'a', 'precision': 0.5, 'recall': 1.0, 'support': 1}
    """
    predicted = probabilities.argmax(axis=1)
    confusion = metrics.confusion_matrix(labels, predicted, len(class_names))
    correct, n = int(np.trace(confusion)), len(labels)
    low, high = metrics.wilson_interval(correct, n, Z)
    commonest = metrics.commonest_class(training_labels)
    by_class = zip(
        class_names,
        metrics.precision(confusion),
        metrics.recall(confusion),
        confusion.sum(axis=1).tolist(),
        strict=True,
    )
    return {
        "accuracy": metrics.accuracy(labels, predicted),
        "class_names": list(class_names),
        "commonest_class": {
            "class": class_names[commonest],
            "accuracy": metrics.commonest_class_accuracy(training_labels, labels),
        },
        "confusion": confusion.tolist(),
        "correct": correct,
        "interval": {"low": low, "high": high, "level": LEVEL},
        "n": n,
        "per_class": [
            {
                "class": name,
                "precision": number_or_none(precision),
                "recall": number_or_none(recall),
                "support": support,
            }
            for name, precision, recall, support in by_class
        ],
    }


def with_one_answer(
    findings: Sequence[Mapping[str, Any]],
    predicted: NDArray[np.int64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
) -> list[Mapping[str, Any]]:
    """Return what training found, with what the test images (n,) say about the same."""
    seen = one_answer(predicted, labels, class_names, "test images")
    if seen is None:
        return list(findings)
    others = [finding for finding in findings if finding["name"] != seen.name]
    return [seen.as_dict(), *others]


def number_or_none(value: float) -> float | None:
    """Return a number as JSON knows them: neither nan nor infinity is one."""
    return float(value) if math.isfinite(value) else None


def write_metrics(path: Path, scores: Mapping[str, Any]) -> None:
    """Write scores as JSON; the same scores give the same bytes."""
    words = json.dumps(scores, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with written_whole(path) as part:
        part.write_text(words + "\n", encoding="utf-8")


def write_predictions(
    path: Path,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    settings: Mapping[str, Any],
    made_from: Mapping[str, str],
) -> None:
    """Write what was answered for each test image, beside what it is.

    Parameters
    ----------
    path : Path
        `probabilities` (n, classes) float32, `predicted` and `labels` (n,) int64, `class_names`.
    probabilities : (n, classes) float32
    labels : (n,) int64
        True class indices.
    class_names : sequence of str, (classes,)
    settings, made_from : mapping
        See `artifacts.writing`.
    """
    with artifacts.writing(path, "predictions", settings=settings, made_from=made_from) as file:
        file["probabilities"] = probabilities
        file["predicted"] = probabilities.argmax(axis=1)
        file["labels"] = labels
        artifacts.write_texts(file, "class_names", list(class_names))
