"""Prepared files: classes of images are read in bounded memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from scrawl.artifacts import prepared


@pytest.mark.parametrize("n", [0, 1, 3000])
def test_classes_are_read_a_block_of_one_hot_rows_at_a_time(
    n: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = np.random.default_rng(1).integers(0, 1000, n)
    with h5py.File(tmp_path / "prepared.h5", "w") as file:
        rows = file.create_dataset("train/labels", (n, 1000), np.float32)  # of 12 MB
        for place, index in enumerate(classes):
            rows[place, index] = 1
    monkeypatch.setattr(prepared, "BLOCK_BYTES", 100_000)
    with h5py.File(tmp_path / "prepared.h5") as file:
        tracemalloc.start()
        try:
            found = prepared.classes_of(file, "train")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert found.dtype == np.int64
    assert found.tolist() == classes.tolist()
    assert peak < 500_000
