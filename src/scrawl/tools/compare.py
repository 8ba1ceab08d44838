"""Compare two runs or two experiments: settings that differ, metrics, tests, and disagreements.

A run is its folder, as artifacts/mnist/runs/dense-128/1; an experiment is the folder of its runs,
as artifacts/mnist/runs/dense-128, which are compared in pairs of the same random seed. Where the
images that both were tested on lie beside the runs (or are named with --data), some of those that
they disagree on are drawn.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.figures.formatting import as_written, percent
from scrawl.results import group_comparison
from scrawl.results.findings import in_brief
from scrawl.results.metrics import mcnemar
from scrawl.settings.json_text import readable_json
from scrawl.settings.untrusted_text import printable
from scrawl.tools import compare_elsewhere, compare_experiments
from scrawl.tools.paths import existing
from scrawl.tools.scored import Scored, beside, differing, drawn
from scrawl.tools.terminal import aligned

SHOWN = 12  # disagreements that are listed, unless --show says otherwise
LEVEL = 0.05  # of the test, as is usual
MEASURED = ("accuracy", "interval", "by_group", "loss", "findings")


def main(argv: Sequence[str]) -> None:
    """Print the differences between two runs, or two experiments."""
    parser = argparse.ArgumentParser(prog="scrawl compare", description=__doc__)
    help_ = "a run's folder, or its model.h5; or an experiment's folder"
    parser.add_argument("runs", type=Path, nargs=2, metavar="RUN", help=help_)
    parser.add_argument("--data", type=Path, metavar="prepared.h5", help="the images to draw")
    help_ = "how many disagreements to list, the clearest first (default: %(default)s)"
    parser.add_argument("--show", type=int, default=SHOWN, metavar="N", help=help_)
    parser.add_argument("--json", action="store_true", help="print JSON, with every disagreement")
    arguments = parser.parse_args(argv)
    kinds = {compare_experiments.is_experiment(existing(path)) for path in arguments.runs}
    if len(kinds) == 2:
        raise ValueError(
            f"{' and '.join(map(str, arguments.runs))}: found a run and an experiment; name two "
            "runs, such as runs/dense-128/1, or two experiments, such as runs/dense-128"
        )
    if kinds == {True}:
        one, other = map(compare_experiments.ScoredExperiment.read, arguments.runs)
        first, found = one.first, compare_experiments.comparison(one, other)
    else:
        first, second = map(Scored.read, arguments.runs)
        found = comparison(first, second)
    if arguments.json:
        print(readable_json(found), end="")
        return
    shown = found["disagreements"][: max(arguments.show, 0)]
    lines = compare_experiments.lines if "experiments" in found else in_lines
    for line in lines(found, shown):
        print(printable(line))
    data = arguments.data or beside(first)
    if data is None:
        print("\n(To see these images, name the file that they are in: --data prepared.h5)")
    elif shown:
        positions = [image["position"] for image in shown]
        for line in drawn(data, first, positions, shutil.get_terminal_size().columns):
            print(printable(line))


def comparison(first: Scored, second: Scored) -> dict[str, Any]:
    """Return the whole comparison as JSON values.

    Raises
    ------
    ValueError
        If the two were not tested on the same images.
    """
    second.answers.check_labels(first.answers.labels, first.answers.path)
    labels = first.answers.labels
    b, c, p = mcnemar(labels, first.answers.predicted, second.answers.predicted)
    both = int(np.count_nonzero((first.answers.predicted == labels) & agree(first, second)))
    runs = (first, second)
    return {
        "runs": [run.name for run in runs],
        "settings": differing(first.settings, second.settings),
        "metrics": {key: [run.metrics.get(key) for run in runs] for key in MEASURED},
        "n": len(labels),
        "right": {"both": both, "first": b, "second": c, "neither": len(labels) - both - b - c},
        "p": p,
        "by_group": by_group(first, second),
        "elsewhere": compare_elsewhere.comparison({1: first.folder}, {1: second.folder}),
        "disagreements": [disagreement(first, second, i) for i in surest(first, second)],
    }


def by_group(first: Scored, second: Scored) -> dict[str, Any] | None:
    """Return how much more accurate the first is, and its interval by group; None without."""
    found = group_comparison.difference({1: first.answers}, {1: second.answers})
    return None if found is None else asdict(found)


def agree(first: Scored, second: Scored) -> NDArray[np.bool_]:
    """Return for which images (n,) the two answers are the same."""
    same: NDArray[np.bool_] = first.answers.predicted == second.answers.predicted
    return same


def surest(first: Scored, second: Scored) -> list[int]:
    """Return the positions of differing answers, those of which both runs are confident first."""
    differ = np.flatnonzero(~agree(first, second))
    doubtful = np.minimum(first.answers.confidences, second.answers.confidences)[differ]
    return [int(i) for i in differ[np.argsort(-doubtful, kind="stable")]]


def disagreement(first: Scored, second: Scored, position: int) -> dict[str, Any]:
    """Return the label of an image, and the answer of either run with its probability."""
    names = first.answers.class_names
    return {
        "position": position,
        "label": names[first.answers.labels[position]],
        "answers": [names[run.answers.predicted[position]] for run in (first, second)],
        "probabilities": [float(run.answers.confidences[position]) for run in (first, second)],
    }


def in_lines(found: dict[str, Any], shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the comparison of two runs for a terminal, with some of the disagreements."""
    yield from table(found)
    yield from compare_elsewhere.lines(found["elsewhere"], found["runs"])
    yield from disagreements(found, shown)


