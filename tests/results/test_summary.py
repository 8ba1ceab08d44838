"""Runs over seeds are summarised by what stands in their files."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from scrawl.results.runs import RunFolder
from scrawl.results.summary import Spread, summarise

HEADER = "epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy"


def run(
    folder: Path, experiment: str, seed: int, losses: list[float], accuracy: float
) -> RunFolder:
    """Write the folder of a run by hand."""
    path = folder / experiment / str(seed)
    path.mkdir(parents=True)
    lines = [f"{i},{i},0.1,{loss},0.5,," for i, loss in enumerate(losses, start=1)]
    (path / "history.csv").write_text("\n".join([HEADER, *lines]))
    metrics = {
        "accuracy": accuracy,
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
        "n": 4,
    }
    (path / "metrics.json").write_text(json.dumps(metrics))
    return RunFolder.of(path)


def test_the_deviation_is_that_of_a_sample() -> None:
    spread = Spread.of([2, 4, 4, 4, 5, 5, 7, 9])
    assert (spread.n, spread.mean, spread.low, spread.high) == (8, 5, 2, 9)
    assert spread.deviation == pytest.approx(math.sqrt(32 / 7))


def test_one_seed_has_no_deviation() -> None:
    assert math.isnan(Spread.of([0.5]).deviation)
    assert Spread.of([0.5]).as_dict() == {
        "n": 1,
        "mean": 0.5,
        "low": 0.5,
        "high": 0.5,
        "deviation": None,
    }


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf]])
def test_a_spread_of_nothing_or_of_no_numbers_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="expected one or more finite numbers"):
        Spread.of(values)


def test_a_further_run_falls_into_the_prediction_interval_as_often_as_promised() -> None:
    draws = np.random.default_rng(1).normal(3, 2, (4000, 6))
    inside = 0
    for *seeds, further in draws.tolist():
        low, high = Spread.of(seeds).prediction_interval(0.9)
        inside += low <= further <= high
    # four standard deviations of a binomial of 4,000 and 0.9
    assert abs(inside - 3600) < 76


def test_one_seed_predicts_nothing() -> None:
    with pytest.raises(ValueError, match="give more seeds"):
        Spread.of([0.5]).prediction_interval()


def test_runs_are_summarised_by_experiment(tmp_path: Path) -> None:
    summaries = summarise(
        [
            run(tmp_path, "b", 1, [1.0, 0.5], 0.75),
            run(tmp_path, "a", 7, [3.0], 1.0),
            run(tmp_path, "b", 2, [2.0, 1.5], 0.25),
        ]
    )
    assert list(summaries) == ["b", "a"]
    assert summaries["b"].seeds == [1, 2]
    assert summaries["b"].accuracies == [0.75, 0.25]
    assert summaries["b"].accuracy.mean == 0.5
    first = summaries["b"].at_epoch("loss", 1)
    assert (first.low, first.mean, first.high) == (1.0, 1.5, 2.0)


def test_confusion_matrices_are_not_kept(tmp_path: Path) -> None:
    (one,) = summarise([run(tmp_path, "a", 1, [1.0], 0.5)]).values()
    file = one.runs[0].path / "metrics.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "confusion": [[2, 0], [1, 1]]}))
    assert one.metrics == [kept]


def test_the_last_epoch_is_that_of_each_run(tmp_path: Path) -> None:
    runs = [run(tmp_path, "a", 1, [4.0, 2.0, 1.0], 0.5), run(tmp_path, "a", 2, [5.0, 3.0], 0.5)]
    assert summarise(runs)["a"].at_epoch("loss", -1).mean == 2.0


@pytest.mark.parametrize(
    ("column", "epoch", "message"),
    [
        ("cost", 1, r"a, seed 1: there is no column 'cost'; found epoch, steps"),
        ("loss", 3, r"a, seed 1: there is no epoch 3; found 1 to 2"),
        ("validation_loss", 1, "expected one or more finite numbers"),
    ],
)
def test_what_was_not_recorded_is_refused(
    tmp_path: Path, column: str, epoch: int, message: str
) -> None:
    summary = summarise([run(tmp_path, "a", 1, [2.0, 1.0], 0.5)])["a"]
    with pytest.raises(ValueError, match=message):
        summary.at_epoch(column, epoch)
