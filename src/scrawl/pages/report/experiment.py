"""The report's section of one experiment: values for the template."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scrawl.artifacts.model import Model
from scrawl.figures.axes import Scale, accuracies, epochs, losses, plain, tick_percent
from scrawl.figures.confusion import (
    MOST_CELLS,
    MOST_NUMBERED,
    most_confused,
    reduced,
    shares_of_rows,
)
from scrawl.figures.formatting import setting_in_words
from scrawl.figures.pictures import as_signed, signed_sheet
from scrawl.nn.diagnosis.saliency import saliency
from scrawl.nn.network import is_weights
from scrawl.pages.charts import Chart, Line, across, bars, chart, path, upward
from scrawl.pages.report.data import ExperimentResults
from scrawl.pages.report.images import ImageAnswers
from scrawl.results.calibration import are_probabilities, reliability
from scrawl.results.metrics import confusion_matrix
from scrawl.results.runs import by_epoch

MOST_UNITS = 64  # whose weights are shown
MOST_PAIRS = 40


def experiment(
    one: ExperimentResults, rows: ImageAnswers, slots: Mapping[int, int], explained: Sequence[int]
) -> dict[str, Any]:
    """Return the section of one experiment.

    Parameters
    ----------
    one : ExperimentResults
    rows : ImageAnswers
        The images that its cells open.
    slots : mapping of int to int
        By the number of a test image, its place on the sheet of pictures.
    explained : sequence of int
        The test images whose saliency is shown.
    """
    names = one.answers[0].class_names
    counts = np.sum(
        [confusion_matrix(a.labels, a.predicted, len(names)) for a in one.answers], axis=0
    )
    given = one.summary.metrics[0].get("settings", {})
    return {
        "name": one.name,
        "seeds": one.summary.seeds,
        "accuracy": one.summary.accuracy,
        "architecture": architecture(one.model) if one.model else "",
        "settings": {name: setting_in_words(value) for name, value in given.items()},
        "findings": findings(one),
        "charts": curves(one),
        "calibration_error": calibration_error(one),
        **confusion(counts),
        "cells": cells(one.image_answers, rows, slots, opened(counts)),
        "mistakes": entries(one.image_answers.top_mistakes, slots),
        "mistaken": int(np.count_nonzero(one.image_answers.wrong)),
        "weights": first_weights(one.model) if one.model else None,
        "saliency": explanations(one, one.model, slots, explained)
        if one.model and one.model.answers
        else None,
    }


def architecture(trained: Model) -> str:
    """Return the layers of a network in words: 784 values → dense 128 → relu → dense 10."""
    words = [f"{trained.network.n_in:,} values"]
    for layer in trained.network.layers:
        # (n_in, n_out), or (filters, channels, rows, columns)
        shape = layer.parameter_shapes().get("weights", ())
        units = shape[0] if len(shape) == 4 else shape[-1] if shape else ""
        words.append(f"{layer.name} {units}".rstrip())
    return " → ".join(words)


def findings(one: ExperimentResults) -> list[dict[str, Any]]:
    """Return the findings in words, each with the seeds of which it is true."""
    seeds: dict[str, list[int]] = {}
    for seed, metrics in zip(one.summary.seeds, one.summary.metrics, strict=True):
        for finding in metrics.get("findings", []):
            seeds.setdefault(finding["words"], []).append(seed)
    return [{"words": words, "seeds": of} for words, of in seeds.items()]


def curves(one: ExperimentResults) -> list[Chart]:
    """Return the learning curves and the calibration curve of one experiment, if any."""
    parts = {"training": "loss", "validation": "validation_loss"}
    loss = learning_curve("Loss", {name: (one, column) for name, column in parts.items()}, losses)
    parts = {"training": "train_accuracy", "validation": "validation_accuracy"}
    accuracy = learning_curve(
        "Accuracy", {name: (one, column) for name, column in parts.items()}, accuracies
    )
    return [drawn for drawn in (loss, accuracy, calibration(one)) if drawn]


def calibration(one: ExperimentResults) -> Chart | None:
    """Return the reliability curve, with the share of the answers in each bin as bars."""
    confidences, right = pooled(one)
    if not are_probabilities(confidences):
        return None
    found = reliability(confidences, right)
    filled = found.counts > 0
    line = Line("right", found.confidence[filled], found.accuracy[filled])
    scale = replace(plain([0, 1]), words=tick_percent)
    bins = len(found.counts)
    whole = chart("Calibration", "confidence", [line], scale, scale)
    return replace(
        whole,
        bars=bars(np.arange(bins) / bins, found.counts / found.counts.sum(), scale),
        diagonal=path(across(scale, [0, 1]), upward(scale, [0, 1])),
    )


def confusion(counts: NDArray[np.int64]) -> dict[str, Any]:
    """Return a confusion matrix: its cells or, of many classes, a heat map and confused pairs."""
    if len(counts) <= MOST_NUMBERED:
        return {"confusion": matrix(counts), "heat": None, "pairs": None}
    depths = np.sqrt(reduced(shares_of_rows(counts), MOST_CELLS))
    totals = counts.sum(axis=1).tolist()
    pairs = [
        (label, answer, count, totals[label], round(100 * math.sqrt(count / totals[label])))
        for label, answer, count in most_confused(counts, MOST_PAIRS)
    ]
    return {"confusion": None, "heat": signed_sheet(-depths[None]), "pairs": pairs}


def opened(counts: NDArray[np.int64]) -> set[tuple[int, int]] | None:
    """Return the cells that can be opened, or None for all of them."""
    if len(counts) <= MOST_NUMBERED:
        return None
    return {(label, answer) for label, answer, _ in most_confused(counts, MOST_PAIRS)}


def matrix(counts: NDArray[np.int64]) -> list[list[dict[str, Any]]]:
    """Return a confusion matrix's cells: each count, and the depth of its colour in per cent.

    As in the figure, the root of its share of the row brings out the mistakes.

    >>> matrix(np.array([[3, 1], [0, 0]]))[0][1]
    {'count': 1, 'depth': 50}
    """
    depths = np.round(100 * np.sqrt(shares_of_rows(counts))).astype(int)
    return [
        [{"count": count, "depth": depth} for count, depth in zip(*row, strict=True)]
        for row in zip(counts.tolist(), depths.tolist(), strict=True)
    ]


def entries(rows: ImageAnswers, slots: Mapping[int, int]) -> list[list[Any]]:
    """Return each row as the page's script takes it: place, image, label and so on."""
    columns = (rows.image, rows.label, rows.answer, rows.seeds, rows.confidence.round(3))
    values = zip(*(column.tolist() for column in columns), strict=True)
    return [[slots[image], image, *others] for image, *others in values]


