"""The report's section on corruptions of the test images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.figures.axes import Scale, plain, tick_percent
from scrawl.pages.charts import Chart, Line, chart
from scrawl.results.robustness import COVERAGE, Robustness, mean_of
from scrawl.results.summary import Summary

COLOURS = 7  # of the page: a look so much further has the same colour and another dash
HARD = 3  # the severity at which risk is drawn against coverage

Floats = NDArray[np.float64]


def read(summaries: Sequence[Summary]) -> dict[str, Robustness]:
    """Return by experiment the mean of its runs; a ValueError if one has no corruptions.json."""
    return {
        each.experiment: mean_of(
            [Robustness.read(run.path / "corruptions.json") for run in each.runs]
        )
        for each in summaries
    }


def corruptions(
    experiments: Mapping[str, Robustness], looks: Mapping[str, int]
) -> dict[str, Any] | None:
    """Return the charts and the table of the section; None if nothing was corrupted.

    Parameters
    ----------
    experiments : mapping of str to Robustness
        The first is the baseline of the relative errors.
    looks : mapping of str to int
        The colour of each experiment in all charts.
    """
    if not experiments:
        return None
    baseline = next(iter(experiments.values()))
    relative = {name: each.corruption_errors(baseline) for name, each in experiments.items()}
    means = [each.scores["accuracy"][:, 1:].mean(axis=1) for each in experiments.values()]
    return {
        "baseline": next(iter(experiments)),
        "charts": [
            by_severity("Accuracy", "accuracy", experiments, looks),
            by_severity("Calibration error", "calibration_error", experiments, looks),
            abstention("Error of the surest answers", 0, experiments, looks),
            abstention(f"The same under corruptions, severity {HARD}", HARD, experiments, looks),
        ],
        "experiments": list(experiments),
        "relative": [mean_or_none(errors) for errors in relative.values()],
        "rows": [
            {"corruption": name, "accuracies": [float(mean[number]) for mean in means]}
            for number, name in enumerate(baseline.names)
        ],
        "overall": [float(mean.mean()) for mean in means],
    }


def mean_or_none(values: Floats) -> float | None:
    """Return the mean of the values that exist, or None if none does."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def by_severity(
    title: str, measure: str, experiments: Mapping[str, Robustness], looks: Mapping[str, int]
) -> Chart:
    """Return the chart of a measure, the mean over all corruptions, by severity."""
    lines = []
    for name, each in experiments.items():
        values = each.by_severity(measure)
        known = np.isfinite(values)
        at = np.array(each.severities, float)
        lines.append(Line(name, at[known], values[known], look=looks[name]))
    severities = replace(plain([0, 5]), ticks=[float(i) for i in range(6)])
    return chart(title, "severity", measure.replace("_", " "), lines, severities, shares(lines))


def abstention(
    title: str, severity: int, experiments: Mapping[str, Robustness], looks: Mapping[str, int]
) -> Chart:
    """Return the chart of risk against coverage; of an ensemble, by the members' agreement too."""
    lines = [
        Line(name if by == "confidence" else f"{name}, agreement", COVERAGE, rows[severity],
             look=looks[name] + COLOURS * (by != "confidence"))
        for name, each in experiments.items()
        for by, rows in each.risk.items()
    ]  # fmt: skip
    answered = replace(plain([0, 1]), words=tick_percent)
    return chart(title, "share answered", "share that is wrong", lines, answered, shares(lines))


def shares(lines: Sequence[Line]) -> Scale:
    """Return a scale from 0 to the largest value of some lines."""
    values = np.concatenate([[0.0, 0.01], *(line.y for line in lines)])
    return replace(plain([0.0, float(values.max())]), words=tick_percent)
