"""Facts on each open question, taken from artifacts: numbers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from scrawl.results.summary import Summary
from scrawl.studies.ladder import Rung

TARGET = 0.9417  # what the network of 128 sigmoids came to, after 100 rounds


@dataclass(frozen=True)
class Evidence:
    """The runs and measurements that answers are made from.

    Attributes
    ----------
    runs : mapping of str to Summary
        Every experiment of the suite `questions`, over its seeds.
    measured : mapping of str to Any
        What `scrawl measure` found, by the measurement's name.
    ladder : sequence of Rung
    loop : mapping, optional
        The benchmark of the loop over images against the vectorised program.
    """

    runs: Mapping[str, Summary]
    measured: Mapping[str, Any]
    ladder: Sequence[Rung]
    loop: Mapping[str, Any] | None = None

    def accuracy(self, experiment: str) -> float:
        """Return the mean test accuracy over the seeds."""
        return self.runs[experiment].accuracy.mean

    def setting(self, experiment: str, name: str) -> Any:
        """Return an experiment's settings, as its metrics record them."""
        return self.runs[experiment].metrics[0]["settings"][name]

    def updates(self, experiment: str) -> int:
        """Return the number of updates of a run."""
        return int(self.runs[experiment].histories[0]["steps"][-1])


def relu_facts(evidence: Evidence) -> dict[str, Any]:
    """Compare the four combinations of right and wrong derivatives."""
    return {
        "written": evidence.accuracy("q1-as-written"),
        "right_hidden": evidence.accuracy("q1-right-hidden"),
        "right_output": evidence.accuracy("q1-right-output"),
        "right_both": evidence.accuracy("q1-right-both"),
        "softmax": evidence.accuracy("q1-softmax-output"),
        "rounds": evidence.setting("q1-as-written", "epochs"),
        "lost_both": fmean(map(never_answered, evidence.runs["q1-right-both"].metrics)),
        "lost_hidden": fmean(map(never_answered, evidence.runs["q1-right-hidden"].metrics)),
    }


def never_answered(metrics: Mapping[str, Any]) -> int:
    """Return the number of classes that a network never answered.

    >>> never_answered({"per_class": [{"precision": 0.5}, {"precision": None}]})
    1
    """
    return sum(row["precision"] is None for row in metrics["per_class"])


def rate_facts(evidence: Evidence) -> dict[str, Any]:
    """Find the highest stable rates, constant and falling."""
    constant, falling = (evidence.measured["rates"][name] for name in ("q2-constant", "q2-falling"))
    stable = highest_stable(constant)
    beyond = [trial for trial in constant if trial["learning_rate"] > stable]
    highest = max(trial["learning_rate"] for trial in constant)
    return {
        "stable_constant": stable,
        "stable_falling": highest_stable(falling),
        "most_increases": max((trial["increases"] for trial in beyond), default=0),
        "beyond": min((trial["learning_rate"] for trial in beyond), default=highest),
        "author": highest,
        "best_constant": best_accuracy(constant, stable),
        "at_author": best_accuracy(constant, highest),
        "falling_beyond": best_accuracy(falling, highest_stable(falling)),
        "rounds": evidence.setting("q2-constant", "epochs"),
    }


def highest_stable(trials: Sequence[Mapping[str, Any]]) -> float:
    """Return the highest rate up to which no seed's cost rose or diverged; 0 if there is none.

    >>> highest_stable([
    ...     {"learning_rate": 0.1, "increases": 0, "diverged": False},
    ...     {"learning_rate": 0.2, "increases": 3, "diverged": False},
    ...     {"learning_rate": 0.4, "increases": 0, "diverged": False},
    ... ])
    0.1
    """
    unstable = [t["learning_rate"] for t in trials if t["increases"] or t["diverged"]]
    limit = min(unstable, default=float("inf"))
    return max((t["learning_rate"] for t in trials if t["learning_rate"] < limit), default=0.0)


def best_accuracy(trials: Sequence[Mapping[str, Any]], rate: float) -> float:
    """Return the mean validation accuracy of the seeds at a rate; divergence counts as 0."""
    return fmean(t["validation_accuracy"] or 0.0 for t in trials if t["learning_rate"] == rate)


