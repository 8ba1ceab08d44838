"""Labels: tables of numbers that are, or are no, classes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from scrawl.data.labels import class_indices
from scrawl.settings.dataset import Preparation


def test_labels_of_which_nearly_each_is_another_are_refused_before_memory_is_taken() -> None:
    numbers = np.arange(20_000, dtype=np.int32)
    decoded = {"train/labels": numbers, "test/labels": numbers[:10]}
    tracemalloc.start()
    try:
        with pytest.raises(
            ValueError, match=r"found 20,000 classes in 20,000 images.* 400,000,000"
        ):
            class_indices(decoded, Preparation())
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def test_the_characters_of_omniglot_are_classes() -> None:
    numbers = np.repeat(np.arange(1623, dtype=np.int16), 20)
    classes, indices = class_indices(
        {"train/labels": numbers, "test/labels": numbers}, Preparation()
    )
    assert len(classes.names) == 1623
    assert np.array_equal(indices["train"], numbers)


@pytest.mark.parametrize(("strange", "more"), [(5, ""), (6, " and 1 more"), (30, " and 25 more")])
def test_of_labels_outside_the_classes_five_are_named_and_the_others_counted(
    strange: int, more: str
) -> None:
    numbers = np.arange(3 + strange)
    decoded = {"train/labels": numbers, "test/labels": numbers[:3]}
    with pytest.raises(ValueError, match="outside the 3 classes") as raised:
        class_indices(decoded, Preparation(class_names=("a", "b", "c")))
    assert f"3 (1×), 4 (1×), 5 (1×), 6 (1×), 7 (1×){more}; expected 0..2" in str(raised.value)
