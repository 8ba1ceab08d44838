"""The ladder: what is compared with what, and how it is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from scrawl.artifacts import store
from scrawl.results.runs import RunFolder
from scrawl.results.summary import Summary
from scrawl.studies import ladder


def run_folder(folder: Path, seed: int, predicted: Sequence[int], labels: Sequence[int]) -> Path:
    """Write what a tested run leaves behind, without its history."""
    run = folder / str(seed)
    run.mkdir(parents=True)
    right = float(np.mean(np.array(predicted) == np.array(labels)))
    metrics = {
        "accuracy": right,
        "n": len(labels),
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
    }
    (run / "metrics.json").write_text(json.dumps(metrics))
    path = run / "predictions.h5"
    with store.writing(path, "predictions", settings={}, made_from={}) as file:
        file["probabilities"] = np.eye(2, dtype=np.float32)[list(predicted)]
        file["predicted"], file["labels"] = np.array(predicted), np.array(labels)
        store.write_texts(file, "class_names", ["a", "b"])
    return run


def summary(folder: Path, answers: Sequence[Sequence[int]], labels: Sequence[int]) -> Summary:
    runs = [
        RunFolder.of(run_folder(folder, seed, predicted, labels))
        for seed, predicted in enumerate(answers, start=1)
    ]
    return Summary(folder.name, runs)


def two_rungs(folder: Path) -> list[ladder.Rung]:
    labels = [1] * 8
    low = summary(folder / "ladder-01-low", [[1, 1, 0, 0, 0, 0, 0, 0], [1] * 8], labels)
    high = summary(folder / "ladder-02-high-up", [[0, 1, 1, 1, 1, 1, 1, 1], [0] * 8], labels)
    return ladder.climb([low, high])


def test_a_rung_is_compared_with_the_one_before_by_the_first_seeds_answers(tmp_path: Path) -> None:
    low, high = two_rungs(tmp_path)
    assert (low.lost, low.won, low.p) == (None, None, None)
    # One lost, six won: 2 · (1 + 7)/2⁷. The second seed, the other way round, has no say.
    assert (high.lost, high.won, high.p) == (1, 6, 16 / 128)
    assert high.change == "high up"


def test_the_interval_of_a_rung_is_students_over_the_seeds(tmp_path: Path) -> None:
    low, _ = two_rungs(tmp_path)
    # 2/8 and 8/8: mean 0.625, s = 0.5303, t of one degree of freedom 12.706
    assert low.accuracy.mean == 0.625
    reach = 12.706 * 0.5303 / 2**0.5
    assert low.interval == pytest.approx((0.625 - reach, 0.625 + reach), abs=1e-3)


def test_rungs_on_different_images_are_refused(tmp_path: Path) -> None:
    low = summary(tmp_path / "ladder-01-low", [[1, 1], [1, 0]], [1, 1])
    high = summary(tmp_path / "ladder-02-high", [[1, 1], [1, 0]], [1, 0])
    with pytest.raises(ValueError, match="name files of one dataset only"):
        ladder.climb([low, high])


def test_the_table_has_a_row_for_each_rung(tmp_path: Path) -> None:
    ladder.write_ladder(tmp_path / "ladder.csv", two_rungs(tmp_path))
    with (tmp_path / "ladder.csv").open(encoding="utf-8") as file:
        low, high = csv.DictReader(file)
    assert (low["experiment"], low["seeds"], low["p"]) == ("ladder-01-low", "2", "")
    assert (float(high["accuracy"]), float(high["p"])) == (0.4375, 0.125)
