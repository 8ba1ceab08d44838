"""Smoothing of images of two values, with ink made stronger or not, on validation images.

    python -m benchmarks.smoothing
    python -m benchmarks.smoothing --seeds 1 2 --experiments linear

Trains experiments of the default suite on the bundled digits as they are, and of 0 and 1: without
smoothing, and smoothed with their ink multiplied by each of `FACTORS`, up to full ink. A seed is
that of the network and of the choice of its validation images, so that the figures are of more
images than one choice has. Test images are not looked at. Prints a table in Markdown: the mean
validation accuracy over the seeds, and what it is above that of the digits as they are, in points,
with the standard error of that difference. The last column is the lowest difference; the factor
where that is highest is the choice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.versions import UNTREATED, accuracy, prepared, recipes
from scrawl.data import treatment
from scrawl.settings.experiment import Run

FACTORS = (1.0, 1.25, 1.5, 2.0)
Pixels = NDArray[Any]


def stronger(
    factor: float,
    smoothed: Callable[[Pixels, float, float], Pixels],
    images: Pixels,
    paper: float,
    ink: float,
) -> Pixels:
    """Return smoothed images (n, h, w, …) with their ink multiplied by a factor, up to full ink."""
    amounts = (smoothed(images, paper, ink) - paper) / (ink - paper)
    return paper + np.minimum(factor * amounts, 1) * (ink - paper)


def accuracies(
    version: str, experiments: list[str], seeds: list[int], **changed: Any
) -> NDArray[np.float64]:
    """Return validation accuracies (seeds, experiments) in per cent.

    Parameters
    ----------
    version : str
        One of `benchmarks.versions`.
    experiments, seeds : list
    changed
        What `scrawl.data.treatment` has in place of its own, by name.
    """
    known, found = recipes(), []
    for seed in seeds:
        with TemporaryDirectory() as name, patch.dict(vars(treatment), changed):
            data = prepared(version, Path(name), split_seed=seed)
            runs = [Run(**known[experiment], seed=seed) for experiment in experiments]
            found.append([100 * accuracy(run, data, Path(name), "validation") for run in runs])
    return np.array(found)


def main() -> None:
    """Print the table."""
    known = list(recipes())
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--experiments", choices=known, nargs="+", default=known[:3])
    asked = parser.parse_args()
    names, seeds = asked.experiments, asked.seeds
    print(f"| digits | {' | '.join(names)} | lowest |\n|---{'|---' * len(names)}|---|")
    usual = accuracies("as they are", names, seeds)
    print(f"| as they are | {' | '.join(f'{x:.2f} %' for x in usual.mean(0))} | |", flush=True)
    rows: dict[str, dict[str, Any]] = {"of 0 and 1, not smoothed": dict(UNTREATED)}
    for factor in FACTORS:
        changed = {"smoothed": partial(stronger, factor, treatment.smoothed)}
        rows[f"smoothed, × {factor:g}"] = changed
    for words, changed in rows.items():
        found = accuracies("0 and 1", names, seeds, **changed)
        more = found - usual
        errors = more.std(0, ddof=1) / np.sqrt(len(seeds))
        cells = [
            f"{mean:.2f} % ({difference:+.2f} ± {error:.2f})"
            for mean, difference, error in zip(found.mean(0), more.mean(0), errors, strict=True)
        ]
        print(f"| {words} | {' | '.join(cells)} | {more.mean(0).min():+.2f} |", flush=True)


if __name__ == "__main__":
    main()
