"""The report's sections on all experiments together: results, comparison, settings, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations, pairwise
from statistics import fmean
from typing import Any

import numpy as np

from scrawl.figures.axes import accuracies
from scrawl.figures.formatting import duration, setting_in_words
from scrawl.pages.report.curves import calibration_error
from scrawl.pages.report.data import ExperimentResults
from scrawl.results.comparison import ABSENT, differing, paired
from scrawl.results.findings import in_brief
from scrawl.results.metrics import wilson_interval

MOST_COMPARED = 40  # experiments, the best ones: 780 pairs take seconds


def looks(experiments: Sequence[ExperimentResults]) -> dict[str, int]:
    """Return the colour of each experiment, by name, as in the figures.

    Networks come first, in their order, as in the figure of learning curves; then ensembles, which
    have no curves.
    """
    order = sorted(experiments, key=lambda results: not results.histories)
    return {results.name: place for place, results in enumerate(order)}


def facts(experiments: Sequence[ExperimentResults]) -> dict[str, Any]:
    """Return the facts at the top of the page."""
    best = max(experiments, key=lambda results: results.summary.accuracy.mean)
    metrics = best.summary.metrics[0]
    seconds = [cost["seconds"] for results in experiments for cost in results.costs]
    return {
        "best": best.name,
        "seeds": len(best.answers),
        "accuracy": best.summary.accuracy.mean,
        "n": metrics["n"],
        "commonest": metrics["commonest_class"],
        "experiments": len(experiments),
        "all_seeds": sorted({seed for results in experiments for seed in results.summary.seeds}),
        "unhealthy": [e.name for e in experiments if in_brief(e.summary.metrics)],
        "measured": len(seconds),
        "seconds": sum(seconds),
        "time": duration(sum(seconds)),
    }


def results(experiments: Sequence[ExperimentResults]) -> list[dict[str, Any]]:
    """Return a row for each experiment, the best first."""
    n = experiments[0].summary.metrics[0]["n"]
    means = {each.name: each.summary.accuracy.mean for each in experiments}
    intervals = {name: wilson_interval(mean * n, n) for name, mean in means.items()}
    scale = accuracies([*chain(*intervals.values(), *(e.summary.accuracies for e in experiments))])
    rows = []
    for each in sorted(experiments, key=lambda each: -means[each.name]):
        low, high = intervals[each.name]
        rows.append(
            {
                "name": each.name,
                "accuracy": means[each.name],
                "low": low,
                "high": high,
                "seeds": each.summary.accuracies,
                "findings": in_brief(each.summary.metrics),
                "places": {
                    "interval": scale.at([low, high]).tolist(),
                    "mean": float(scale.at(means[each.name])),
                    "seeds": scale.at(each.summary.accuracies).tolist(),
                },
                "validation": last_validation(each),
                "calibration": calibration_error(each),
                "parameters": each.model.network.parameters.size if each.model else None,
                **costs(each),
            }
        )
    return rows


def costs(experiment: ExperimentResults) -> dict[str, Any]:
    """Return the mean time of an experiment's trainings and the largest memory."""
    if not experiment.costs:
        return {"seconds": None}
    mean = fmean(cost["seconds"] for cost in experiment.costs)
    most = max(cost["memory_mib"] for cost in experiment.costs) or None  # 0: it is not known
    return {"seconds": mean, "time": duration(mean), "memory": most}


def last_validation(experiment: ExperimentResults) -> float | None:
    """Return the mean validation accuracy after the last epoch; None without validation."""
    ends = [h["validation_accuracy"][-1] for h in experiment.histories if len(h["epoch"])]
    return float(np.mean(ends)) if ends and np.isfinite(ends).all() else None


def pairs(experiments: Sequence[ExperimentResults]) -> dict[str, Any]:
    """Return McNemar's test of every two experiments, the best of many.

    Returns
    -------
    dict
        `names` in the order of accuracy, with their `accuracies` and `settings` in words; `all`
        pairs (i, j, only i right, only j right, p, pairs of seeds) with i before j; `neighbours`,
        those of them that follow each other.
    """
    order = sorted(experiments, key=lambda each: -each.summary.accuracy.mean)[:MOST_COMPARED]
    answers = [dict(zip(each.summary.seeds, each.answers, strict=True)) for each in order]
    found = {(i, j): paired(answers[i], answers[j]) for i, j in combinations(range(len(order)), 2)}
    return {
        "names": [each.name for each in order],
        "accuracies": [each.summary.accuracy.mean for each in order],
        "all": [
            [i, j, test.only_first, test.only_second, test.p, test.pairs]
            for (i, j), test in found.items()
        ],
        "neighbours": [
            {"better": order[i].name, "worse": order[j].name, "test": found[i, j]}
            for i, j in pairwise(range(len(order)))
        ],
    }


def settings(experiments: Sequence[ExperimentResults]) -> dict[str, Any]:
    """Return the settings in which networks differ, a row for each, and those they share.

    Ensembles, whose settings name their members, have words instead.
    """
    of = {each.name: each.summary.metrics[0].get("settings", {}) for each in experiments}
    networks = {name: given for name, given in of.items() if "of" not in given}
    differ, same = differing(networks)
    return {
        "names": differ,
        "rows": {
            name: [setting_in_words(given.get(key, ABSENT)) for key in differ]
            for name, given in networks.items()
        },
        "same": {key: setting_in_words(next(iter(networks.values()))[key]) for key in same},
        "ensembles": {name: averaged(given) for name, given in of.items() if "of" in given},
    }


def averaged(settings: Mapping[str, Any]) -> str:
    """Return in words what an ensemble is made of.

    >>> averaged({"of": ["dense", "conv"], "size": 2})
    'averages the answers of 2 × dense and 2 × conv'
    """
    *others, last = (f"{settings['size']} × {name}" for name in settings["of"])
    return f"averages the answers of {' and '.join(filter(None, [', '.join(others), last]))}"


def versions(experiments: Sequence[ExperimentResults]) -> dict[str, list[str]]:
    """Return the versions of the libraries that the networks were trained with."""
    found: dict[str, list[str]] = {}
    for environment in chain.from_iterable(each.environments for each in experiments):
        for name, version in environment.items():
            if version not in found.setdefault(name, []):
                found[name].append(version)
    return dict(sorted(found.items()))


def digests(experiments: Sequence[ExperimentResults]) -> list[dict[str, Any]]:
    """Return for each run the digests of its model, or of an ensemble's members."""
    return [
        {"experiment": each.name, "seed": seed, "what": what, "sha256": sha256}
        for each in experiments
        for seed, metrics in zip(each.summary.seeds, each.summary.metrics, strict=True)
        for what, sha256 in metrics["made_from"].items()
        if what != "prepared"
    ]
