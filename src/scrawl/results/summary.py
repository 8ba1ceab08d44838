"""Summary of an experiment's runs: mean and spread over the random seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.results.runs import RunFolder, by_experiment, read_history, read_metrics

History = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Spread:
    """One quantity over several seeds.

    Attributes
    ----------
    n : int
        The number of seeds.
    mean, low, high : float
        Their mean, their lowest and their highest value.
    deviation : float
        The sample standard deviation, with n − 1 below the sum of squares; nan for one seed.
    """

    n: int
    mean: float
    low: float
    high: float
    deviation: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Summarise values, one for each seed.

        Raises
        ------
        ValueError
            If there are none, or one is not a finite number.

        Examples
        --------
        >>> Spread.of([0.25, 0.75, 0.5])
        Spread(n=3, mean=0.5, low=0.25, high=0.75, deviation=0.25)
        """
        values = [float(value) for value in values]
        if not values or not all(map(math.isfinite, values)):
            raise ValueError(f"spread of {values}: expected one or more finite numbers")
        deviation = statistics.stdev(values) if len(values) > 1 else math.nan
        return cls(len(values), statistics.fmean(values), min(values), max(values), deviation)

    def prediction_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval that one further run falls into with probability `level`.

        mean ± t·deviation·√(1 + 1/n), with t the quantile of Student's distribution with n − 1
        degrees of freedom: the runs are taken to be normally distributed.

        Raises
        ------
        ValueError
            If there is one seed only.

        Examples
        --------
        >>> low, high = Spread.of([0.25, 0.75, 0.5]).prediction_interval()  # t = 4.303
        >>> f"{low:.3f} {high:.3f}"
        '-0.742 1.742'
        """
        from scipy.special import stdtrit  # half a second that other stages need not wait

        if self.n < 2:
            raise ValueError("prediction from one seed: expected two or more, give more seeds")
        t = float(stdtrit(self.n - 1, (1 + level) / 2))
        half_width = t * self.deviation * math.sqrt(1 + 1 / self.n)
        return self.mean - half_width, self.mean + half_width

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the fields for JSON: a deviation that does not exist is None."""
        fields = asdict(self)
        return fields | {"deviation": self.deviation if self.n > 1 else None}


@dataclass(frozen=True)
class Summary:
    """The runs of one experiment.

    Attributes
    ----------
    experiment : str
    runs : sequence of RunFolder
        One for each seed, in the order given. Their files are read when first asked for.
    split : str
        Of the images of the metrics: `test` or `validation`.
    """

    experiment: str
    runs: Sequence[RunFolder]
    split: str = "test"

    @property
    def seeds(self) -> list[int]:
        """The random seed of each run."""
        return [run.seed for run in self.runs]

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The content of `metrics.json`, for each run, but for the confusion matrix.

        Of 1,623 classes, the matrices of a suite would take hundreds of megabytes.
        """
        paths = [run.answers(self.split) / "metrics.json" for run in self.runs]
        return [
            {name: value for name, value in read_metrics(path).items() if name != "confusion"}
            for path in paths
        ]

    @cached_property
    def histories(self) -> list[History]:
        """The content of `history.csv`, for each run."""
        return [read_history(run.path / "history.csv") for run in self.runs]

    @property
    def accuracies(self) -> list[float]:
        """The accuracy of each run."""
        return [metrics["accuracy"] for metrics in self.metrics]

    @property
    def accuracy(self) -> Spread:
        """The accuracy over the seeds."""
        return Spread.of(self.accuracies)

    def at_epoch(self, column: str, epoch: int) -> Spread:
        """Return a column of the histories at one epoch, over the seeds.

        Parameters
        ----------
        column : str
            Such as `loss`.
        epoch : int
            Counted from 1; −1 is the last of each run, which may have stopped early.

        Raises
        ------
        ValueError
            If a run has no such epoch, or nothing was measured in it.
        """
        return Spread.of(
            at_epoch(history, column, epoch, f"{self.experiment}, seed {seed}")
            for history, seed in zip(self.histories, self.seeds, strict=True)
        )


def at_epoch(history: History, column: str, epoch: int, where: str = "history") -> float:
    """Return one number of a history.

    Examples
    --------
    >>> history = {"epoch": np.array([1.0, 2.0]), "loss": np.array([0.5, 0.25])}
    >>> at_epoch(history, "loss", 1), at_epoch(history, "loss", -1)
    (0.5, 0.25)
    """
    if column not in history:
        raise ValueError(f"{where}: there is no column {column!r}; found {', '.join(history)}")
    epochs = history["epoch"]
    (places,) = np.nonzero(epochs == (epochs[-1] if epoch == -1 else epoch))
    if not len(places):
        raise ValueError(f"{where}: there is no epoch {epoch}; found 1 to {epochs[-1]:.0f}")
    return float(history[column][places[0]])


def summarise(runs: Iterable[RunFolder], split: str = "test") -> dict[str, Summary]:
    """Group runs by experiment, in the order in which they are given.

    Parameters
    ----------
    runs : iterable of RunFolder
        Every seed of every experiment.
    split : str
        Of the images of the metrics: `test` or `validation`.

    Returns
    -------
    dict of str to Summary
        By the experiment's name.
    """
    return {name: Summary(name, group, split) for name, group in by_experiment(runs).items()}
