"""Scores of a run, computed again from its answers, to compare with what `metrics.json` says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.nn.layers.activations import FLOOR
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.results import scoring

# Of a loss: probabilities are stored in float32, and it was computed from logits.
RELATIVE, ABSOLUTE = 1e-4, 1e-6
NOT_COVERED = ("findings", "validation_accuracy")  # of metrics.json: they need the images


def check(
    path: Path,
    metrics: Mapping[str, Any],
    predictions: Path,
    training_labels: NDArray[np.int64],
    parameters: int,
) -> None:
    """Refuse a `metrics.json` that says anything else than the answers beside it.

    Parameters
    ----------
    path : Path
        Of the file, for the message.
    metrics : mapping
        Its content.
    predictions : Path
        Of `predictions.h5`.
    training_labels : (n_training,) int64
        Of the images that its networks were trained on.
    parameters : int
        How many numbers were learnt.

    Raises
    ------
    ValueError
        Naming the first value that differs, what was found and what was expected.
    """
    with store.reading(predictions, "predictions", whole=True) as file:
        probabilities, labels = file["probabilities"][...], file["labels"][...]
        names, settings = store.read_texts(file["class_names"]), store.settings_of(file)
        answers, origin = file["predicted"][...], store.made_from(file)
        groups = store.groups_of(file)
    if not np.array_equal(answers, scoring.predicted(probabilities)):
        raise ValueError(f"{predictions}: /predicted is not the class of the highest probability")
    expected = scoring.scores(probabilities, labels, training_labels, names, groups) | {
        "made_from": origin,
        "parameters": parameters,
        "seed": settings.pop("seed", None),
        "settings": settings,
    }
    if "loss" in settings:  # an ensemble's settings name its members only
        expected["loss_name"] = settings["loss"]
    for key, value in expected.items():
        if metrics.get(key) != value:
            raise ValueError(
                f"{path}: {key}: found {metrics.get(key)!s:.80}, expected {value!s:.80}, as "
                f"{predictions} says"
            )
    smoothing = settings.get("label_smoothing", 0.0)
    loss = CrossEntropy(smoothing) if metrics.get("loss_name") == "cross-entropy" else Quadratic()
    check_loss(path, metrics.get("loss"), loss, probabilities, labels)


def check_loss(
    path: Path,
    found: float | None,
    loss: Loss,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> None:
    """Compare the mean loss with that of probabilities (n, classes) for labels (n,).

    Probabilities end at about 4e-18, the logits that they were computed from do not. Where a
    class of the labels has less, the loss is known to be at least that of the probabilities.
    """
    one_hot = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    expected = loss(loss.outputs(probabilities), one_hot, np.empty_like(probabilities))
    counted = probabilities if getattr(loss, "label_smoothing", 0) else probabilities[one_hot > 0]
    ends = isinstance(loss, CrossEntropy) and counted.min() <= 2 * math.exp(FLOOR)
    if found is None and (ends or not math.isfinite(expected)):
        return
    margin = RELATIVE * abs(expected) + ABSOLUTE
    if found is None or found < expected - margin or (found > expected + margin and not ends):
        raise ValueError(
            f"{path}: loss: found {found}, expected {expected:.6g}, as its answers say"
        )
