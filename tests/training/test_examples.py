"""A run learns from all images that it may, in the order of their file, or the first of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scrawl.artifacts import store
from scrawl.settings.experiment import Run
from scrawl.training.examples import examples_of
from stages.test_train import QUICK, call, prepared


def test_all_images_are_those_of_training_and_validation_in_the_order_of_their_file(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path / "p.h5")
    with store.reading(data, "prepared") as file:
        together, none = examples_of(file, Run(train_on="all"))
        for split in ("train", "validation"):
            places = file[f"{split}/positions"][...]
            assert np.array_equal(together.images[places], file[f"{split}/images"])
            assert np.array_equal(together.labels[places], file[f"{split}/labels"])
    assert (len(together), len(none)) == (110, 0)


@pytest.mark.parametrize("train_on", ["training", "all"])
def test_the_first_images_are_the_first_in_the_order_of_the_file(
    tmp_path: Path, train_on: str
) -> None:
    data = prepared(tmp_path / "p.h5")
    with store.reading(data, "prepared") as file:
        every, _ = examples_of(file, Run.parse({"train_on": train_on}))
        some, _ = examples_of(file, Run.parse({"train_on": train_on, "first_images": 7}))
    assert len(some) == 7
    assert np.array_equal(some.images, every.images[:7])


def test_more_first_images_than_there_are_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(prepared(tmp_path / "p.h5"), {**QUICK, "first_images": 91}, tmp_path) == 1
    assert "first_images: found 91, but there are only 90 images" in capsys.readouterr().err
