"""Stage evaluate: score a trained network on every test image, or on every validation image."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.own_code import OwnCode
from scrawl.nn.diagnosis.dataset_shift import unlike_known
from scrawl.nn.diagnosis.example_facts import sample
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.examples import Examples
from scrawl.results import scoring
from scrawl.results.runs import SPLITS
from scrawl.settings import arithmetic
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Run
from scrawl.training.answers import ONCE, answers


def main(argv: Sequence[str]) -> None:
    """Evaluate one network; write its metrics and its answers."""
    arguments = parsed(argv)
    settings = Evaluation.parse(arguments.settings)
    arithmetic.check(settings.arithmetic)
    code = OwnCode.load(arguments.code)
    trained = model.load(arguments.model, code)
    data = EvaluationData.read(arguments.data, arguments.split)
    trained.check_data(arguments.model, arguments.data, data.dataset, data.sha256)
    check_meaningful(arguments.model, trained.run, settings, arguments.split)
    try:
        with code.placed():
            probabilities, scores = evaluate(trained, data, settings)
    except ValueError as error:
        raise ValueError(f"{arguments.model}, on images of {arguments.data}: {error}") from error
    scoring.write(
        arguments.metrics,
        arguments.predictions,
        scores,
        probabilities,
        data.labels,
        settings=settings.as_dict() | trained.run.as_dict(),
        split=data.split,
        groups=data.groups,
    )


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl evaluate", description=__doc__)
    parser.add_argument("--split", choices=SPLITS, default="test", help="default: %(default)s")
    parser.add_argument(
        "--settings",
        default="{}",
        metavar="JSON",
        help="test-time augmentation, if any (default: none)",
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5", help="the network")
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    parser.add_argument(
        "--metrics", type=Path, required=True, metavar="metrics.json", help="the file to write"
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        required=True,
        metavar="predictions.h5",
        help="the file to write, with every answer",
    )
    return parser.parse_args(argv)


@dataclass(frozen=True)
class EvaluationData:
    """Images and labels that a network is evaluated on.

    Attributes
    ----------
    split : str
        `test` or `validation`.
    examples : Examples
        The images and labels of the split; at least one.
    validation : Examples
    training_labels : (n_training,) integers
        The baseline answers with the class that is commonest among them.
    dataset : Dataset
    sha256 : str
        Digest of the file that they are from.
    groups : (n,) int64, optional
        Of each image, such as its writer.
    """

    split: str
    examples: Examples
    validation: Examples
    training_labels: NDArray[np.int64]
    dataset: prepared.Dataset
    sha256: str
    groups: NDArray[np.int64] | None = None

    @classmethod
    def read(cls, path: Path, split: str) -> EvaluationData:
        """Read them from `prepared.h5`; a ValueError if the split has no images."""
        with store.reading(path, "prepared") as file:
            data = cls(
                split,
                prepared.examples(file, split),
                prepared.examples(file, "validation"),
                prepared.classes_of(file, "train"),
                prepared.Dataset.of(file),
                store.sha256_of_content(file),
                store.groups_of(file, split),
            )
        if not len(data.examples):
            raise ValueError(f"{path}: found no {split} images, expected at least one")
        return data

    @property
    def labels(self) -> NDArray[np.int64]:
        """The true class indices, (n,)."""
        return np.asarray(self.examples.labels.argmax(axis=1))


def check_meaningful(model_path: Path, run: Run, settings: Evaluation, split: str) -> None:
    """Reject evaluations that would be meaningless.

    Raises
    ------
    ValueError
        If the network learnt from these images, or if they are to be distorted as in training and
        nothing was distorted there.
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


def evaluate(
    trained: model.Model, data: EvaluationData, settings: Evaluation = ONCE
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return a network's answers for a split, and their scores.

    Parameters
    ----------
    trained : Model
    data : EvaluationData
    settings : Evaluation
        How the images are shown.

    Returns
    -------
    probabilities : (n, classes) float32
        Probabilities if the loss is cross-entropy, else the outputs of the last layer.
    scores : dict
        The content of `metrics.json`, but for the settings.

    Raises
    ------
    ValueError
        If an answer is not a number.
    """
    probabilities, loss = answers(trained, data.examples, settings)
    names = data.dataset.class_names
    scores = scoring.scores(probabilities, data.labels, data.training_labels, names, data.groups)
    chosen_by = (
        scores["accuracy"]
        if data.split == "validation"
        else validation_accuracy(trained, data.validation, settings)
    )
    predicted = scoring.predicted(probabilities)
    findings = scoring.with_one_answer(trained.findings, predicted, data.labels, names, data.split)
    unlike = unlike_validation(data, scores["accuracy"], chosen_by)
    findings = [unlike.as_dict(), *findings] if unlike else findings
    return probabilities, scores | {
        "loss": scoring.number_or_none(loss),
        "loss_name": trained.run.loss,
        "validation_accuracy": chosen_by,
        "parameters": trained.network.parameters.size,
        "made_from": {"prepared": data.sha256, "model": trained.sha256},
        "findings": findings,
    }


def unlike_validation(
    data: EvaluationData, accuracy: float, validated: float | None
) -> Finding | None:
    """Find that the images of a split are not like the validation images, or their labels."""
    if validated is None or data.split == "validation":
        return None
    known, images = (sample(some)[0] for some in (data.validation, data.examples))
    return unlike_known(known, images, accuracy, validated, f"{data.split} images")


def validation_accuracy(
    trained: model.Model, validation: Examples, settings: Evaluation
) -> float | None:
    """Return the accuracy to choose models by; None if no image was kept back for that."""
    if trained.run.train_on == "all" or not len(validation):
        return None
    found = answers(trained, validation, settings)[0].argmax(axis=1)
    return float(np.mean(found == validation.labels.argmax(axis=1)))
