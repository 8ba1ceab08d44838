"""Stage corrupt: score a trained network, or several together, on corrupted test images."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.files import write_json
from scrawl.artifacts.own_code import OwnCode
from scrawl.data.corruptions.catalogue import CORRUPTIONS, SEED, SEVERITIES, corrupted
from scrawl.data.corruptions.ink import as_ink, from_ink
from scrawl.nn import Array
from scrawl.nn.examples import Examples
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.results.abstention import risk
from scrawl.results.robustness import COVERAGE, score
from scrawl.results.runs import RunFolder
from scrawl.settings import arithmetic
from scrawl.training.answers import check_numbers


def main(argv: Sequence[str]) -> None:
    """Corrupt the test images in every way, and write how a run's network answers them."""
    arguments = parsed(argv)
    code = OwnCode.load(arguments.code)
    models = [model.load(path, code) for path in arguments.models]
    arithmetic.check(models[0].run.arithmetic)
    with store.reading(arguments.data, "prepared") as file:
        dataset, digest = prepared.Dataset.of(file), store.sha256_of_content(file)
        examples = prepared.examples(file, "test")
    for path, trained in zip(arguments.models, models, strict=True):
        trained.check_data(path, arguments.data, dataset, digest)
    check_pictures(arguments.data, dataset, len(examples))
    with code.placed(), threadpool_limits(1, user_api="blas"):
        found = evaluate(models, examples, dataset)
    names = ["model"] if len(models) == 1 else [named(path) for path in arguments.models]
    digests = {name: trained.sha256 for name, trained in zip(names, models, strict=True)}
    settings = models[0].run.as_dict() if len(models) == 1 else {"of": names}
    made_from = {"prepared": digest, **digests}
    write_json(arguments.output, found | {"made_from": made_from, "settings": settings})
    for name, scores in found["corruptions"].items():
        print(f"{name}: {', '.join(f'{100 * share:.2f} %' for share in scores['accuracy'])}")


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl corrupt", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--models",
        type=Path,
        required=True,
        nargs="+",
        metavar="model.h5",
        help="the network, or the members of an ensemble, whose answers are averaged",
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="corruptions.json", help="the file to write"
    )
    return parser.parse_args(argv)


def named(path: Path) -> str:
    """Return the name of an ensemble's member, as `dense-128/1`."""
    run = RunFolder.of(path.parent)
    return f"{run.experiment}/{run.seed}"


def check_pictures(path: Path, dataset: prepared.Dataset, n: int) -> None:
    """Refuse data that has no test images, or none that are pictures."""
    if len(dataset.image_shape) not in {2, 3} or not n:
        raise ValueError(
            f"{path}: found {n} test images of shape {dataset.image_shape}, expected one at least, "
            "with a shape of (height, width) or (height, width, channels)"
        )


@dataclass(frozen=True)
class Answers:
    """Answers of one or more networks together to some images.

    Attributes
    ----------
    right : (n,) bool
    confidences : (n,) float32
        Mean probability of the answer.
    agreement : (n,) float64
        Share of the networks that give the same answer by themselves.
    losses : (batches, 2) float64
        Of each batch the mean loss and the number of images.
    """

    right: NDArray[np.bool_]
    confidences: NDArray[np.float32]
    agreement: NDArray[np.float64]
    losses: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Return the answers to images and to more of them as one."""
        names = ("right", "confidences", "agreement", "losses")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def scores(self) -> dict[str, float | None]:
        """Return accuracy, loss, calibration error and mean confidence."""
        loss = float(np.average(self.losses[:, 0], weights=self.losses[:, 1]))
        return score(self.right, self.confidences, loss)


def evaluate(
    models: Sequence[model.Model], examples: Examples, dataset: prepared.Dataset
) -> dict[str, Any]:
    """Return the scores of networks together by corruption and severity.

    Every image is shown once: test-time augmentation, if the run has some, is left out.

    Parameters
    ----------
    models : sequence of Model
        All trained on the dataset.
    examples : Examples
        The test images and their labels; at least one.
    dataset : Dataset

    Returns
    -------
    dict
        The content of `corruptions.json`, but for settings and digests.

    Raises
    ------
    ValueError
        If an answer is not a number.
    """
    clean = answers(models, batches(examples))
    columns = [[clean]]  # by severity, of each corruption
    columns += [[] for _ in SEVERITIES]
    table: dict[str, dict[str, Any]] = {}
    for name, corruption in CORRUPTIONS.items():
        steps = under(name, models, examples, dataset)
        for column, step in zip(columns[1:], steps, strict=True):
            column.append(step)
        rows = [step.scores() for step in (clean, *steps)]
        scores = {key: [row[key] for row in rows] for key in rows[0]}
        about = {"amounts": list(corruption.amounts), "amounts_are": corruption.words}
        table[name] = scores | about
    ways = {"confidence": "confidences", "agreement": "agreement"}
    if len(models) == 1:
        del ways["agreement"]
    return {
        "corruptions": table,
        "coverage": COVERAGE.tolist(),
        "n": len(examples),
        "risk": {
            by: [
                risk(getattr(step, name), step.right, COVERAGE).tolist()
                for step in map(Answers.joined, columns)
            ]
            for by, name in ways.items()
        },
        "seed": SEED,
    }


def under(
    name: str, models: Sequence[model.Model], examples: Examples, dataset: prepared.Dataset
) -> list[Answers]:
    """Return the answers to images of each severity of a corruption."""
    steps: list[list[Answers]] = [[] for _ in SEVERITIES]
    for start, images, labels in batches(examples):
        ink = as_ink(images, dataset)
        for step, worse in zip(steps, corrupted(name, ink, start), strict=True):
            step.append(answers(models, [(start, from_ink(worse, dataset), labels)]))
    return [Answers.joined(step) for step in steps]


def batches(examples: Examples) -> Iterator[tuple[int, Array, Array]]:
    """Yield some images at a time, with the number of the first and the labels, one-hot."""
    for start in range(0, len(examples), PREDICTION_BATCH):
        rows = slice(start, start + PREDICTION_BATCH)
        yield start, examples.images[rows], np.asarray(examples.labels[rows], np.float32)


def answers(
    models: Sequence[model.Model], shown: Iterator[tuple[int, Array, Array]] | Sequence[Any]
) -> Answers:
    """Return what networks answer together: the mean of their probabilities."""
    parts = []
    for _, images, one_hot in shown:
        each = [trained.predict(images) for trained in models]
        mean = np.mean(each, axis=0)
        check_numbers(mean, images)
        predicted = mean.argmax(axis=1)
        agreement = np.mean([scores.argmax(axis=1) == predicted for scores in each], axis=0)
        loss = models[0].loss
        value = loss(loss.outputs(mean), one_hot, np.empty_like(mean))
        right, confidences = predicted == one_hot.argmax(axis=1), mean.max(axis=1)
        parts.append(Answers(right, confidences, agreement, np.array([[value, len(images)]])))
    return Answers.joined(parts)
