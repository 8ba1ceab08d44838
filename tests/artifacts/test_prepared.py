"""Prepared files: classes and images are read in bounded memory."""

from __future__ import annotations

import os
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


def resident_bytes() -> int:
    """Return the memory of this process, pages of mapped files included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_a_table_of_float32_images_is_read_and_not_mapped(tmp_path: Path) -> None:
    images = np.random.default_rng(1).random((64, 1 << 18), np.float32)  # 67 MB
    with h5py.File(tmp_path / "prepared.h5", "w") as file:
        file["train/images"] = images
        file["test/images"] = images[:0]
    with h5py.File(tmp_path / "prepared.h5") as file:
        rows, none = prepared.rows_of(file, "train"), prepared.rows_of(file, "test")
    before = resident_bytes()
    for number in range(64):
        assert np.array_equal(rows[number : number + 1], images[number : number + 1])
    assert resident_bytes() - before < 20_000_000
    places = np.array([63, 0, 0])
    assert np.array_equal(rows.first(64)[places], images[places])
    assert np.asarray(none).shape == (0, 1 << 18)
