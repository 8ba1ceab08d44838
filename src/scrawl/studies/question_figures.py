"""A figure for each open question, drawn from the evidence that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from scrawl.figures.formatting import percent
from scrawl.figures.plots import draw_curve
from scrawl.figures.style import COLOURS, accuracy_scale, look, say, style
from scrawl.results.runs import by_epoch
from scrawl.studies.question_facts import (
    BATCHES,
    TARGET,
    Evidence,
    batch_facts,
    loop_facts,
    range_facts,
)

WIDTH, HEIGHT = 9, 3.6  # inch
SEEDS_KEY = "circle: a seed, bar: their mean"


def panels(count: int, height: float = HEIGHT) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels side by side."""
    figure = Figure(figsize=(WIDTH, height))
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def rows(axes: Axes, values: Mapping[str, Sequence[float]]) -> None:
    """Draw accuracies, a row for each name: the seeds, their mean, and the mean as text.

    Plain from 0 to 100 %, so that the lengths can be compared.
    """
    for y, seeds in enumerate(values.values()):
        mean = fmean(seeds)
        axes.barh(y, mean, color=COLOURS[5], alpha=0.5, height=0.6)
        axes.plot(seeds, [y] * len(seeds), "o", color=COLOURS[0], markersize=4, fillstyle="none")
        axes.text(1.02, y, percent(mean), transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(values)), list(values))
    axes.set(ylim=(len(values) - 0.4, -0.6), xlim=(0, 1), xlabel=f"test accuracy ({SEEDS_KEY})")
    axes.xaxis.set_major_formatter(whole_percent)
    axes.grid(axis="x")


def whole_percent(share: float, _: object) -> str:
    """Return a tick of an axis of shares: 0.5 as 50 %."""
    return f"{100 * share:.0f} %"


def plain_ticks(axes: Axes) -> None:
    """Label powers of ten on two logarithmic axes as plain numbers: the style has no TeX."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=12))
        axis.set_major_formatter(lambda value, _: f"{value:,.5f}".rstrip("0").rstrip("."))
        axis.set_minor_formatter(NullFormatter())


def accuracies(evidence: Evidence, names: Mapping[str, str]) -> dict[str, list[float]]:
    """Return the test accuracies of experiments under other names."""
    return {words: evidence.runs[name].accuracies for name, words in names.items()}


def relu(evidence: Evidence) -> Figure:
    """Draw the effect of ReLU's derivative, by round and at the end."""
    names = {
        "q1-as-written": "as written: 1 in both",
        "q1-right-hidden": "right in the hidden layer",
        "q1-right-output": "right on the output",
        "q1-right-both": "right in both",
        "q1-softmax-output": "right, softmax output",
    }
    figure, (left, right) = panels(2)
    for i, name in enumerate(names):
        draw_curve(left, look(i), *by_epoch(evidence.runs[name].histories, "validation_accuracy"))
    left.set(title="Learning", xlabel="round", ylabel="validation accuracy")
    left.yaxis.set_major_formatter(whole_percent)
    left.grid()
    left.legend(left.lines, list(names.values()), fontsize=8, loc="lower right")
    rows(right, accuracies(evidence, names))
    return figure


def rates(evidence: Evidence) -> Figure:
    """Draw how often the cost rises, and the accuracy, by learning rate."""
    figure, (left, right) = panels(2)
    schedules = {"q2-constant": "constant rate", "q2-falling": "rate falling on a line"}
    for i, name in enumerate(schedules):
        trials = evidence.measured["rates"][name]
        draw_trials(left, look(i), trials, "increases")
        draw_trials(right, look(i), trials, "validation_accuracy")
    epochs = evidence.setting("q2-constant", "epochs")
    left.set(title=f"Rises of the cost in {epochs} rounds", xlabel="learning rate", ylabel="rises")
    left.legend(left.lines[::2], list(schedules.values()), loc="upper left", fontsize=8)
    right.set(title="What is learnt", xlabel="learning rate", ylabel="validation accuracy")
    right.yaxis.set_major_formatter(whole_percent)
    for axes in (left, right):
        axes.grid()
    return figure


def draw_trials(
    axes: Axes, looks: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], column: str
) -> None:
    """Draw the mean of the seeds as a line, and each seed as a dot; divergence has none."""
    points: dict[float, list[float]] = {}
    for trial in trials:
        if trial[column] is not None:
            points.setdefault(trial["learning_rate"], []).append(trial[column])
    axes.plot(list(points), [fmean(values) for values in points.values()], **looks)
    scattered = [(rate, value) for rate, values in points.items() for value in values]
    axes.plot(*zip(*scattered, strict=True), "o", color=looks["color"], alpha=0.35, markersize=4)


def in_rows(evidence: Evidence, height: float, names: Mapping[str, str]) -> Figure:
    """Draw the test accuracies of experiments, a row for each, under other names."""
    figure, (axes,) = panels(1, height)
    rows(axes, accuracies(evidence, names))
    return figure


