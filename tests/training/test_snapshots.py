"""Snapshots of training: what a run passes through on its way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl.artifacts import model, snapshots
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.run import train
from scrawl.training.setup import Streams
from scrawl.training.snapshots import snapshots_of

RUN = {"hidden": [5], "epochs": 4, "batch_size": 4, "learning_rate": 0.3, "seed": 3}


def data(n: int = 64, pixels: int = 6) -> TrainingData:
    """Return bright and dark images, of which the first pixel tells the class."""
    images = np.random.default_rng(0).random((n, pixels), dtype=np.float32)
    labels = np.eye(2, dtype=np.float32)[(images[:, 0] > 0.5).astype(int)]
    dataset = Dataset(("dark", "bright"), (1, pixels), "unit", 0.0, 255.0)
    split = 3 * n // 4
    return TrainingData(
        Examples(images[:split], labels[:split]), Examples(images[split:], labels[split:]), dataset
    )


class Watching:
    """In the place of a checkpoint: copies the network before every step of a training run."""

    def __init__(self) -> None:
        self.seen: dict[int, dict[str, Any]] = {}

    def resume(self, run: Any, **_: Any) -> None:
        """Note what is watched."""
        self.trainer = run

    def pause(self) -> None:
        """Copy it."""
        trainer = self.trainer
        weights = trainer.network.tables()
        if trainer.average and trainer.progress.steps:
            vector = trainer.average.values
            weights = {**weights, **trainer.network.views(vector)}
        self.seen[trainer.progress.steps] = {k: v.copy() for k, v in weights.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"batch_normalisation": True, "dropout": 0.3},
        {"average": "exponential", "optimiser": "adam", "learning_rate": 0.01},
        {"shift_pixels": 1},
    ],
)
def test_snapshots_are_what_the_run_passes_through_bit_for_bit(changes: dict[str, Any]) -> None:
    run = Run.parse({**RUN, **changes})
    watching: Any = Watching()
    train(run, data(), checkpoint=watching)
    found = snapshots_of(run, data())
    assert [one.steps for one in found] == [0, 3, 12]  # of 48 steps: none, 1/16, 1/4; 1/64 is 0
    for one in found:
        assert one.tables.keys() == watching.seen[one.steps].keys()
        for name, values in one.tables.items():
            np.testing.assert_array_equal(values, watching.seen[one.steps][name], name)


def test_the_first_snapshot_is_the_network_that_the_seed_draws() -> None:
    run = Run.parse(RUN)
    first = snapshots_of(run, data())[0].tables
    drawn = model.build(run, (1, 6), 2, Streams.of(run).weights).tables()
    for name, values in drawn.items():
        np.testing.assert_array_equal(first[name], values)


def test_the_accuracy_is_the_share_of_right_answers_in_validation() -> None:
    given = data()
    for one in snapshots_of(Run.parse({**RUN, "hidden": []}), given):
        weights, biases = one.tables["1-dense/weights"], one.tables["1-dense/biases"]
        answers = (np.asarray(given.validation.images) @ weights + biases).argmax(axis=1)
        right = (answers == given.validation.labels.argmax(axis=1)).mean()
        assert one.validation_accuracy == pytest.approx(right)


@pytest.mark.parametrize(
    "settings",
    [
        {**RUN, "hidden": [6000]},
        {"hidden": [], "epochs": 0},
        {
            "optimiser": "least-squares",
            "hidden": [],
            "loss": "quadratic",
            "output": "linear",
            "weight_decay": 1e-6,
            "epochs": 1,
        },
    ],
)
def test_large_networks_and_those_without_steps_keep_no_snapshots(settings: dict[str, Any]) -> None:
    assert snapshots_of(Run.parse(settings), data()) == []


def test_a_file_of_snapshots_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = snapshots_of(Run.parse(RUN), data())
    path = tmp_path / "snapshots.h5"
    snapshots.save(path, written, RUN, "0" * 64)
    first = path.read_bytes()
    snapshots.save(path, snapshots_of(Run.parse(RUN), data()), RUN, "0" * 64)
    assert path.read_bytes() == first
    shapes = {name: values.shape for name, values in written[0].tables.items()}
    read = snapshots.load(path, shapes)
    assert [one.steps for one in read] == [one.steps for one in written]
    np.testing.assert_array_equal(
        read[1].tables["3-dense/weights"], written[1].tables["3-dense/weights"]
    )
    with pytest.raises(ValueError, match=r"/snapshots/0/1-dense/weights: found \(6, 5\), expected"):
        snapshots.load(path, {**shapes, "1-dense/weights": (7, 5)})


def test_without_validation_examples_there_is_no_accuracy() -> None:
    given = data()
    alone = TrainingData(given.training, given.validation.first(0), given.dataset)
    assert all(np.isnan(one.validation_accuracy) for one in snapshots_of(Run.parse(RUN), alone))
