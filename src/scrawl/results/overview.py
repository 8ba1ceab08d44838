"""The table of finished runs, for `scrawl runs` and the end of a pipeline's run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scrawl.results.findings import names
from scrawl.results.metrics import wilson_interval
from scrawl.results.other_datasets import split_of
from scrawl.results.runs import RunFolder, members, read_cost, read_metrics


@dataclass(frozen=True)
class Result:
    """The runs of one experiment, or one of them.

    Attributes
    ----------
    dataset, experiment : str
    seeds : tuple of int
    accuracy : float
        On the test images, the mean over the seeds.
    low, high : float
        Its 95 % interval by Wilson, for as many images as one run was tested on.
    seconds : float, optional
        Of training a run, of an ensemble all members, the mean over the seeds; None where
        `cost.json` is missing, and on another dataset.
    findings : tuple of str
        The names of what is unhealthy, with how many runs it is true of if not of all.
    folder : str
        Of the run, or of all seeds.
    at_chance : int
        How many of the runs are no better than always the commonest class, as far as the interval
        of each tells.
    on : str, optional
        The other dataset whose test images these are; None: its own.
    """

    dataset: str
    experiment: str
    seeds: tuple[int, ...]
    accuracy: float
    low: float
    high: float
    seconds: float | None
    findings: tuple[str, ...]
    folder: str
    at_chance: int
    on: str | None = None

    @classmethod
    def of(cls, runs: Sequence[RunFolder], on: str | None = None) -> Result:
        """Read the runs of one experiment, on the test images of their own dataset or another.

        Raises
        ------
        ValueError
            If one has no metrics, or damaged ones.
        """
        split = "test" if on is None else split_of(on)
        metrics = [read_metrics(run.answers(split) / "metrics.json") for run in runs]
        accuracy = sum(scores["accuracy"] for scores in metrics) / len(metrics)
        low, high = wilson_interval(accuracy * metrics[0]["n"], metrics[0]["n"])
        costs = [seconds(run, scores) for run, scores in zip(runs, metrics, strict=True)]
        known = [cost for cost in costs if cost is not None and on is None]
        first = runs[0]
        return cls(
            first.path.absolute().parts[-4],
            first.experiment,
            tuple(run.seed for run in runs),
            accuracy,
            low,
            high,
            sum(known) / len(known) if known else None,
            tuple(names(metrics)),
            str(first.path if len(runs) == 1 else first.path.parent),
            sum(map(at_chance, metrics)),
            on,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return asdict(self)


def at_chance(metrics: Mapping[str, Any]) -> bool:
    """Tell whether always the commonest class might do as well; not where there is one class."""
    always = metrics["commonest_class"]["accuracy"]
    low, _ = wilson_interval(metrics["accuracy"] * metrics["n"], metrics["n"])
    return bool(low <= always < 1)


def seconds(run: RunFolder, metrics: dict[str, Any]) -> float | None:
    """Return the seconds of training a run, of an ensemble those of all members."""
    files = [folder / "cost.json" for folder in members(run, metrics)]
    if not all(file.is_file() for file in files):
        return None
    return float(sum(read_cost(file)["seconds"] for file in files))


def finished(artifacts: Path) -> Iterator[RunFolder]:
    """Yield the run of each `metrics.json` below a folder, sorted by dataset, experiment, seed."""
    for experiment in sorted(artifacts.glob("*/runs/*")):
        seeds = [path.parent for path in experiment.glob("*/metrics.json")]
        numbered = [seed for seed in seeds if seed.name.isdecimal()]
        yield from (
            RunFolder.of(seed) for seed in sorted(numbered, key=lambda seed: int(seed.name))
        )
