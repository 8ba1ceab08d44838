"""Two experiments side by side: all their runs, paired by random seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from scrawl.figures.formatting import as_written, count, percent
from scrawl.results import group_comparison
from scrawl.results.comparison import paired, paired_runs
from scrawl.results.findings import in_brief
from scrawl.results.metrics import mean_interval
from scrawl.tools import compare_elsewhere
from scrawl.tools.paths import existing
from scrawl.tools.scored import Scored, differing
from scrawl.tools.terminal import aligned

LEVEL = 0.05  # of the test, as is usual


@dataclass(frozen=True)
class ScoredExperiment:
    """An experiment: its name and its evaluated runs, by random seed."""

    name: str
    runs: dict[int, Scored]

    @classmethod
    def read(cls, path: Path) -> ScoredExperiment:
        """Read all runs in an experiment's folder.

        Raises
        ------
        ValueError
            If there are none, or not all were tested on the same images.
        """
        seeds = [file.parent.name for file in existing(path).glob("*/metrics.json")]
        runs = {seed: Scored.read(path / str(seed)) for seed in sorted(map(int, seeds))}
        if not runs:
            raise ValueError(
                f"{path}: found no run with a metrics.json, expected an experiment's folder with "
                "its random seeds, as artifacts/glyphs/runs/dense-128, or a run's folder"
            )
        first, *others = runs.values()
        for other in others:
            other.answers.check_labels(first.answers.labels, first.answers.path)
        return cls(first.folder.experiment, runs)

    @property
    def first(self) -> Scored:
        """The run of the lowest seed."""
        return next(iter(self.runs.values()))


def is_experiment(path: Path) -> bool:
    """Tell whether a path is a folder that may hold the runs of an experiment."""
    return path.is_dir() and not path.absolute().name.isdecimal()


def comparison(first: ScoredExperiment, second: ScoredExperiment) -> dict[str, Any]:
    """Return the whole comparison as JSON values.

    Raises
    ------
    ValueError
        If the two were not tested on the same images.
    """
    second.first.answers.check_labels(first.first.answers.labels, first.first.answers.path)
    both, labels = (first, second), first.first.answers.labels
    pairs = paired_runs(first.runs, second.runs)
    sides = list(zip(*pairs, strict=True))  # the runs of either experiment that have a partner
    right = np.array([[run.right for run in side] for side in sides])  # (2, pairs, n)
    differences = [float(a.mean() - b.mean()) for a, b in zip(*right, strict=True)]
    answers = [{seed: run.answers for seed, run in side.runs.items()} for side in both]
    by_group = group_comparison.difference(*answers)
    return {
        "experiments": [side.name for side in both],
        "seeds": [[run.folder.seed for run in side] for side in sides],
        "settings": differing(*(side.first.metrics.get("settings", {}) for side in both)),
        "accuracy": [float(side.mean()) for side in right],
        "findings": [in_brief([run.metrics for run in side]) for side in sides],
        "n": len(labels),
        "difference": fmean(differences),
        "interval": list(mean_interval(differences)) if len(pairs) > 1 else None,
        "by_group": None if by_group is None else asdict(by_group),
        "test": asdict(paired(*answers)),
        "elsewhere": compare_elsewhere.comparison(
            *({seed: run.folder for seed, run in side.runs.items()} for side in both)
        ),
        "disagreements": disagreements(first.first, right),
    }


def disagreements(names: Scored, right: np.ndarray) -> list[dict[str, Any]]:
    """Return the images that one experiment has right more often, the clearest first.

    Parameters
    ----------
    names : Scored
        A run that tells the labels.
    right : (2, pairs, n) bool
    """
    counts = right.sum(axis=1)  # (2, n)
    apart = np.abs(counts[0] - counts[1])
    order = np.argsort(-apart, kind="stable")[: np.count_nonzero(apart)]
    labels, classes = names.answers.labels, names.answers.class_names
    return [
        {"position": int(i), "label": classes[labels[i]], "right": [int(k) for k in counts[:, i]]}
        for i in order
    ]


def lines(found: dict[str, Any], shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the comparison for a terminal, with some of the disagreements."""
    names, seeds = found["experiments"], found["seeds"]
    rows = [["", *names]]
    rows += [[key, *map(as_written, pair)] for key, pair in found["settings"].items()]
    rows.append(["seeds", *(", ".join(map(str, some)) for some in seeds)])
    rows.append(["mean accuracy", *map(percent, found["accuracy"])])
    if any(found["findings"]):
        rows.append(["findings", *found["findings"]])
    yield from aligned(rows)
    yield ""
    yield from verdict(found)
    yield from compare_elsewhere.lines(found["elsewhere"], names)
    yield ""
    k, every = len(seeds[0]), len(found["disagreements"])
    if not every:
        yield "They have every image right equally often."
        return
    which = f"; the {len(shown)} clearest" if len(shown) < every else ""
    yield f"Of {every:,} images one has more right than the other{which if shown else ''}" + (
        ":" if shown else "."
    )
    if shown:
        cells = [
            [str(image["position"]), image["label"], *(f"right {r} of {k}" for r in image["right"])]
            for image in shown
        ]
        yield from aligned([["position", "is", *names], *cells])


def verdict(found: dict[str, Any]) -> Iterator[str]:
    """Yield what was compared, the difference over seeds, and McNemar's test in words."""
    (first, second), test, interval = found["experiments"], found["test"], found["interval"]
    k, same = test["pairs"], found["seeds"][0] == found["seeds"][1]
    pairs = "1 pair of runs" if k == 1 else f"{k} pairs of runs"
    how = "of the same random seed" if same else "in the order of their random seeds"
    yield f"Compared: {pairs} {how}, on {found['n']:,} test images."
    points = f"Accuracy, {first} minus {second}: {100 * found['difference']:+.2f} points"
    if interval is None:
        yield f"{points}. With more seeds there would be an interval."
    else:
        low, high = (100 * end for end in interval)
        luck = "" if low > 0 or high < 0 else " Other seeds may turn it round."
        yield f"{points} in the mean (95 % interval over seeds: {low:+.2f} to {high:+.2f}).{luck}"
    where = "In the mean of the pairs," if k > 1 else "Of these,"
    yield (
        f"{where} only {first} has {count(test['only_first'])} images right, "
        f"only {second} {count(test['only_second'])}."
    )
    what = "McNemar's exact test" + (", twice the median p of the pairs" if k > 1 else "")
    luck = ": on other images it can well be the other way round." if test["p"] >= LEVEL else "."
    yield f"{what}: p = {test['p']:.2g}{luck}"
    if found["by_group"]:
        yield verdict_by_group(found["by_group"], found["experiments"])


def verdict_by_group(found: dict[str, Any], names: Sequence[str]) -> str:
    """Return the difference by group in words.

    >>> found = {"mean": -0.0135, "low": -0.0201, "high": -0.0068, "groups": 297}
    >>> print(verdict_by_group(found, ["linear/1", "dense-128/1"]))
    Accuracy of linear/1 less that of dense-128/1: -1.35 points;
    with other groups than these 297, -2.01 to -0.68 points (95 % interval).
    """
    mean, low, high = (f"{100 * found[key]:+.2f}" for key in ("mean", "low", "high"))
    return (
        f"Accuracy of {names[0]} less that of {names[1]}: {mean} points;\n"
        f"with other groups than these {found['groups']:,}, {low} to {high} points (95 % interval)."
    )