def cells(
    all_rows: ImageAnswers,
    rows: ImageAnswers,
    slots: Mapping[int, int],
    some: Container[tuple[int, int]] | None = None,
) -> dict[str, list[Any]]:
    """Return, by "label-answer", how many images a cell has, then those that it opens.

    Of `some` cells only, where these are given.
    """
    counts = Counter(zip(all_rows.label.tolist(), all_rows.answer.tolist(), strict=True))
    found: dict[tuple[int, int], list[Any]] = {
        cell: [n] for cell, n in counts.items() if some is None or cell in some
    }
    for place, image, label, answer, *others in entries(rows, slots):
        if (label, answer) in found:
            found[label, answer].append([place, image, *others])
    return {f"{label}-{answer}": images for (label, answer), images in found.items()}


def first_weights(trained: Model) -> dict[str, Any] | None:
    """Return the first weights as pictures: of each unit, or the filters of a convolution."""
    every = [v for name, v in trained.network.named_parameters().items() if is_weights(name)]
    if not every or every[0].ndim not in (2, 4):
        return None
    weights, *others = every
    if weights.ndim == 2:  # (n_in, n_out)
        images = weights.T.reshape(-1, *trained.dataset.image_shape)
    else:  # (filters, channels, rows, columns)
        images = np.moveaxis(weights, 1, -1)
    return {
        "sheet": signed_sheet(as_signed(images[:MOST_UNITS])),
        # A network of one layer has a unit for each class.
        "names": [] if others else list(trained.dataset.class_names[:MOST_UNITS]),
        "sheet_count": min(len(images), MOST_UNITS),
        "kind": "filters" if weights.ndim == 4 else "units",
        "units": len(images),
    }


def explanations(
    one: ExperimentResults, trained: Model, slots: Mapping[int, int], images: Sequence[int]
) -> dict[str, Any]:
    """Return the saliency of some test images, for the class that the first seed's run gave."""
    places = np.array(images, np.int64)
    answer = one.answers[0]
    gradients = saliency(trained.network, one.data.images["test"][places], answer.predicted[places])
    rows = ImageAnswers(
        places,
        answer.labels[places],
        answer.predicted[places],
        np.ones_like(places),
        answer.confidences[places].astype(float),
    )
    return {
        "sheet": signed_sheet(as_signed(one.data.shaped(gradients)), each=True),
        "images": entries(rows, slots),
    }


def learning_curve(
    title: str,
    columns: Mapping[str, tuple[ExperimentResults, str]],
    scale: Callable[[ArrayLike], Scale],
) -> Chart | None:
    """Return a chart by epoch: for each name, a column of an experiment's histories."""
    lines = [
        Line(name, x, mean, (low, high))
        for name, (one, column) in columns.items()
        for x, mean, low, high in [by_epoch(one.histories, column)]
    ]
    drawn = [line for line in lines if len(line.x)]
    if not drawn:
        return None
    values = np.concatenate([np.concatenate(line.band or [line.y]) for line in drawn])
    x = epochs(np.concatenate([line.x for line in drawn]))
    return chart(title, "epoch", lines, x, scale(values))


def pooled(experiment: ExperimentResults) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the confidence of each answer of all seeds, and whether it was right."""
    answers = experiment.answers
    return (
        np.concatenate([one.confidences for one in answers]),
        np.concatenate([one.predicted == one.labels for one in answers]),
    )


def calibration_error(experiment: ExperimentResults) -> float | None:
    """Return the expected calibration error; None where the outputs are not probabilities."""
    confidences, right = pooled(experiment)
    if not are_probabilities(confidences):
        return None
    return reliability(confidences, right).expected_calibration_error
