"""The data of a report: prepared datasets and experiments, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import cautions, model, store
from scrawl.artifacts.prepared import Dataset, classes_of, rows_of
from scrawl.nn.examples import LazyRows
from scrawl.pages.report.images import ImageAnswers, image_answers
from scrawl.results.predictions import Answers
from scrawl.results.runs import History, read_cost, read_environment, read_history
from scrawl.results.summary import Summary


@dataclass(frozen=True)
class Data:
    """A prepared dataset.

    Attributes
    ----------
    path : Path
    dataset : Dataset
    sha256 : str
        Digest of its content.
    made_from : mapping of str to str
        The digests of what it was made from.
    images : mapping of str to (n, pixels) float32
        By split: train, validation, test. Read as they are looked at.
    labels : mapping of str to (n,) int64
    warnings : sequence of str
        What `scrawl prepare` warned of.
    """

    path: Path
    dataset: Dataset
    sha256: str
    made_from: Mapping[str, str]
    images: Mapping[str, NDArray[np.float32] | LazyRows]
    labels: Mapping[str, NDArray[np.int64]]
    warnings: Sequence[str] = ()

    @classmethod
    def read(cls, path: Path) -> Data:
        """Read what `scrawl prepare` wrote."""
        splits = ("train", "validation", "test")
        with store.reading(path, "prepared") as file:
            return cls(
                path,
                Dataset.of(file),
                store.sha256_of_content(file),
                store.made_from(file),
                {split: rows_of(file, split) for split in splits},
                {s: classes_of(file, s) for s in splits},
                cautions.of(file),
            )

    def shaped(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give flat images (n, pixels) their shape."""
        return images.reshape(len(images), *self.dataset.image_shape)


@dataclass(frozen=True)
class ExperimentResults:
    """The results of the runs of one experiment.

    Attributes
    ----------
    summary : Summary
    data : Data
        What its networks were tested on.
    answers : list of Answers
        Of each run, with the score of the predicted class alone: those of 1,623 classes would take
        a gigabyte.
    model : Model or None
        The first run's network; some runs, such as those of many networks together, have none.
    histories : list of histories
        Of each run that has one.
    environments : list of dict
        What each such run was trained with.
    costs : list of dict
        What each such run took.
    """

    summary: Summary
    data: Data
    answers: list[Answers]
    model: model.Model | None
    histories: list[History]
    environments: list[dict[str, str]]
    costs: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.summary.experiment

    @cached_property
    def image_answers(self) -> ImageAnswers:
        """The answers of all seeds to each test image."""
        return image_answers(self.answers)

    @classmethod
    def read(cls, summary: Summary, data: Sequence[Data]) -> ExperimentResults:
        """Read the files of its runs.

        Raises
        ------
        ValueError
            If a run was not tested on one of the datasets.
        """
        folders = [run.path for run in summary.runs]
        answers = [confident(Answers.read(folder / "predictions.h5")) for folder in folders]
        own = tested_on(summary, data)
        for run in answers:
            run.check_labels(own.labels["test"], own.path)
        network = folders[0] / "model.h5"
        return cls(
            summary,
            own,
            answers,
            model.load(network) if network.exists() else None,
            [read_history(path) for path in existing(folders, "history.csv")],
            [read_environment(path) for path in existing(folders, "environment.json")],
            [read_cost(path) for path in existing(folders, "cost.json")],
        )


def confident(answers: Answers) -> Answers:
    """Return answers with the score of the predicted class as their only one."""
    return replace(answers, probabilities=answers.confidences[:, None])


def existing(folders: Sequence[Path], name: str) -> list[Path]:
    """Return the files of a name that exist."""
    return [folder / name for folder in folders if (folder / name).exists()]


def tested_on(summary: Summary, data: Sequence[Data]) -> Data:
    """Return the prepared data that an experiment's runs were evaluated on."""
    known = {prepared.sha256: prepared for prepared in data}
    digest: str = data[0].sha256
    for run, metrics in zip(summary.runs, summary.metrics, strict=True):
        if "of" in metrics["settings"]:
            continue  # an ensemble's answers are its members', which may be of several
        digest = metrics.get("made_from", {}).get("prepared")
        if digest not in known:
            raise ValueError(
                f"{run.path / 'metrics.json'}: was evaluated on data with the digest {digest}, "
                f"expected one of {', '.join(known)}; name its prepared.h5, or evaluate it again"
            )
    return known[digest]
