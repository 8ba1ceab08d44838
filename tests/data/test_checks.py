"""Checks of a dataset, on images whose faults are put there by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.data import checks


def test_blank_repeated_shared_and_contradictory_images_are_counted() -> None:
    rng = np.random.default_rng(0)
    images = {split: rng.random((n, 6), dtype=np.float32) for split, n in SIZES.items()}
    labels = {split: np.zeros(n, np.int64) for split, n in SIZES.items()}
    images["train"][3] = images["train"][0]  # repeated
    images["train"][4] = 0.5  # blank
    images["test"][:2] = images["train"][0]  # shared twice, and repeated
    images["test"][2] = images["train"][1]  # shared, with another label
    labels["test"][2] = 1
    found = checks.check(images, labels)
    assert found.checked == SIZES
    assert found.blank == {"train": 1, "validation": 0, "test": 0}
    assert found.repeated == {"train": 1, "validation": 0, "test": 1}
    assert found.shared == {"validation": 0, "test": 3}
    assert found.contradictory == 2


def test_of_a_large_split_the_first_images_are_checked_and_the_count_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "MOST_CHECKED", 5)
    monkeypatch.setattr(checks, "VALUES_AT_A_TIME", 8)  # two rows
    images = {"train": np.ones((9, 4), np.float32)}
    found = checks.check(images, {"train": np.zeros(9, np.int64)})
    assert (found.checked, found.blank, found.repeated) == (
        {"train": 5},
        {"train": 5},
        {"train": 4},
    )


def test_splits_without_images_have_no_doubts() -> None:
    none = {split: np.zeros((0, 4), np.float32) for split in SIZES}
    found = checks.check(none, {split: np.zeros(0, np.int64) for split in SIZES})
    assert (found.contradictory, sum(found.repeated.values())) == (0, 0)


SIZES = {"train": 8, "validation": 3, "test": 5}


def test_large_images_are_read_a_few_at_a_time() -> None:
    pixels = checks.VALUES_AT_A_TIME // 3
    asked: list[slice] = []

    class Rows:
        shape = (7, pixels)

        def __getitem__(self, rows: slice) -> NDArray[np.float32]:
            asked.append(rows)
            return np.zeros((rows.stop - rows.start, 4), np.float32)

    checks.fingerprints(Rows(), 7)  # type: ignore[arg-type]
    assert [(rows.start, rows.stop) for rows in asked] == [(0, 3), (3, 6), (6, 7)]
