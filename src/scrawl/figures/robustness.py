"""Figures of corruptions: images under each, and what they do to the answers of experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from scrawl.figures.axes import tick_percent
from scrawl.figures.pictures import as_pictures
from scrawl.figures.plots import centres, mosaic, show_picture
from scrawl.figures.style import look, say, style
from scrawl.results.robustness import COVERAGE, Robustness

COLUMNS = 6  # of the small panels, one for each corruption
RISK_AT = 3  # the severity whose risk is drawn


def sheet(images: NDArray[Any], names: Sequence[str], on_paper: bool = True) -> Figure:
    """Draw images under every corruption, a row each, by severity.

    Parameters
    ----------
    images : (corruptions, severities + 1, n, h, w) or (…, 3)
        Of n images, as they are and with each severity.
    names : sequence of str, (corruptions,)
    on_paper : bool
        As for `as_pictures`.
    """
    rows, columns, n = images.shape[:3]
    flat = as_pictures(images.reshape(rows * columns * n, *images.shape[3:]), on_paper)
    pictures = list(flat.reshape(rows, columns * n, *flat.shape[1:]))
    height, width = flat.shape[1:3]
    with style(names) as labels:
        side = 9 / (columns * n + 2)
        figure = Figure(figsize=(9, 0.5 + side * rows * height / width))
        axes = figure.subplots()
        show_picture(axes, drawn := mosaic(pictures, columns * n))
        axes.set_yticks(centres(drawn.shape[0], rows), labels)
        severities = ["as it is", "severity 1", *map(str, range(2, columns))]
        axes.set_xticks(centres(drawn.shape[1], columns), severities)
        axes.tick_params(labeltop=True, labelbottom=False)
    return figure


def robustness(experiments: Mapping[str, Robustness]) -> Figure:
    """Draw what corruptions do to experiments, in all and one by one.

    Parameters
    ----------
    experiments : mapping of str to Robustness
        By name, the mean of the seeds. The first is the baseline of the relative errors.
    """
    first = next(iter(experiments.values()))
    rows = -(-len(first.names) // COLUMNS)
    with style(list(experiments)) as names:
        figure = Figure(figsize=(12, 4.4 + 1.9 * rows))
        grid = figure.add_gridspec(rows + 1, 1, height_ratios=[1.9, *[1] * rows])
        whole = grid[0].subgridspec(1, 4).subplots(squeeze=False)
        lines = overview(whole[0], experiments)
        shared = None
        for row in range(rows):
            panels = grid[row + 1].subgridspec(1, COLUMNS).subplots(squeeze=False)
            for place, axes in enumerate(panels[0]):
                number = COLUMNS * row + place
                if number >= len(first.names):
                    axes.set_axis_off()
                    continue
                shared = shared or axes
                axes.sharey(shared)
                by_severity(axes, experiments, number)
                axes.tick_params(labelleft=not place)
        figure.legend(lines, names, loc="outside upper left", ncols=min(len(names), 5))
    return figure


def overview(panels: NDArray[Any], experiments: Mapping[str, Robustness]) -> list[Any]:
    """Draw the mean over all corruptions in four panels; return the lines of the first."""
    accuracy, calibration, relative, risk = panels
    titles = (
        "Accuracy",
        "Calibration error",
        "Errors relative to the first",
        "Error of the surest",
    )
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title)
        axes.grid()
    lines = []
    for i, each in enumerate(experiments.values()):
        lines += accuracy.plot(each.severities, each.by_severity("accuracy"), **look(i))
        calibration.plot(each.severities, each.by_severity("calibration_error"), **look(i))
    for axes in (accuracy, calibration):
        axes.set_xlabel("severity")
    accuracy.yaxis.set_major_formatter(lambda value, _: tick_percent(value))
    if not np.isfinite(calibration.dataLim.intervaly).all():
        say(calibration, "Outputs are no probabilities.")
    relative_errors(relative, experiments)
    abstention(risk, experiments)
    return lines


def abstention(axes: Axes, experiments: Mapping[str, Robustness]) -> None:
    """Draw the error of the surest answers; of ensembles, thinly, also by their agreement."""
    for by, width in (("confidence", 1.5), ("agreement", 0.7)):
        for i, each in enumerate(experiments.values()):
            if by in each.risk:
                looks = look(i) | {"marker": "", "linewidth": width}
                axes.plot(COVERAGE, each.risk[by][RISK_AT], **looks)
    thin = "\n(thin: by agreement)" * any("agreement" in each.risk for each in experiments.values())
    axes.set_xlabel(f"share answered, severity {RISK_AT}{thin}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: tick_percent(value))


def relative_errors(axes: Axes, experiments: Mapping[str, Robustness]) -> None:
    """Draw the mean corruption error of each experiment relative to the first, as bars."""
    baseline = next(iter(experiments.values()))
    for i, each in enumerate(experiments.values()):
        errors = each.corruption_errors(baseline)
        if not np.isnan(errors).all():
            mean = float(np.nanmean(errors))
            axes.barh(i, mean, color=look(i)["color"])
            axes.text(mean, i, f" {mean:.2f}", va="center", clip_on=False)
    axes.set(yticks=[], ylim=(len(experiments) - 0.4, -0.6), xlabel="1: as many mistakes")
    axes.margins(x=0.2)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_formatter("{x:g}")


def by_severity(axes: Axes, experiments: Mapping[str, Robustness], number: int) -> None:
    """Draw accuracy by severity under one corruption."""
    for i, each in enumerate(experiments.values()):
        axes.plot(each.severities, each.scores["accuracy"][number], **look(i) | {"markersize": 2})
        axes.set_title(each.names[number], size=10)
    axes.set(ylim=(0, 1.02), xticks=each.severities)
    axes.yaxis.set_major_formatter(lambda value, _: tick_percent(value))
    axes.grid()
