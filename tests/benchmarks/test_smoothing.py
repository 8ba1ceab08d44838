"""The choice of smoothing's factor: of the images it says, and with the factor it says."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest

from benchmarks import smoothing
from scrawl.data import treatment
from scrawl.settings.experiment import Run


def test_networks_are_scored_on_validation_images_smoothed_with_the_factor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, seen = treatment.smoothed, {}

    def accuracy(run: Run, data: Path, _: Path, split: str) -> float:
        with h5py.File(data) as file:
            seen[run.seed, split] = file["validation/images"][:]
        return 0.5

    monkeypatch.setattr(smoothing, "accuracy", accuracy)
    twice = partial(smoothing.stronger, 2.0, before)
    found = smoothing.accuracies("0 and 1", ["linear"], [1, 2], smoothed=twice)
    assert found.tolist() == [[50.0], [50.0]]
    assert list(seen) == [(1, "validation"), (2, "validation")]
    first, second = seen.values()
    assert not np.array_equal(first, second)  # other images are kept back
    # The average of 16 shares, doubled: eighths, up to full ink.
    assert np.unique(first).tolist() == [n / 8 for n in range(9)]
    assert treatment.smoothed is before
