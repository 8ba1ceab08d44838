"""Study people: accuracy on writers met in training and on others, and recipes chosen by either."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from scrawl.artifacts import store
from scrawl.artifacts.files import write_json
from scrawl.figures.formatting import percent
from scrawl.results import group_comparison
from scrawl.results.by_group import Totals, correlation, design_effect
from scrawl.results.comparison import paired
from scrawl.results.group_comparison import GroupedMean
from scrawl.results.metrics import mean_interval, wilson_interval
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, read_metrics

WAYS = ("random", "group")  # to keep validation images back


@dataclass(frozen=True)
class Trained:
    """The runs of one experiment on one dataset, with the settings of its validation split.

    Attributes
    ----------
    experiment, way : str
        The way is the dataset's `split`.
    split_seed : int
    runs : list of RunFolder
    """

    experiment: str
    way: str
    split_seed: int
    runs: list[RunFolder]

    @cached_property
    def validation(self) -> dict[int, Answers]:
        """The answers to validation images, by random seed."""
        return self._answers("validation")

    @cached_property
    def test(self) -> dict[int, Answers]:
        """The answers to test images, by random seed; none if a run was not tested."""
        return self._answers("test")

    def _answers(self, split: str) -> dict[int, Answers]:
        files = {run.seed: run.answers(split) / "predictions.h5" for run in self.runs}
        if not all(file.exists() for file in files.values()):
            return {}
        return {seed: Answers.read(file) for seed, file in files.items()}


Runs = Mapping[tuple[str, str, int], Trained]  # by experiment, way and split seed


def main(argv: Sequence[str]) -> None:
    """Write the tables of the study."""
    parser = argparse.ArgumentParser(prog="scrawl people", description=__doc__)
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--transfers",
        type=Path,
        default=[],
        nargs="+",
        metavar="DIR",
        help="the folder of each run that was also scored on another dataset",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="people.json", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    runs = read(arguments.runs)
    tested = [one for one in runs.values() if one.way == "random" and one.test]
    write_json(
        arguments.output,
        {
            "apart": apart(runs),
            "intervals": intervals(tested),
            "differences": differences(tested),
            "recipes": recipes(runs),
            "chosen": {way: chosen(runs, way) for way in WAYS},
            "splits": splits(runs),
            "cross": cross(arguments.transfers),
        },
    )


def read(folders: Sequence[Path]) -> Runs:
    """Group runs by experiment and by the split of their dataset."""
    ways: dict[Path, tuple[str, int]] = {}
    groups: dict[tuple[str, str, int], list[RunFolder]] = defaultdict(list)
    for folder in folders:
        run, dataset = RunFolder.of(folder), folder.absolute().parents[2]
        if dataset not in ways:
            ways[dataset] = split_of(dataset)
        groups[run.experiment, *ways[dataset]].append(run)
    return {key: Trained(*key, found) for key, found in groups.items()}


def split_of(dataset: Path) -> tuple[str, int]:
    """Return how a dataset's validation images were chosen, and the seed."""
    prepared = next(iter(sorted(dataset.glob("prepared/*.h5"))), None)
    if prepared is None:
        raise ValueError(f"{dataset}: found no prepared/*.h5; name runs that lie beside theirs")
    with store.reading(prepared, "prepared") as file:
        settings = store.settings_of(file)
    return settings.get("split", "random"), settings["split_seed"]


def apart(runs: Runs) -> str:
    """Return validation and test accuracies of both ways, with intervals by writer."""
    rows = []
    for (experiment, way, seed), one in runs.items():
        other = runs.get((experiment, "group", seed))
        if way == "random" and one.test and other and other.test:
            found = (one.validation, other.validation, one.test, other.test)
            rows.append(
                [f"`{experiment}`", *(in_words(group_comparison.accuracy(f)) for f in found)]
            )
    columns = ("experiment", "validation, at random", "validation, new writers")
    return table([*columns, "test, trained beside random", "test, trained beside new"], rows)


def intervals(tested: Sequence[Trained]) -> str:
    """Return test accuracies with both intervals, the design effect and the correlation."""
    rows = []
    for one in tested:
        found, first = group_comparison.accuracy(one.test), next(iter(one.test.values()))
        if found is None or first.groups is None:
            continue
        n = len(first.labels)
        low, high = wilson_interval(found.mean * n, n)
        totals = Totals.of(first.groups, first.labels == first.predicted)
        effect, rho = design_effect(totals), correlation(totals)
        rows.append(
            [
                f"`{one.experiment}`",
                percent(found.mean),
                f"{percent(low)} to {percent(high)}",
                f"{percent(found.low)} to {percent(found.high)}",
                "–" if effect is None else f"{effect:.2f}",
                "–" if rho is None else f"{rho:.3f}",
            ]
        )
    columns = ("experiment", "test accuracy", "95 %, other images", "95 %, other writers")
    return table([*columns, "design effect", "correlation"], rows)


