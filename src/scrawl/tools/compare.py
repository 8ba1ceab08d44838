"""Compare two runs: the settings that differ, metrics, McNemar's test, and where they disagree.

A run is its folder, as artifacts/mnist/runs/dense-128/1. Where the images that both were tested on
lie beside the runs (or are named with --data), some of those with two answers are drawn.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.figures.formatting import as_written, percent
from scrawl.results import group_comparison
from scrawl.results.findings import in_brief
from scrawl.results.metrics import mcnemar
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, read_metrics
from scrawl.settings.json_text import readable_json
from scrawl.tools.paths import existing, prepared_of
from scrawl.tools.terminal import fitting, side_by_side

SHOWN = 12  # disagreements that are listed, unless --show says otherwise
LEVEL = 0.05  # of the test, as is usual
MEASURED = ("accuracy", "interval", "by_group", "loss", "findings")


@dataclass(frozen=True)
class Scored:
    """One of the two runs: its folder, its metrics, its answers."""

    folder: RunFolder
    metrics: dict[str, Any]
    answers: Answers

    @classmethod
    def read(cls, path: Path) -> Scored:
        """Read the files that `scrawl evaluate` writes; a run's folder or its model names them."""
        path = existing(path).parent if path.is_file() else existing(path)
        folder = RunFolder.of(path)
        answers = Answers.read(path / "predictions.h5")
        return cls(folder, read_metrics(path / "metrics.json"), answers)

    @property
    def name(self) -> str:
        """Return its name in the table."""
        return f"{self.folder.experiment}/{self.folder.seed}"

    @property
    def settings(self) -> dict[str, Any]:
        """Return its settings, the random seed among them."""
        return {**self.metrics.get("settings", {}), "seed": self.folder.seed}


def main(argv: Sequence[str]) -> None:
    """Print the differences between two runs."""
    parser = argparse.ArgumentParser(prog="scrawl compare", description=__doc__)
    parser.add_argument(
        "runs", type=Path, nargs=2, metavar="RUN", help="a run's folder, or its model.h5"
    )
    parser.add_argument("--data", type=Path, metavar="prepared.h5", help="the images to draw")
    help_ = "how many disagreements to list, the surest first (default: %(default)s)"
    parser.add_argument("--show", type=int, default=SHOWN, metavar="N", help=help_)
    parser.add_argument("--json", action="store_true", help="print JSON, with every disagreement")
    arguments = parser.parse_args(argv)
    first, second = map(Scored.read, arguments.runs)
    found = comparison(first, second)
    if arguments.json:
        print(readable_json(found), end="")
        return
    shown = found["disagreements"][: max(arguments.show, 0)]
    for line in (*table(found), *disagreements(found, shown)):
        print(line)
    data = arguments.data or beside(first)
    if data is None:
        print("\n(To see these images, name the file that they are in: --data prepared.h5)")
    elif shown:
        positions = [one["position"] for one in shown]
        for line in drawn(data, first, positions, shutil.get_terminal_size().columns):
            print(line)


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


def differing(first: dict[str, Any], second: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the settings that are not the same in both, each with its two values.

    >>> differing({"epochs": 10, "seed": 1}, {"epochs": 20, "seed": 1})
    {'epochs': [10, 20]}
    """
    keys = sorted({*first, *second})
    pairs = {key: [first.get(key), second.get(key)] for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


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


def table(found: dict[str, Any]) -> Iterator[str]:
    """Yield settings and metrics in two columns, and the test in words."""
    metrics = found["metrics"]
    rows = {"": found["runs"]}
    rows |= {key: [as_written(v) for v in pair] for key, pair in found["settings"].items()}
    rows["accuracy"] = [percent(share) for share in metrics["accuracy"]]
    rows["95 % interval"] = [
        f"{percent(one['low'])} to {percent(one['high'])}" if one else "?"
        for one in metrics["interval"]
    ]
    grouped = [(one or {}).get("interval") for one in metrics["by_group"]]
    if any(grouped):
        rows["by group"] = [
            f"{percent(one['low'])} to {percent(one['high'])}" if one else "?" for one in grouped
        ]
    rows["loss"] = ["?" if loss is None else f"{loss:.4f}" for loss in metrics["loss"]]
    briefly = [in_brief([{"findings": each or []}]) for each in metrics["findings"]]
    if any(briefly):
        rows["findings"] = briefly
    key_width = max(map(len, rows))
    width = max(len(cell) for cells in rows.values() for cell in cells)
    for key, (left, right) in rows.items():
        yield f"{key:<{key_width}}  {left:<{width}}  {right}".rstrip()
    yield ""
    yield verdict(found)
    if grouped := found["by_group"]:
        yield verdict_by_group(grouped, found["runs"])


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
    which = f"; the {len(shown)} where neither had doubts" if len(shown) < every else ""
    yield f"They disagree on {every:,} images{which}:"
    cells = [
        [
            f"{name} ({percent(p)})"
            for name, p in zip(one["answers"], one["probabilities"], strict=True)
        ]
        for one in shown
    ]
    width = max(len(left), *(len(one[0]) for one in cells))
    is_width = max(5, *(len(one["label"]) for one in shown))
    yield f"{'position':>8}  {'is':<{is_width}}  {left:<{width}}  {right}"
    for one, (a, b) in zip(shown, cells, strict=True):
        yield f"{one['position']:>8}  {one['label']:<{is_width}}  {a:<{width}}  {b}"


def beside(run: Scored) -> Path | None:
    """Return the prepared images that lie where the pipeline puts them, if they are still there."""
    normalisation = run.settings.get("normalisation", "unit")
    path = prepared_of(run.folder.path / "model.h5", normalisation)
    return path if path.is_file() else None


def drawn(data: Path, run: Scored, positions: Sequence[int], columns: int) -> Iterator[str]:
    """Yield the test images at some positions, each row of them under their positions."""
    with store.reading(data, "prepared") as file:
        if store.sha256_of_content(file) != run.answers.prepared_sha256:
            yield f"\n({data} holds other images than those that {run.name} was tested on)"
            return
        shape = tuple(int(length) for length in file.attrs["image_shape"])
        images = store.mapped(file["test/images"])[list(positions)]
        if len(shape) != 2:  # in colour
            return
        pictures = images.astype(np.float64).reshape(-1, *shape)
    count = fitting(shape[1], columns)
    for start in range(0, len(pictures), count):
        row = slice(start, start + count)
        yield ""
        yield "  ".join(f"{position:<{shape[1]}}" for position in positions[row]).rstrip()
        yield from side_by_side(pictures[row])
