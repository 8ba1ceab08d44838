"""Scoring of answers: the content of a run's `metrics.json` and `predictions.h5`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.files import write_json
from scrawl.nn.diagnosis.findings import one_answer
from scrawl.results import by_group, metrics

LEVEL, Z = 0.95, 1.959964  # of the interval, and the normal quantile that belongs to it


def scores(
    probabilities: NDArray[np.floating[Any]],
    labels: NDArray[np.integer[Any]],
    training_labels: NDArray[np.integer[Any]],
    class_names: Sequence[str],
    groups: NDArray[np.integer[Any]] | None = None,
) -> dict[str, Any]:
    """Score a classifier's answers.

    Parameters
    ----------
    probabilities : (n, classes) float
        The class with the highest one is the answer, the first of several.
    labels : (n,) integers
        The true class indices.
    training_labels : (n_training,) integers
        The baseline answers with the commonest of these.
    class_names : sequence of str, (classes,)
    groups : (n,) integers, optional
        Of each image, such as its writer: the scores then hold `by_group`, see
        `by_group.scores`.

    Returns
    -------
    dict
        For `metrics.json`, of plain numbers, lists and texts; a precision or recall that is not
        defined is None.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    >>> found = scores(probabilities, np.array([0, 1, 1, 1]), np.array([0, 1, 0]), ["a", "b"])
    >>> found["accuracy"], found["confusion"], found["commonest_class"]
    (0.75, [[1, 0], [1, 2]], {'class': 'a', 'accuracy': 0.25})
    >>> found["per_class"][0]
    {'class': 'a', 'precision': 0.5, 'recall': 1.0, 'support': 1}
    """
    answers = predicted(probabilities)
    confusion = metrics.confusion_matrix(labels, answers, len(class_names))
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
    grouped = {} if groups is None else {"by_group": by_group.scores(groups, labels == answers)}
    return grouped | {
        "accuracy": metrics.accuracy(labels, answers),
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


def predicted(probabilities: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Return the class (n,) with the highest of each row's probabilities, the first of several.

    Raises
    ------
    ValueError
        If one is not a number: it would count as the highest.
    """
    unanswered = int(np.isnan(probabilities).any(axis=1).sum())
    if unanswered:
        raise ValueError(
            f"found no answer (NaN) for {unanswered:,} of {len(probabilities):,} images; expected "
            "numbers for each"
        )
    return np.asarray(probabilities.argmax(axis=1))


def with_one_answer(
    findings: Sequence[Mapping[str, Any]],
    answers: NDArray[np.int64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    split: str,
) -> list[Mapping[str, Any]]:
    """Return the findings of training, that of one answer only replaced by that of a split.

    The cause stays first; what only the split shows comes last. `answers` and `labels` (n,) are
    those of the split's images.
    """
    seen = one_answer(answers, labels, class_names, f"{split} images")
    if seen is None:
        return list(findings)
    names = [finding["name"] for finding in findings]
    place = names.index(seen.name) if seen.name in names else len(names)
    return [*findings[:place], seen.as_dict(), *findings[place + 1 :]]


def number_or_none(value: float) -> float | None:
    """Return a number, or None for nan and infinity, which JSON lacks."""
    return float(value) if math.isfinite(value) else None


def write(
    metrics_path: Path,
    predictions_path: Path,
    scores: Mapping[str, Any],
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    settings: Mapping[str, Any],
    split: str = "test",
    groups: NDArray[np.int64] | None = None,
) -> None:
    """Write both files of a run, and print the accuracy.

    Parameters
    ----------
    metrics_path, predictions_path : Path
    scores : mapping
        The result of `scores`, and more; `made_from` among it.
    probabilities : (n, classes) float32
    labels : (n,) int64
    settings : mapping
        All settings of the run, with its random seed.
    split : str
        Of the images: `test` or `validation`.
    groups : (n,) int64, optional
    """
    write_predictions(
        predictions_path,
        probabilities,
        labels,
        scores["class_names"],
        settings=settings,
        made_from=scores["made_from"],
        groups=groups,
    )
    others = {key: value for key, value in settings.items() if key != "seed"}
    write_metrics(metrics_path, {**scores, "seed": settings["seed"], "settings": others})
    interval = scores["interval"]
    accuracy, low, high = (100 * x for x in (scores["accuracy"], interval["low"], interval["high"]))
    print(
        f"{scores['correct']} of {scores['n']} {split} images right: {accuracy:.2f} %, "
        f"95 % interval {low:.2f} % to {high:.2f} %" + in_words(scores.get("by_group"))
    )


def in_words(grouped: Mapping[str, Any] | None) -> str:
    """Return the interval by group in words, if there is one."""
    if not grouped or not grouped["interval"]:
        return ""
    low, high = (100 * grouped["interval"][end] for end in ("low", "high"))
    return f", by its {grouped['groups']:,} groups {low:.2f} % to {high:.2f} %"


def write_metrics(path: Path, scores: Mapping[str, Any]) -> None:
    """Write scores as JSON; the same scores give the same bytes."""
    write_json(path, scores, sort_keys=True)


def write_predictions(
    path: Path,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    settings: Mapping[str, Any],
    made_from: Mapping[str, str],
    groups: NDArray[np.int64] | None = None,
) -> None:
    """Write the answers and the true classes of images.

    Parameters
    ----------
    path : Path
        `probabilities` (n, classes) float32, `predicted` and `labels` (n,) int64, `class_names`.
    probabilities : (n, classes) float32
    labels : (n,) int64
        True class indices.
    class_names : sequence of str, (classes,)
    settings, made_from : mapping
        See `store.writing`.
    groups : (n,) int64, optional
        Written as `groups`.
    """
    with store.writing(path, "predictions", settings=settings, made_from=made_from) as file:
        file["probabilities"] = probabilities
        file["predicted"] = predicted(probabilities)
        file["labels"] = labels
        store.write_texts(file, "class_names", list(class_names))
        if groups is not None:
            file["groups"] = groups