def differences(tested: Sequence[Trained]) -> str:
    """Return the differences of experiments that follow each other, and McNemar's p."""
    order = sorted(tested, key=lambda one: -mean(one.test))
    rows = []
    for better, worse in pairwise(order):
        found = group_comparison.difference(better.test, worse.test)
        if found:
            names = f"`{better.experiment}` − `{worse.experiment}`"
            p = paired(better.test, worse.test).p
            rows.append([names, *points(found), f"{p:.1g}"])
    return table(["difference", "points", "95 %, other writers", "McNemar's p"], rows)


def recipes(runs: Runs) -> str:
    """Return the validation accuracies of recipes, both ways, with ranks; the best first."""
    scored = {way: candidates(runs, way) for way in WAYS}
    ranks = {
        way: {name: i for i, name in enumerate(sorted(found, key=lambda n: -mean(found[n])), 1)}
        for way, found in scored.items()
    }
    rows = []
    for name in sorted(
        set(scored["random"]) & set(scored["group"]), key=lambda n: ranks["group"][n]
    ):
        cells = []
        for way in WAYS:
            seeds = [share(answers) for answers in scored[way][name].values()]
            spread = f" ± {percent(stdev(seeds))}" if len(seeds) > 1 else ""
            cells += [f"{percent(fmean(seeds))}{spread}", str(ranks[way][name])]
        rows.append([f"`{name}`", *cells])
    return table(["recipe", "at random", "rank", "new writers", "rank"], rows)


def candidates(runs: Runs, way: str) -> dict[str, dict[int, Answers]]:
    """Return the answers to validation images by experiment, of the first split of a way."""
    first = min(seed for _, found, seed in runs if found == way)
    return {
        name: one.validation
        for (name, found, seed), one in runs.items()
        if (found, seed) == (way, first) and one.validation
    }


def chosen(runs: Runs, way: str) -> dict[str, Any]:
    """Return the recipe with the highest validation accuracy, and its lead over the next one."""
    found = candidates(runs, way)
    best, *others = sorted(found, key=lambda name: -mean(found[name]))
    lead = group_comparison.difference(found[best], found[others[0]]) if others else None
    words = "–" if lead is None else ", 95 % interval ".join(points(lead))
    return {"recipe": best, "next": others[0] if others else "–", "lead": words}


def splits(runs: Runs) -> dict[str, Any]:
    """Return the validation accuracy of the experiment with most splits, both ways."""
    seeds: dict[str, list[int]] = defaultdict(list)
    for name, way, seed in runs:
        if way == "random" and (name, "group", seed) in runs:
            seeds[name].append(seed)
    name = max(seeds, key=lambda one: len(seeds[one]))
    rows, gaps = [], []
    for seed in sorted(seeds[name]):
        met, new = (mean(runs[name, way, seed].validation) for way in WAYS)
        gaps.append(new - met)
        rows.append([str(seed), percent(met), percent(new), f"{100 * (new - met):+.2f}"])
    return {
        "experiment": name,
        "markdown": table(["split seed", "at random", "new writers", "points"], rows),
        "mean": fmean(gaps),
        "interval": mean_interval(gaps) if len(gaps) > 1 else None,
        "n": len(gaps),
    }


def cross(folders: Sequence[Path]) -> str:
    """Return the accuracy of each experiment on its own dataset and on others."""
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for folder in folders:
        run, dataset = RunFolder.of(folder), folder.absolute().parents[2].name
        places = {dataset: folder, **{at.name: at for at in sorted(folder.glob("on/*"))}}
        for other, at in places.items():
            score = read_metrics(at / "metrics.json")["accuracy"]
            found[run.experiment, dataset][other].append(score)
    datasets = sorted({other for scores in found.values() for other in scores})
    rows = [
        [
            f"`{experiment}`",
            dataset,
            *(percent(fmean(scores[other])) if other in scores else "–" for other in datasets),
        ]
        for (experiment, dataset), scores in sorted(found.items())
    ]
    return table(["experiment", "trained on", *(f"tested on {name}" for name in datasets)], rows)


def share(answers: Answers) -> float:
    """Return the accuracy of one run."""
    return float((answers.labels == answers.predicted).mean())


def mean(runs: Mapping[int, Answers]) -> float:
    """Return the mean accuracy of runs."""
    return fmean(map(share, runs.values()))


def in_words(found: GroupedMean | None) -> str:
    """Return a mean accuracy with its interval by writer."""
    if found is None:
        return "–"
    return f"{percent(found.mean)} ({100 * found.low:.2f}–{100 * found.high:.2f})"


def points(found: GroupedMean) -> list[str]:
    """Return a difference and its interval in points.

    >>> points(GroupedMean(0.0075, 0.0056, 0.0097, 297))
    ['+0.75', '+0.56 to +0.97']
    """
    return [f"{100 * found.mean:+.2f}", f"{100 * found.low:+.2f} to {100 * found.high:+.2f}"]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [" | ".join(row) for row in (columns, *rows)]
    return "\n".join(
        [f"| {lines[0]} |", "|---" * len(columns) + "|", *map("| {} |".format, lines[1:])]
    )