def layer_facts(evidence: Evidence) -> dict[str, Any]:
    """Follow the two-layer network from the author's start to a sound one."""
    return {
        "layers": len(evidence.setting("q3-original", "hidden")),
        "original": evidence.accuracy("q3-original"),
        "divided": evidence.accuracy("q3-divided-by-255"),
        "weights": evidence.accuracy("q3-sound-weights"),
        "both": evidence.accuracy("q3-both"),
        "sound": evidence.accuracy("q3-both-rate-10"),
        "one_layer": evidence.accuracy("q3-both-rate-10-one-layer"),
        "rate": evidence.setting("q3-both-rate-10", "learning_rate"),
        "updates": evidence.updates("q3-both-rate-10"),
    }


def width_facts(evidence: Evidence) -> dict[str, Any]:
    """Compare networks of different widths, trained alike."""
    return {
        "original": evidence.accuracy("q3-original"),
        "units": evidence.setting("q4-16", "hidden")[0],
        "two_layers": evidence.accuracy("q4-16-16"),
        "narrow": evidence.accuracy("q4-16"),
        "middle": evidence.accuracy("q4-32"),
        "middle_units": evidence.setting("q4-32", "hidden")[0],
        "wide": evidence.accuracy("q4-128"),
        "wide_units": evidence.setting("q4-128", "hidden")[0],
        "epochs": evidence.setting("q4-16", "epochs"),
    }


BATCHES = ("q5-batch-10", "q5-batch-100", "q5-batch-1000", "q5-batch-10000", "q5-batch-60000")


def batch_facts(evidence: Evidence) -> dict[str, Any]:
    """Find updates and processor seconds to the target, for each batch size."""
    seconds = evidence.measured["seconds"]
    efforts = {name: effort(evidence.runs[name], seconds[name]) for name in BATCHES}
    reached = [effort for effort in efforts.values() if effort]
    small, full = efforts["q5-batch-100"], efforts["q5-batch-60000"]
    return {
        "target": TARGET,
        "reached": len(reached),
        "sizes": len(BATCHES),
        "by_size": efforts,
        "small_size": evidence.setting("q5-batch-100", "batch_size"),
        "small_updates": small["updates"] if small else None,
        "small_seconds": small["seconds"] if small else None,
        "full_updates": full["updates"] if full else None,
        "full_seconds": full["seconds"] if full else None,
        "ratio": full["seconds"] / small["seconds"] if small and full else None,
        "tiny_size": evidence.setting("q5-batch-10", "batch_size"),
        "overhead": seconds["q5-batch-10"] / seconds["q5-batch-1000"],
        "large_epoch": seconds["q5-batch-1000"],
        "full_epoch": seconds["q5-batch-60000"],
        "large_size": evidence.setting("q5-batch-1000", "batch_size"),
    }


def effort(runs: Summary, seconds_an_epoch: float) -> dict[str, float] | None:
    """Return mean updates and seconds up to the end of the first epoch that meets the target."""
    found = []
    for history in runs.histories:
        met = (history["validation_accuracy"] >= TARGET).nonzero()[0]
        if not len(met):
            return None
        found.append((history["epoch"][met[0]], history["steps"][met[0]]))
    epochs, updates = (fmean(column) for column in zip(*found, strict=True))
    return {"epochs": epochs, "updates": updates, "seconds": epochs * seconds_an_epoch}


def order_facts(evidence: Evidence) -> dict[str, Any]:
    """Measure the largest falls in accuracy during an epoch, and the accuracy at its end."""
    traces = evidence.measured["order"]
    return {
        "file_back": fmean(map(largest_fall, traces["q6-file-order"])),
        "shuffled_back": fmean(map(largest_fall, traces["q6-shuffled"])),
        "falling_back": fmean(map(late_fall, traces["q6-falling-rate"])),
        "averaged_back": fmean(map(late_fall, traces["q6-averaged"])),
        "file_late_back": fmean(map(late_fall, traces["q6-file-order"])),
        "file": evidence.accuracy("q6-file-order"),
        "shuffled": evidence.accuracy("q6-shuffled"),
        "falling": evidence.accuracy("q6-falling-rate"),
        "averaged": evidence.accuracy("q6-averaged"),
        "ceiling": evidence.measured["ceiling"]["test"],
        "best_seed": max(
            max(evidence.runs[name].accuracies)
            for name in ("q6-file-order", "q6-shuffled", "q6-falling-rate", "q6-averaged")
        ),
        "images": traces["q6-file-order"][0][1][0],
    }


