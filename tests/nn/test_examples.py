"""Examples: images that stay with their labels, in batches that copy no more than they must."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.examples import Examples, batches


def numbered(n: int) -> Examples:
    """Return examples that carry their number."""
    images = (np.stack([np.arange(n), np.zeros(n)], axis=1) / n).astype(np.float32)
    return Examples(images, np.eye(2, dtype=np.float32)[np.arange(n) % 2])


def numbers(batch: Array, n: int) -> list[int]:
    return [round(float(x) * n) for x in batch[:, 0]]


def test_labels_stay_with_their_images_when_shuffled() -> None:
    for images, labels in batches(numbered(50), 8, np.random.default_rng(0).permutation(50)):
        assert [number % 2 for number in numbers(images, 50)] == labels.argmax(axis=1).tolist()


def test_batches_in_file_order_copy_nothing() -> None:
    examples = numbered(50)
    assert all(
        np.shares_memory(images, examples.images) for images, _ in batches(examples, 20, None)
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Examples(np.zeros((3, 2), np.uint8), np.zeros((3, 2), np.float32)),
        lambda: Examples(np.zeros((3, 2, 2), np.float32), np.zeros((3, 2), np.float32)),
        lambda: Examples(np.zeros((3, 2), np.float32), np.zeros(3, np.float32)),
        lambda: Examples(np.zeros((3, 2), np.float32), np.zeros((4, 2), np.float32)),
    ],
)
def test_examples_of_a_wrong_type_or_shape_are_refused(make: Callable[[], Examples]) -> None:
    with pytest.raises(ValueError, match=r"images|labels"):
        make()
