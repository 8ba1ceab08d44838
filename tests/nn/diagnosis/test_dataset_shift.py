"""Images to evaluate with that are of another kind than those to validate with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scrawl.data import idx
from scrawl.nn import Array
from scrawl.nn.diagnosis.dataset_shift import unlike_known

ROOT = Path(__file__).parents[3]


def images(seed: int) -> Array:
    """Return noisy copies of one picture that is brighter at one corner."""
    picture = np.linspace(0, 1, 64, dtype=np.float32) ** 2
    noise = np.random.default_rng(seed).random((200, 64), dtype=np.float32)
    return picture + np.float32(0.2) * noise


@pytest.mark.parametrize("change", ["inverted", "turned", "scaled"])
def test_images_of_another_kind_are_the_cause(change: str) -> None:
    others: dict[str, np.ndarray] = {
        "inverted": 1 - images(1),
        "turned": images(1).reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64),
        "scaled": images(1) / np.float32(16),
    }
    found = unlike_known(images(0), others[change], 0.1, 0.95, "test images")
    assert found is not None
    assert found.name == "unlike-images"
    assert found.words.startswith(
        "10 % of the test images are right, 95 % of the validation images"
    )


def test_digits_of_one_kind_are_alike_and_turned_ones_are_not() -> None:
    known, test = (
        idx.read(ROOT / f"data/glyphs/{split}-images.idx.gz")[:1000].astype(np.float32)
        for split in ("train", "test")
    )
    flat = known.reshape(len(known), -1)
    turns = {"unlike-labels": [test], "unlike-images": [test[:, ::-1], test.transpose(0, 2, 1)]}
    for name, shown in turns.items():
        for images in shown:
            found = unlike_known(flat, images.reshape(len(test), -1), 0.1, 0.95, "test images")
            assert found is not None
            assert found.name == name


def test_images_that_are_alike_leave_the_labels() -> None:
    found = unlike_known(images(0), images(1), 0.1, 0.95, "test images")
    assert found is not None
    assert found.name == "unlike-labels"
    assert found.numbers["likeness"] > 0.99


def test_images_that_are_answered_nearly_as_well_are_no_fault_whatever_they_are() -> None:
    assert unlike_known(images(0), 1 - images(1), 0.76, 0.95, "test images") is None
    assert unlike_known(images(0), 1 - images(1), 0.74, 0.95, "test images") is not None
    assert unlike_known(images(0), images(0)[:, :1].repeat(64, axis=1), 0.99, 0.95, "x") is None