def layers(evidence: Evidence) -> Figure:
    """Draw the accuracy of the network of 16 and 16 units, change by change."""
    names = {
        "q3-original": "16-16, as its author began",
        "q3-divided-by-255": "pixels / 255",
        "q3-sound-weights": "weights N(0, 1/n_in)",
        "q3-both": "both",
        "q3-both-rate-10": "both, and a rate of 10",
        "q3-both-rate-10-one-layer": "the same, without the second layer",
    }
    return in_rows(evidence, 3, names)


def widths(evidence: Evidence) -> Figure:
    """Draw the accuracy by the number of hidden units."""
    names = {
        "q3-original": "16-16, as its author trained it",
        "q4-16-16": "16-16, trained well",
        "q4-16": "16",
        "q4-32": "32",
        "q4-128": "128",
    }
    return in_rows(evidence, 2.7, names)


def batches(evidence: Evidence) -> Figure:
    """Draw the updates and seconds to the target, by batch size."""
    facts = batch_facts(evidence)
    sizes = [evidence.setting(name, "batch_size") for name in BATCHES]
    efforts = [facts["by_size"][name] for name in BATCHES]
    seconds = [evidence.measured["seconds"][name] for name in BATCHES]
    figure, axes = panels(3)
    columns: dict[str, list[Any]] = {
        f"Updates to {percent(TARGET)}": [effort and effort["updates"] for effort in efforts],
        "Seconds an epoch": seconds,
        f"Seconds to {percent(TARGET)}": [effort and effort["seconds"] for effort in efforts],
    }
    for i, (place, (title, values)) in enumerate(zip(axes, columns.items(), strict=True)):
        known = [(size, value) for size, value in zip(sizes, values, strict=True) if value]
        place.plot(*zip(*known, strict=True), color=COLOURS[i], marker="o")
        place.set(title=title, xlabel="batch size", xscale="log", yscale="log")
        plain_ticks(place)
        place.tick_params("x", labelsize=8)
        for size, value in known:
            words = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
            place.annotate(
                words, (size, value), (0, 6), textcoords="offset points", ha="center", size=8
            )
        place.margins(0.12, 0.15)
        place.grid()
    axes[1].set(yscale="linear", ylim=(0, 1.2 * max(seconds)))
    return figure


def order(evidence: Evidence) -> Figure:
    """Draw the accuracy within an epoch of single images, and the best linear model."""
    names = {
        "q6-file-order": "file order, constant rate",
        "q6-shuffled": "shuffled",
        "q6-falling-rate": "falling rate",
        "q6-averaged": "averaged, last quarter",
    }
    figure, (axes,) = panels(1, 4.2)
    for i, name in enumerate(names):
        images, values = zip(*evidence.measured["order"][name][0], strict=True)
        looks = look(i) | {"marker": ""}
        axes.plot(images, values, linewidth=1.3, **looks)
    ceiling = evidence.measured["ceiling"]["test"]
    axes.axhline(ceiling, color="0.3", linestyle=":")
    axes.set(xlabel="images learnt from (first seed)", ylabel="validation accuracy", ylim=(0, 1))
    axes.yaxis.set_major_formatter(whole_percent)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid()
    key = [*names.values(), f"least squares: {percent(ceiling)} of the test images"]
    figure.legend(axes.lines, key, loc="outside upper left", ncols=3)
    return figure


def sigmoids(evidence: Evidence) -> Figure:
    """Draw the overflows of two sigmoid formulas, and saturation by initial weights."""
    figure, (left, right) = panels(2)
    draw_warnings(left, evidence.measured["sigmoid"]["formulas"])
    draw_starts(right, evidence.measured["sigmoid"]["starts"])
    for axes in (left, right):
        axes.invert_yaxis()
    left.margins(0.15, 0.05)
    return figure


def draw_warnings(axes: Axes, formulas: Mapping[str, float]) -> None:
    """Draw how often each formula of the sigmoid warns."""
    names = {
        "naive_float32": "1/(1 + exp(−z)), float32",
        "naive_float64": "1/(1 + exp(−z)), float64",
        "safe_float32": "(1 + tanh(z/2))/2, float32",
        "safe_float64": "(1 + tanh(z/2))/2, float64",
    }
    bars = axes.barh(list(names.values()), [formulas[name] for name in names], color=COLOURS[0])
    axes.bar_label(bars, padding=3)
    axes.set(title=f"Warnings at {formulas['values']:,.0f} whole numbers", xlabel="warnings")


