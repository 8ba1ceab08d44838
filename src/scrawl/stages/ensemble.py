"""Stage ensemble: average what several networks answered, and score it like one network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.nn.losses import LOSSES
from scrawl.results import scoring
from scrawl.results.runs import SPLITS, RunFolder, read_metrics
from scrawl.settings.ensemble import Ensemble


def main(argv: Sequence[str]) -> None:
    """Combine the answers of evaluated networks; write what a run of one network would."""
    arguments = parsed(argv)
    ensemble = Ensemble.parse(arguments.settings)
    members = [Member.read(path, arguments.split) for path in arguments.runs]
    check_named(ensemble, members)
    check_together(members, arguments.split)
    probabilities, scores = combine(members, arguments.split)
    scoring.write(
        arguments.metrics,
        arguments.predictions,
        scores,
        probabilities,
        members[0].labels,
        settings=ensemble.as_dict(),
        split=arguments.split,
        groups=members[0].groups,
    )


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl ensemble", description=__doc__)
    parser.add_argument("--split", choices=SPLITS, default="test", help="default: %(default)s")
    parser.add_argument(
        "--settings",
        required=True,
        metavar="JSON",
        help="the ensemble's settings, and the number in place of a seed",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="the folder of each member",
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
class Member:
    """One evaluated network of an ensemble.

    Attributes
    ----------
    path : Path
        The folder of its run.
    name : str
        Experiment and seed, as `dense-128/1`.
    probabilities : (n, classes) float32
    labels : (n,) int64
    class_names : list of str
    commonest_class : str
        In training.
    loss_name : str
        Of the loss that it was trained with.
    parameters : int
        How many numbers were learnt.
    prepared : tuple of str
        Normalisation and digest of the data that it was evaluated on.
    sha256 : str
        Digest of `predictions.h5`.
    groups : (n,) int64, optional
        Of each image, such as its writer.
    """

    path: Path
    name: str
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: list[str]
    commonest_class: str
    loss_name: str
    parameters: int
    prepared: tuple[str, str]
    sha256: str
    groups: NDArray[np.int64] | None = None

    @classmethod
    def read(cls, path: Path, split: str = "test") -> Member:
        """Read what `scrawl evaluate` wrote into a run's folder."""
        run = RunFolder.of(path)
        metrics = read_metrics(run.answers(split) / "metrics.json")
        predictions = run.answers(split) / "predictions.h5"
        with store.reading(predictions, "predictions") as file:
            settings, made_from = store.settings_of(file), store.made_from(file)
            if "loss" not in settings:
                raise ValueError(f"{predictions}: an ensemble; expected the run of one network")
            return cls(
                path,
                f"{run.experiment}/{run.seed}",
                file["probabilities"][...],
                file["labels"][...],
                store.read_texts(file["class_names"]),
                metrics["commonest_class"]["class"],
                settings["loss"],
                metrics["parameters"],
                (settings["normalisation"], made_from["prepared"]),
                store.sha256_of_content(file),
                store.groups_of(file),
            )


def check_named(ensemble: Ensemble, members: Sequence[Member]) -> None:
    """Refuse runs other than those that the settings name."""
    expected = [f"{experiment}/{seed}" for experiment, seed in ensemble.members()]
    found = [member.name for member in members]
    if found != expected:
        raise ValueError(f"--runs: found {', '.join(found)}; expected {', '.join(expected)}")


def check_together(members: Sequence[Member], split: str = "test") -> None:
    """Refuse networks whose answers have no mean: for other images, or of another kind.

    Networks of one normalisation must have been evaluated on one file. Those of different
    normalisations were evaluated on different files, whose labels must be the same.
    """
    first = members[0]
    digests: dict[str, str] = {}
    for member in members:
        normalisation, digest = member.prepared
        facts: dict[str, tuple[Any, Any]] = {
            "classes": (member.class_names, first.class_names),
            f"labels of {split} images": (member.labels.tolist(), first.labels.tolist()),
            "loss (only answers of one kind have a mean)": (member.loss_name, first.loss_name),
            f"SHA-256 of prepared/{normalisation}.h5": (
                digest,
                digests.setdefault(normalisation, digest),
            ),
        }
        for what, (found, expected) in facts.items():
            if found != expected:
                raise ValueError(
                    f"{member.path}: {what}: found {found!s:.70}, but {expected!s:.70} in a run "
                    f"before it, such as {first.path}; an ensemble has one dataset and one loss"
                )


def combine(
    members: Sequence[Member], split: str = "test"
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the mean answers of an ensemble, (n, classes) float32, and their scores."""
    first = members[0]
    probabilities = mean_answers(members)
    commonest = np.array([first.class_names.index(first.commonest_class)])
    names, groups = first.class_names, first.groups
    scores = scoring.scores(probabilities, first.labels, commonest, names, groups)
    value = mean_loss(first.loss_name, probabilities, first.labels)
    predicted = scoring.predicted(probabilities)
    return probabilities, scores | {
        "loss": None if value is None else scoring.number_or_none(value),
        "loss_name": first.loss_name,
        "parameters": sum(member.parameters for member in members),
        "validation_accuracy": scores["accuracy"] if split == "validation" else None,
        "made_from": {member.name: member.sha256 for member in members},
        "findings": scoring.with_one_answer([], predicted, first.labels, first.class_names, split),
    }


def mean_loss(
    name: str, probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> float | None:
    """Return the loss of answers (n, classes); None if it is of the user's own code.

    That of the labels as they are, even if members smoothed them.
    """
    if name not in LOSSES:
        return None
    loss = LOSSES[name]()
    one_hot = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    return float(loss(loss.outputs(probabilities), one_hot, np.empty_like(probabilities)))


def mean_answers(members: Sequence[Member]) -> NDArray[np.float32]:
    """Return the mean of the members' probabilities, (n, classes) float32."""
    total = np.zeros(members[0].probabilities.shape)
    for member in members:
        total += member.probabilities
    return (total / len(members)).astype(np.float32)
