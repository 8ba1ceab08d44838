"""Stage transfer: score a trained network on every test image of another dataset."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.own_code import OwnCode
from scrawl.artifacts.renormalisation import check_same_kind, renormalised
from scrawl.results import scoring
from scrawl.settings import arithmetic
from scrawl.settings.evaluation import Evaluation
from scrawl.training.answers import answers


def main(argv: Sequence[str]) -> None:
    """Evaluate one network on another dataset; write its metrics and its answers."""
    arguments = parsed(argv)
    settings = Evaluation.parse(arguments.settings)
    arithmetic.check(settings.arithmetic)
    code = OwnCode.load(arguments.code)
    trained = model.load(arguments.model, code)
    with store.reading(arguments.data, "prepared") as file, code.placed():
        check_same_kind(trained.dataset, prepared.Dataset.of(file), arguments.model, arguments.data)
        groups = store.groups_of(file, "test")
        probabilities, labels, scores = transfer(trained, file, settings, groups)
    scoring.write(
        arguments.metrics,
        arguments.predictions,
        scores,
        probabilities,
        labels,
        settings=settings.as_dict() | trained.run.as_dict(),
        groups=groups,
    )


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl transfer", description=__doc__)
    for name, what in {
        "data": "the prepared images of the other dataset",
        "model": "the network",
        "metrics": "the file to write",
        "predictions": "the file to write, with every answer",
    }.items():
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=what)
    parser.add_argument(
        "--settings", default="{}", metavar="JSON", help="test-time augmentation (default: none)"
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    return parser.parse_args(argv)


def transfer(
    trained: model.Model,
    file: Any,
    settings: Evaluation,
    groups: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64], dict[str, Any]]:
    """Return a network's answers for the test images of another dataset, and their scores.

    Parameters
    ----------
    trained : Model
    file : h5py.File
        An open `prepared.h5` with images of the same shape and classes.
    settings : Evaluation
    groups : (n,) int64, optional

    Returns
    -------
    probabilities : (n, classes) float32
    labels : (n,) int64
    scores : dict
        The content of `metrics.json`, but for the settings. The commonest class is that of the
        other dataset's training images; the network's own validation says nothing of these.
    """
    examples = prepared.examples(file, "test")
    if not len(examples):
        raise ValueError(f"{file.filename}: found no test images, expected at least one")
    dataset = prepared.Dataset.of(file)
    shown = replace(examples, images=renormalised(examples.images, dataset, trained.dataset))
    probabilities, loss = answers(trained, shown, settings)
    labels = np.asarray(examples.labels.argmax(axis=1))
    known = prepared.classes_of(file, "train")
    scores = scoring.scores(probabilities, labels, known, dataset.class_names, groups)
    predicted = scoring.predicted(probabilities)
    return (
        probabilities,
        labels,
        scores
        | {
            "loss": scoring.number_or_none(loss),
            "loss_name": trained.run.loss,
            "validation_accuracy": None,
            "parameters": trained.network.parameters.size,
            "made_from": {"prepared": store.sha256_of_content(file), "model": trained.sha256},
            "findings": scoring.with_one_answer(
                trained.findings, predicted, labels, dataset.class_names, "test"
            ),
        },
    )
