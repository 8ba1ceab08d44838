"""Findings of the diagnosis, as the metrics of finished runs hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunFinding:
    """Something unhealthy about some runs of one experiment.

    Attributes
    ----------
    name : str
        Of its kind, such as `dead-units`.
    words : str
        What was found, with its cause where that was checked.
    cure : str
        Lines of YAML to try, or nothing.
    seeds : tuple of int
        The random seeds of the runs, where several were asked about.
    """

    name: str
    words: str
    cure: str = ""
    seeds: tuple[int, ...] = ()


def of_run(metrics: Mapping[str, Any]) -> list[RunFinding]:
    """Return the findings of one run, the most telling first.

    Parameters
    ----------
    metrics : mapping
        The content of its `metrics.json`.

    Examples
    --------
    >>> of_run({"findings": [{"name": "overfitting", "words": "…", "try": "dropout: 0.2"}]})[0].cure
    'dropout: 0.2'
    """
    return [
        RunFinding(found["name"], found["words"], str(found.get("try", "")))
        for found in metrics.get("findings", [])
    ]


def of_seeds(seeds: Sequence[int], metrics: Sequence[Mapping[str, Any]]) -> list[RunFinding]:
    """Return the findings of an experiment's runs, each once, with the seeds that it is true of.

    Parameters
    ----------
    seeds : sequence of int, (runs,)
    metrics : sequence of mapping, (runs,)
        The content of each run's `metrics.json`.
    """
    found: dict[RunFinding, list[int]] = {}
    for seed, values in zip(seeds, metrics, strict=True):
        for finding in of_run(values):
            found.setdefault(finding, []).append(seed)
    return [
        RunFinding(finding.name, finding.words, finding.cure, tuple(of))
        for finding, of in found.items()
    ]


def names(metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the findings of some runs, with how many runs have each if not all do.

    Parameters
    ----------
    metrics : sequence of mapping, (runs,)
        The content of each run's `metrics.json`.

    Examples
    --------
    >>> overfitted = {"findings": [{"name": "overfitting", "words": "…"}]}
    >>> names([overfitted]), names([overfitted, {"findings": []}]), names([{}])
    (['overfitting'], ['overfitting (1 of 2)'], [])
    """
    counts = Counter(
        name for values in metrics for name in dict.fromkeys(f.name for f in of_run(values))
    )
    return [
        name if count == len(metrics) else f"{name} ({count} of {len(metrics)})"
        for name, count in counts.items()
    ]


def in_brief(metrics: Sequence[Mapping[str, Any]]) -> str:
    """Return `names` as one text, empty if nothing was found."""
    return ", ".join(names(metrics))
