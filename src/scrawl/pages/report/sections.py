"""The report's sections on all experiments together: results, settings, dataset, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.figures.axes import accuracies
from scrawl.figures.formatting import setting_in_words
from scrawl.figures.pictures import as_pictures, sheet
from scrawl.pages.charts import Chart
from scrawl.pages.report.data import Data, ExperimentResults
from scrawl.pages.report.experiment import calibration_error, learning_curve
from scrawl.results.comparison import ABSENT, differing
from scrawl.results.metrics import wilson_interval

ROWS_AT_A_TIME = 8192  # images in memory while their mean is taken
MOST_CLASSES = 120  # whose mean images are shown


def duration(seconds: float) -> str:
    """Return a duration in words.

    >>> [duration(s) for s in (3.25, 48, 240, 9000)]
    ['3.2 s', '48 s', '4.0 min', '2.5 h']
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def facts(experiments: Sequence[ExperimentResults]) -> dict[str, Any]:
    """Return the facts at the top of the page."""
    best = max(experiments, key=lambda one: one.summary.accuracy.mean)
    metrics = best.summary.metrics[0]
    seconds = [cost["seconds"] for one in experiments for cost in one.costs]
    return {
        "best": best.name,
        "seeds": len(best.answers),
        "accuracy": best.summary.accuracy.mean,
        "n": metrics["n"],
        "commonest": metrics["commonest_class"],
        "experiments": len(experiments),
        "runs": sum(len(one.answers) for one in experiments),
        "measured": len(seconds),
        "seconds": sum(seconds),
        "time": duration(sum(seconds)),
    }


def results(experiments: Sequence[ExperimentResults]) -> list[dict[str, Any]]:
    """Return a row for each experiment, the best first."""
    n = experiments[0].summary.metrics[0]["n"]
    means = {one.name: one.summary.accuracy.mean for one in experiments}
    intervals = {name: wilson_interval(mean * n, n) for name, mean in means.items()}
    scale = accuracies([*chain(*intervals.values(), *(e.summary.accuracies for e in experiments))])
    rows = []
    for one in sorted(experiments, key=lambda one: -means[one.name]):
        low, high = intervals[one.name]
        rows.append(
            {
                "name": one.name,
                "accuracy": means[one.name],
                "low": low,
                "high": high,
                "seeds": one.summary.accuracies,
                "places": {
                    "interval": scale.at([low, high]).tolist(),
                    "mean": float(scale.at(means[one.name])),
                    "seeds": scale.at(one.summary.accuracies).tolist(),
                },
                "validation": last_validation(one),
                "calibration": calibration_error(one),
                "parameters": one.model.network.parameters.size if one.model else None,
                **costs(one),
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


def settings(experiments: Sequence[ExperimentResults]) -> dict[str, Any]:
    """Return the settings in which experiments differ, a row for each, and those they share."""
    of = {one.name: one.summary.metrics[0].get("settings", {}) for one in experiments}
    differ, same = differing(of)
    return {
        "names": differ,
        "rows": {
            name: [setting_in_words(given.get(key, ABSENT)) for key in differ]
            for name, given in of.items()
        },
        "same": {key: setting_in_words(next(iter(of.values()))[key]) for key in same},
    }


def comparison(experiments: Sequence[ExperimentResults]) -> Chart | None:
    """Return the chart of all experiments' validation accuracies; None if nothing was validated.

    The best on the test images comes first, as in the table.
    """
    order = sorted(experiments, key=lambda one: -one.summary.accuracy.mean)
    return learning_curve(
        "Validation accuracy",
        {one.name: (one, "validation_accuracy") for one in order},
        accuracies,
    )


def dataset(first: Data, data: Sequence[Data]) -> dict[str, Any]:
    """Return the facts of the dataset: its classes with their counts and mean images."""
    names = first.dataset.class_names
    shown = names[:MOST_CLASSES]
    counts = {
        split: np.bincount(labels, minlength=len(names)).tolist()
        for split, labels in first.labels.items()
    }
    means = as_pictures(first.shaped(mean_images(first)[: len(shown)]), first.dataset.on_paper)
    return {
        "classes": [
            {"name": name, **{split: counts[split][i] for split in counts}}
            for i, name in enumerate(shown)
        ],
        "n_classes": len(names),
        "most": max(counts["train"], default=0),
        "sizes": {split: len(labels) for split, labels in first.labels.items()},
        "shape": " × ".join(map(str, first.dataset.image_shape)),
        "means": sheet(means),
        "made_from": first.made_from,
        "prepared": [
            {
                "normalisation": one.dataset.normalisation,
                "offset": one.dataset.offset,
                "scale": one.dataset.scale,
                "sha256": one.sha256,
            }
            for one in data
        ],
    }


def mean_images(data: Data) -> NDArray[np.float32]:
    """Return the mean training image of each class, (classes, pixels); 0 for an empty class."""
    images, labels = data.images["train"], data.labels["train"]
    classes = len(data.dataset.class_names)
    sums = np.zeros((classes, data.dataset.pixels))
    for start in range(0, len(images), ROWS_AT_A_TIME):
        some = labels[start : start + ROWS_AT_A_TIME]
        members = (some == np.arange(classes)[:, None]).astype(np.float32)
        sums += members @ images[start : start + ROWS_AT_A_TIME]
    counts = np.bincount(labels, minlength=classes)[:, None]
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def versions(experiments: Sequence[ExperimentResults]) -> dict[str, list[str]]:
    """Return the versions of the libraries that the networks were trained with."""
    found: dict[str, list[str]] = {}
    for environment in chain.from_iterable(one.environments for one in experiments):
        for name, version in environment.items():
            if version not in found.setdefault(name, []):
                found[name].append(version)
    return dict(sorted(found.items()))


def digests(experiments: Sequence[ExperimentResults]) -> list[dict[str, Any]]:
    """Return for each run the digests of its model, or of an ensemble's members."""
    return [
        {"experiment": one.name, "seed": seed, "what": what, "sha256": sha256}
        for one in experiments
        for seed, metrics in zip(one.summary.seeds, one.summary.metrics, strict=True)
        for what, sha256 in metrics["made_from"].items()
        if what != "prepared"
    ]
