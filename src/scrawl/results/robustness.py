"""Robustness: what corruptions of the test images do to a network, as `corruptions.json` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.files import read_object
from scrawl.results.calibration import are_probabilities, reliability

Floats = NDArray[np.float64]

MEASURES = ("accuracy", "loss", "calibration_error", "confidence")
# Shares of the images that are answered, for risk against coverage.
COVERAGE = np.arange(1, 51) / 50

NUMBERS = tuple[float | None, ...]
MEASURED = dict.fromkeys(MEASURES, NUMBERS)
CONTENT = {"corruptions": dict[str, Any], "coverage": NUMBERS, "n": int, "risk": dict[str, Any]}


@dataclass(frozen=True)
class Robustness:
    """Scores by corruption and severity, of one run or the mean of several.

    Attributes
    ----------
    names : tuple of str
        The corruptions.
    scores : mapping of str to (corruptions, severities + 1) float64
        By measure. The first column is that of the images as they are; nan where a score does not
        exist.
    risk : mapping of str to (severities + 1, coverage) float64
        By `confidence`, and for ensembles by `agreement`: the error of the surest answers to the
        images of all corruptions together.
    """

    names: tuple[str, ...]
    scores: Mapping[str, Floats]
    risk: Mapping[str, Floats]

    @classmethod
    def read(cls, path: Path) -> Robustness:
        """Read what `scrawl corrupt` wrote.

        Raises
        ------
        ValueError
            If the file is missing, or has other values than that command writes.
        """
        remedy = "make it again with `scrawl corrupt`"
        found = read_object(path, CONTENT, remedy=remedy)
        try:
            tables = {
                measure: np.array(
                    [scores[measure] for scores in found["corruptions"].values()], float
                )
                for measure in MEASURES
            }
            risk = {by: np.array(rows, float) for by, rows in found["risk"].items()}
            check_shapes(tables, risk)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}: not the scores of all severities: {error}; {remedy}"
            ) from error
        return cls(tuple(found["corruptions"]), tables, risk)

    @property
    def severities(self) -> range:
        """From 0, the images as they are, to the worst."""
        return range(self.scores["accuracy"].shape[1])

    @property
    def errors(self) -> Floats:
        """The share of wrong answers, (corruptions, severities + 1)."""
        return 1 - self.scores["accuracy"]

    def by_severity(self, measure: str) -> Floats:
        """Return the mean of a measure over all corruptions, (severities + 1,)."""
        return np.asarray(self.scores[measure].mean(axis=0))

    def corruption_errors(self, baseline: Robustness) -> Floats:
        """Return the error of all severities together relative to a baseline's, (corruptions,).

        Below 1 where fewer answers are wrong than the baseline's; nan where it has no wrong ones.
        """
        own, other = (each.errors[:, 1:].sum(axis=1) for each in (self, baseline))
        return np.asarray(np.divide(own, other, np.full(len(own), np.nan), where=other > 0))


def check_shapes(tables: Mapping[str, Floats], risk: Mapping[str, Floats]) -> None:
    """Refuse tables that do not all have the same corruptions and severities."""
    shapes = {table.shape for table in tables.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 2:
        raise ValueError(f"found scores of the shapes {shapes or shape}")
    for by, rows in risk.items():
        if rows.shape != (shape[1], len(COVERAGE)):
            raise ValueError(f"risk by {by} has the shape {rows.shape}")


def mean_of(runs: Sequence[Robustness]) -> Robustness:
    """Return the mean over the seeds of an experiment; a ValueError if corruptions differ."""
    first = runs[0]
    if any(run.names != first.names for run in runs):
        raise ValueError("runs under other corruptions have no mean; make corruptions.json again")
    return Robustness(
        first.names,
        {key: np.mean([run.scores[key] for run in runs], axis=0) for key in MEASURES},
        {by: np.mean([run.risk[by] for run in runs], axis=0) for by in first.risk},
    )


def score(
    right: NDArray[np.bool_], confidences: NDArray[np.floating[Any]], loss: float
) -> dict[str, float | None]:
    """Return the scores of answers, by measure; those that do not exist are None.

    Parameters
    ----------
    right : (n,) bool
    confidences : (n,) float
        Of each answer. Where they are no probabilities, there is no calibration error.
    loss : float
        The mean.
    """
    calibrated = are_probabilities(confidences)
    error = reliability(confidences, right).expected_calibration_error if calibrated else None
    return {
        "accuracy": float(right.mean()),
        "loss": float(loss) if np.isfinite(loss) else None,
        "calibration_error": error,
        "confidence": float(confidences.mean(dtype=np.float64)),
    }