def largest_fall(points: Sequence[Sequence[float]], begin: int = 0) -> float:
    """Return the largest fall in accuracy between neighbouring points of a trace.

    >>> round(largest_fall([(0, 0.1), (10, 0.5), (20, 0.3), (30, 0.4), (40, 0.35)]), 6)
    0.2
    """
    accuracies = [accuracy for _, accuracy in points[begin:]]
    return max(before - after for before, after in pairwise(accuracies))


def late_fall(points: Sequence[Sequence[float]]) -> float:
    """Return the largest fall in the last fifth of a trace, where weights are averaged."""
    return largest_fall(points, -max(2, len(points) // 5))


def sigmoid_facts(evidence: Evidence) -> dict[str, Any]:
    """Compare formulas of the sigmoid, and initial weights."""
    found = evidence.measured["sigmoid"]
    starts = {
        name: fmean(start["saturated"] for start in seeds)
        for name, seeds in found["starts"].items()
    }
    overflowing = fmean(start["overflowing"] for start in found["starts"]["q7-unit-variance"])
    return {
        **found["formulas"],
        "saturated_start": starts["q7-unit-variance"],
        "overflowing_start": overflowing,
        "saturated_sound": starts["q3-both"],
    }


def loop_facts(evidence: Evidence) -> dict[str, Any] | None:
    """Return the ratios of the benchmark, if it was run."""
    if evidence.loop is None:
        return None
    ways = evidence.loop["ways"]
    return {
        "seconds": {name: way["seconds_a_round"]["median"] for name, way in ways.items()},
        "double": ways["vectorised_float64"]["times_faster"]["median"],
        "single": ways["vectorised_float32"]["times_faster"]["median"],
        "images": evidence.loop["images_of_a_round"],
        "repetitions": evidence.loop["repetitions"],
    }


def ladder_facts(evidence: Evidence) -> dict[str, Any]:
    """Find the largest step of the ladder and those that may be luck."""
    rungs = evidence.ladder
    steps = {
        rung.change: rung.accuracy.mean - before.accuracy.mean for before, rung in pairwise(rungs)
    }
    largest = max(steps, key=lambda change: steps[change])
    lucky = [rung.change for rung in rungs if rung.p is not None and rung.p > 0.05]
    return {
        "first": rungs[0].accuracy.mean,
        "last": rungs[-1].accuracy.mean,
        "rows": len(rungs),
        "seeds": rungs[0].accuracy.n,
        "largest": largest,
        "largest_step": steps[largest],
        "unsure": ", ".join(lucky) or "none",
        "level": 0.05,
        "goal": 0.99,
    }


def range_facts(evidence: Evidence) -> dict[str, Any]:
    """Find the rates at which the loss is lowest and at which it explodes."""
    found = evidence.measured["range"]
    (name,) = found["sweeps"]
    curves = [Curve.of(points) for points in found["sweeps"][name]]
    return {
        "author": found["configured"][name],
        "halved": fmean(curve.halved for curve in curves),
        "best": fmean(curve.best for curve in curves),
        "explodes": fmean(curve.explodes for curve in curves),
        "bound": 2 / found["mean_squared_length"],
    }


@dataclass(frozen=True)
class Curve:
    """Three rates of a range test: the loss is `halved`, is `best`, and `explodes`."""

    halved: float
    best: float
    explodes: float

    @classmethod
    def of(cls, points: Sequence[Sequence[float]]) -> Curve:
        """Find them: half the first loss, the lowest one, and four times that after it.

        >>> Curve.of([(1, 100), (2, 80), (4, 10), (8, 5), (16, 9), (32, 50)])
        Curve(halved=4, best=8, explodes=32)
        """
        first = points[0][1]
        place = min(range(len(points)), key=lambda i: points[i][1])
        best, lowest = points[place]
        halved = next(rate for rate, loss in points if loss <= max(first / 2, lowest))
        later = [rate for rate, loss in points[place:] if loss > 4 * lowest]
        return cls(halved, best, later[0] if later else points[-1][0])
