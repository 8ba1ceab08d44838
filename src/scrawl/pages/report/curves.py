"""Charts of the report: learning curves, calibration, accuracy against cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scrawl.figures.axes import Scale, accuracies, epochs, losses, plain, tick_percent
from scrawl.figures.formatting import duration
from scrawl.pages.charts import Chart, Line, across, bars, chart, path, upward
from scrawl.pages.report.data import ExperimentResults
from scrawl.results.calibration import are_probabilities, reliability
from scrawl.results.runs import by_epoch

MARGIN = 1.25  # beyond the least and greatest cost, as a factor


@dataclass(frozen=True)
class Column:
    """A column of the histories that a chart shows: of which experiment, in which look."""

    results: ExperimentResults
    name: str
    look: int | None = None


def curves(results: ExperimentResults) -> list[Chart]:
    """Return the charts of the training of one experiment, and its calibration, if any."""

    def columns(**names: str) -> dict[str, Column]:
        return {words.replace("_", " "): Column(results, name) for words, name in names.items()}

    loss = columns(training="loss", validation="validation_loss")
    accuracy = columns(training="train_accuracy", validation="validation_accuracy")
    units = columns(dead="dead_units", saturated="saturated_units")
    drawn = [
        by_epochs("Loss", "loss", loss, losses),
        by_epochs("Accuracy", "accuracy", accuracy, accuracies),
        calibration(results),
        by_epochs("Learning rate", "rate", columns(learning_rate="learning_rate"), positive),
        by_epochs("Relative update of the weights", "‖Δw‖/‖w‖", columns(update="relative_update"),
                  positive),
        by_epochs("Dead and saturated units", "share of the worst layer", units, shares),
    ]  # fmt: skip
    return [found for found in drawn if found]


def positive(values: ArrayLike) -> Scale:
    """Return a scale from 0, or a logarithmic one of values far apart."""
    scale = losses(values)
    return scale if scale.place is np.log10 else plain([0.0, *np.ravel(values)])


def shares(values: ArrayLike) -> Scale:
    """Return a scale of shares, from 0 to the largest of them."""
    return replace(plain([0.0, max(0.01, float(np.max(values)))]), words=tick_percent)


def by_epochs(
    title: str,
    y_name: str,
    columns: Mapping[str, Column],
    scale: Callable[[ArrayLike], Scale],
) -> Chart | None:
    """Return a chart by epoch with a line for each name; None if there is nothing to show."""
    lines = [
        Line(name, x, mean, (low, high), place if column.look is None else column.look)
        for place, (name, column) in enumerate(columns.items())
        for x, mean, low, high in [by_epoch(having(column), column.name)]
    ]
    drawn = [line for line in lines if len(line.x)]
    if not drawn:
        return None
    values = np.concatenate([np.concatenate(line.band or [line.y]) for line in drawn])
    x = epochs(np.concatenate([line.x for line in drawn]))
    return chart(title, "epoch", y_name, drawn, x, scale(values))


def having(column: Column) -> list[Mapping[str, NDArray[np.float64]]]:
    """Return the histories that have a column."""
    return [history for history in column.results.histories if column.name in history]


def calibration(results: ExperimentResults) -> Chart | None:
    """Return the reliability curve, with the share of the answers in each bin as bars."""
    confidences, right = pooled(results)
    if not are_probabilities(confidences):
        return None
    found = reliability(confidences, right)
    filled = found.counts > 0
    line = Line("right", found.confidence[filled], found.accuracy[filled])
    scale = replace(plain([0, 1]), words=tick_percent)
    bins = len(found.counts)
    return replace(
        chart("Calibration", "confidence", "share that is right", [line], scale, scale),
        bars=bars(np.arange(bins) / bins, found.counts / found.counts.sum(), scale),
        diagonal=path(across(scale, [0, 1]), upward(scale, [0, 1])),
    )


def calibration_error(results: ExperimentResults) -> float | None:
    """Return the expected calibration error; None where the outputs are not probabilities."""
    confidences, right = pooled(results)
    if not are_probabilities(confidences):
        return None
    return reliability(confidences, right).expected_calibration_error


def pooled(results: ExperimentResults) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the confidence of each answer of all seeds, and whether it was right."""
    return (
        np.concatenate([run.confidences for run in results.answers]),
        np.concatenate([run.predicted == run.labels for run in results.answers]),
    )


def comparison(experiments: Sequence[ExperimentResults], looks: Mapping[str, int]) -> Chart | None:
    """Return the chart of all experiments' validation accuracies; None if nothing was validated.

    The best on the test images comes first, as in the table.
    """
    order = sorted(experiments, key=lambda results: -results.summary.accuracy.mean)
    return by_epochs(
        "Validation accuracy",
        "accuracy",
        {each.name: Column(each, "validation_accuracy", looks[each.name]) for each in order},
        accuracies,
    )


def against_parameters(
    experiments: Sequence[ExperimentResults], looks: Mapping[str, int]
) -> Chart | None:
    """Return test accuracy against the number of parameters, of two networks or more."""
    sizes = {
        each.name: float(each.model.network.parameters.size) for each in experiments if each.model
    }
    return against("Test accuracy and parameters", "parameters", sizes, experiments, looks,
                   "{:,.0f}".format)  # fmt: skip


def against_seconds(
    experiments: Sequence[ExperimentResults], looks: Mapping[str, int]
) -> Chart | None:
    """Return test accuracy against the mean time of training, of two networks or more."""
    times = {
        each.name: max(0.001, fmean(cost["seconds"] for cost in each.costs))
        for each in experiments
        if each.costs
    }
    return against(
        "Test accuracy and time", "time of training", times, experiments, looks, duration
    )


def against(
    title: str,
    x_name: str,
    costs: Mapping[str, float],
    experiments: Sequence[ExperimentResults],
    looks: Mapping[str, int],
    words: Callable[[float], str],
) -> Chart | None:
    """Return test accuracy against a cost, a point for each experiment that has one."""
    if len(costs) < 2:
        return None
    means = {each.name: each.summary.accuracy.mean for each in experiments if each.name in costs}
    points = [
        Line(name, np.array([costs[name]]), np.array([mean]), look=looks[name])
        for name, mean in sorted(means.items(), key=lambda item: -item[1])
    ]
    ends = [min(costs.values()) / MARGIN, max(costs.values()) * MARGIN]
    scale = replace(losses(ends), words=words)
    return chart(title, x_name, "test accuracy", points, scale, accuracies([*means.values()]))
