"""Evaluated runs with their answers, and the test images that these were given to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, read_metrics
from scrawl.tools.paths import existing, prepared_of
from scrawl.tools.terminal import fitting, side_by_side


@dataclass(frozen=True)
class Scored:
    """An evaluated run: its folder, its metrics, its answers."""

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
    def right(self) -> NDArray[np.bool_]:
        """Return for which images (n,) its answer is right."""
        right: NDArray[np.bool_] = self.answers.predicted == self.answers.labels
        return right

    @property
    def settings(self) -> dict[str, Any]:
        """Return its settings, the random seed among them."""
        return {**self.metrics.get("settings", {}), "seed": self.folder.seed}


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


def differing(first: dict[str, Any], second: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the settings that are not the same in both, each with its two values.

    >>> differing({"epochs": 10, "seed": 1}, {"epochs": 20, "seed": 1})
    {'epochs': [10, 20]}
    """
    keys = sorted({*first, *second})
    pairs = {key: [first.get(key), second.get(key)] for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