def table(found: dict[str, Any]) -> Iterator[str]:
    """Yield settings and metrics in two columns, and the test in words."""
    metrics = found["metrics"]
    rows = {"": found["runs"]}
    rows |= {key: [as_written(v) for v in pair] for key, pair in found["settings"].items()}
    rows["accuracy"] = [percent(share) for share in metrics["accuracy"]]
    rows["95 % interval"] = [
        f"{percent(interval['low'])} to {percent(interval['high'])}" if interval else "?"
        for interval in metrics["interval"]
    ]
    grouped = [(groups or {}).get("interval") for groups in metrics["by_group"]]
    if any(grouped):
        rows["by group"] = [
            f"{percent(ends['low'])} to {percent(ends['high'])}" if ends else "?"
            for ends in grouped
        ]
    rows["loss"] = ["?" if loss is None else f"{loss:.4f}" for loss in metrics["loss"]]
    briefly = [in_brief([{"findings": each or []}]) for each in metrics["findings"]]
    if any(briefly):
        rows["findings"] = briefly
    yield from aligned([[key, *cells] for key, cells in rows.items()])
    yield ""
    yield verdict(found)
    if grouped := found["by_group"]:
        yield compare_experiments.verdict_by_group(grouped, found["runs"])


def verdict(found: dict[str, Any]) -> str:
    """Return McNemar's test in words."""
    right, names, p = found["right"], found["runs"], found["p"]
    counts = (
        f"Of {found['n']:,} test images both have {right['both']:,} right, only {names[0]} "
        f"{right['first']:,}, only {names[1]} {right['second']:,}, neither {right['neither']:,}."
    )
    chance = f"McNemar's exact test: p = {p:.2g}"
    if p >= LEVEL:
        return f"{counts}\n{chance}: such a difference can well be luck."
    better = names[right["second"] > right["first"]]
    return f"{counts}\n{chance}: {better} is better. (Other random seeds may differ.)"


def disagreements(found: dict[str, Any], shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each of some images with two answers."""
    every = len(found["disagreements"])
    yield ""
    if not every:
        yield "They answer the same to every image."
        return
    left, right = found["runs"]
    if not shown:
        yield f"They disagree on {every:,} images."
        return
    which = f"; the {len(shown)} where both were surest" if len(shown) < every else ""
    yield f"They disagree on {every:,} images{which}:"
    cells = [
        [
            f"{name} ({percent(p)})"
            for name, p in zip(image["answers"], image["probabilities"], strict=True)
        ]
        for image in shown
    ]
    width = max(len(left), *(len(pair[0]) for pair in cells))
    is_width = max(5, *(len(image["label"]) for image in shown))
    yield f"{'position':>8}  {'is':<{is_width}}  {left:<{width}}  {right}"
    for image, (a, b) in zip(shown, cells, strict=True):
        yield f"{image['position']:>8}  {image['label']:<{is_width}}  {a:<{width}}  {b}"
