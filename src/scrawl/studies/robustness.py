"""Study robustness: experiments under corruptions of the test images, as figures and tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.files import write_json, write_table
from scrawl.artifacts.prepared import Dataset, images_of
from scrawl.data.corruptions.catalogue import CORRUPTIONS, corrupted
from scrawl.data.corruptions.ink import as_ink, from_ink
from scrawl.figures.robustness import robustness, sheet
from scrawl.figures.style import save
from scrawl.results.robustness import COVERAGE, MEASURES, Robustness, mean_of
from scrawl.results.runs import RunFolder, by_experiment

SHOWN = 3  # images, the first of the first classes
MOST_TO_LOOK_THROUGH = 1000


def main(argv: Sequence[str]) -> None:
    """Write the figures and tables of some runs."""
    parser = argparse.ArgumentParser(prog="scrawl robustness", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--runs",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="the folder of each run, those of the baseline first",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        required=True,
        metavar="DIR",
        help="is given table.csv, table.json, curves and images as PNG and SVG",
    )
    arguments = parser.parse_args(argv)
    experiments = read(arguments.runs)
    rows = table(experiments)
    write_table(arguments.folder / "table.csv", rows[0], (row.values() for row in rows))
    write_json(arguments.folder / "table.json", facts(experiments))
    drawings = {"curves": robustness(experiments), "images": images(arguments.data)}
    for name, figure in drawings.items():
        for suffix in ("png", "svg"):
            save(figure, arguments.folder / f"{name}.{suffix}")


def read(runs: Sequence[Path]) -> dict[str, Robustness]:
    """Return by experiment the mean of its seeds."""
    groups = by_experiment(map(RunFolder.of, runs))
    return {
        name: mean_of([Robustness.read(run.path / "corruptions.json") for run in group])
        for name, group in groups.items()
    }


def table(experiments: Mapping[str, Robustness]) -> list[dict[str, Any]]:
    """Return a row for each experiment, corruption and severity; severity 0 is none."""
    return [
        {"experiment": name, "corruption": corruption, "severity": severity}
        | {key: number_or_none(each.scores[key][number, severity]) for key in MEASURES}
        for name, each in experiments.items()
        for number, corruption in enumerate(each.names)
        for severity in each.severities
    ]


def facts(experiments: Mapping[str, Robustness]) -> dict[str, Any]:
    """Return what a page says about experiments, by their names, and two tables in Markdown."""
    baseline = next(iter(experiments.values()))
    found = {}
    for name, each in experiments.items():
        mean = each.scores["accuracy"][:, 1:].mean(axis=1).tolist()
        found[name] = {
            "accuracy_under": dict(zip(each.names, mean, strict=True)),
            "by_severity": each.by_severity("accuracy").tolist(),
            "calibration": [number_or_none(v) for v in each.by_severity("calibration_error")],
            "confidence": each.by_severity("confidence").tolist(),
            "relative": number_or_none(mean_corruption_error(each, baseline)),
            **{f"risk_by_{by}_at_half": at(0.5, risk) for by, risk in each.risk.items()},
        }
    return {
        "experiments": found,
        "summary": in_brief(found),
        "corruptions": by_corruption(experiments),
    }


def mean_corruption_error(one: Robustness, baseline: Robustness) -> float:
    """Return the mean over corruptions of the errors relative to a baseline's."""
    errors = one.corruption_errors(baseline)
    return float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")


def at(coverage: float, risk: NDArray[np.float64]) -> list[float]:
    """Return the risk at a coverage, by severity."""
    return [float(value) for value in risk[:, int(np.argmin(np.abs(COVERAGE - coverage)))]]


def in_brief(found: Mapping[str, Any]) -> str:
    """Return a table in Markdown: accuracies by severity, and what follows from them."""
    columns = "as it is | 1 | 2 | 3 | 4 | 5 | errors relative to the first"
    lines = [f"| experiment | {columns} |", f"|---|{'---:|' * 7}"]
    for name, each in found.items():
        relative = "–" if each["relative"] is None else f"{each['relative']:.2f}"
        cells = [f"{100 * share:.1f} %" for share in each["by_severity"]]
        lines.append(f"| `{name}` | {' | '.join(cells)} | {relative} |")
    return "\n".join(lines)


def by_corruption(experiments: Mapping[str, Robustness]) -> str:
    """Return a table in Markdown: mean accuracy over the five severities of each corruption."""
    lines = [
        f"| corruption | {' | '.join(f'`{name}`' for name in experiments)} |",
        f"|---|{'---:|' * len(experiments)}",
    ]
    means = [each.scores["accuracy"][:, 1:].mean(axis=1) for each in experiments.values()]
    for number, name in enumerate(next(iter(experiments.values())).names):
        cells = [f"{100 * mean[number]:.1f} %" for mean in means]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def images(data: Path) -> Any:
    """Draw a few test images under every corruption."""
    with store.reading(data, "prepared") as file:
        dataset = Dataset.of(file)
        labels = file["test/labels"][:MOST_TO_LOOK_THROUGH].argmax(axis=1)
        first = np.sort(np.unique(labels, return_index=True)[1][:SHOWN])
        shown = images_of(file, "test")[first]
    ink = as_ink(shown, dataset)
    rows = [
        [from_ink(step, dataset).reshape(len(first), *dataset.image_shape) for step in steps]
        for steps in ((ink, *corrupted(name, ink)) for name in CORRUPTIONS)
    ]
    return sheet(np.array(rows), list(CORRUPTIONS), dataset.on_paper)


def number_or_none(value: float) -> float | None:
    """Return a number, or None for nan, which JSON lacks."""
    return float(value) if np.isfinite(value) else None