def draw_starts(axes: Axes, starts: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Draw the shares of hidden units that saturate and overflow, by initial weights."""
    names = {
        "q7-unit-variance": "raw, N(0, 1)",
        "q3-sound-weights": "raw, N(0, 1/n_in)",
        "q3-original": "raw, N(0, 0.01²)",
        "q3-both": "pixels / 255, N(0, 1/n_in)",
    }
    for key, colour in {"saturated": COLOURS[5], "overflowing": COLOURS[1]}.items():
        shares = [100 * fmean(start[key] for start in starts[name]) for name in names]
        height = 0.7 if key == "saturated" else 0.35
        bars = axes.barh(list(names.values()), shares, height, color=colour, label=key)
        if key == "saturated":
            axes.bar_label(bars, fmt="%.1f %%", padding=3)
    axes.set(title="Hidden units before training", xlabel="per cent of units", xlim=(0, 125))
    axes.set_xticks(range(0, 101, 25))
    axes.legend(loc="lower right", fontsize=8)


def loop(evidence: Evidence) -> Figure:
    """Draw the loop over images beside the vectorised program."""
    figure, (axes,) = panels(1, 2)
    if evidence.loop is None:
        say(axes, "Not measured: the benchmark has not been run.")
        return figure
    facts = loop_facts(evidence)
    seconds = facts["seconds"] if facts else {}
    names = [name.replace("_", ", ") for name in seconds]
    bars = axes.barh(names, list(seconds.values()), color=COLOURS[: len(seconds)])
    axes.bar_label(bars, fmt="%.2f s", padding=3)
    axes.set(xlabel=f"seconds a round of {evidence.loop['images_of_a_round']:,} images, one thread")
    axes.invert_yaxis()
    axes.margins(0.08, 0.1)
    return figure


def ladder(evidence: Evidence) -> Figure:
    """Draw the ladder: mean, interval over the seeds, and McNemar's p against the row before."""
    rungs = evidence.ladder
    figure, (axes,) = panels(1, 1.2 + 0.3 * len(rungs))
    for y, rung in enumerate(rungs):
        axes.plot(rung.interval, [y, y], color=COLOURS[5], linewidth=5, solid_capstyle="butt")
        axes.plot(rung.accuracy.mean, y, "|", color=COLOURS[0], markersize=12, markeredgewidth=2)
        words = percent(rung.accuracy.mean)
        p = "" if rung.p is None else "p < 0.001" if rung.p < 0.001 else f"p = {rung.p:.3f}"
        axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center")
        axes.text(1.14, y, p, transform=axes.get_yaxis_transform(), va="center", color="0.4")
    labels = [rungs[0].change, *(f"+ {rung.change}" for rung in rungs[1:])]
    axes.set_yticks(range(len(rungs)), labels)
    axes.set_ylim(len(rungs) - 0.4, -0.6)
    accuracy_scale(axes.xaxis)
    axes.set_xlabel("test accuracy")
    axes.grid(axis="x")
    n = rungs[0].accuracy.n
    key = (f"95 % interval of the mean over {n} seeds (Student)", "mean")
    title = "p: McNemar's exact test against the row above, of the first seed's answers"
    figure.legend(axes.lines[:2], key, loc="outside upper left", ncols=2, title=title)
    return figure


def rate_range(evidence: Evidence) -> Figure:
    """Draw the loss of the range test against the rate."""
    found, facts = evidence.measured["range"], range_facts(evidence)
    (sweeps,) = found["sweeps"].values()
    figure, (axes,) = panels(1, 4)
    for i, points in enumerate(sweeps):
        axes.plot(*zip(*points, strict=True), color=COLOURS[i % len(COLOURS)], linewidth=1.2)
    key = [f"seed {i}" for i in range(1, len(sweeps) + 1)]
    lines = {"author": "the author's rate", "bound": "2 / mean squared length of an image"}
    for name, looks in zip(lines, ("-", "--"), strict=True):
        axes.axvline(facts[name], color="0.2", linestyle=looks, linewidth=1)
        key.append(f"{lines[name]}: {facts[name]:.2g}")
    lowest = min(loss for points in sweeps for _, loss in points)
    highest = max(points[0][1] for points in sweeps)
    end = 3 * max(facts["bound"], facts["explodes"])
    axes.set(xscale="log", yscale="log", xlim=(sweeps[0][0][0], end))
    axes.set_ylim(lowest / 2, highest * 10)
    plain_ticks(axes)
    axes.set(xlabel="learning rate, raised from step to step", ylabel="loss, median of 50 steps")
    axes.grid()
    figure.legend(axes.lines, key, loc="outside upper left", ncols=5, fontsize=9)
    return figure


FIGURES: dict[int, Callable[[Evidence], Figure]] = {
    1: relu,
    2: rates,
    3: layers,
    4: widths,
    5: batches,
    6: order,
    7: sigmoids,
    8: loop,
    9: ladder,
    10: rate_range,
}


def draw(number: int, evidence: Evidence) -> Figure:
    """Draw the figure of a question."""
    with style():
        return FIGURES[number](evidence)
