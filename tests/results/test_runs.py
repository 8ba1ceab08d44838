"""Files of runs are read as they were written, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scrawl.nn.diagnosis.health import Health
from scrawl.nn.fitting import Epoch
from scrawl.results import runs
from scrawl.training.history import write_history

HISTORY = """\
epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy
1,10,0.5,2.25,0.5,2.0,0.625
2,20,0.25,1.5,0.75,,
"""


def written(folder: Path, name: str, words: str) -> Path:
    (folder / name).write_text(words, encoding="utf-8")
    return folder / name


def test_experiment_and_seed_are_the_last_two_parts_of_the_path() -> None:
    run = runs.RunFolder.of(Path("artifacts/mnist/runs/two-hidden-16/007"))
    assert (run.experiment, run.seed) == ("two-hidden-16", 7)


@pytest.mark.parametrize("name", ["artifacts/mnist/runs/dense-128", "/", "runs/x/-1", "runs/x/1.5"])
def test_a_folder_that_is_not_named_by_a_seed_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected one that is named by its random seed"):
        runs.RunFolder.of(Path(name))


def test_runs_are_grouped_in_the_order_given() -> None:
    names = ["b/1", "a/2", "b/0"]
    groups = runs.by_experiment(runs.RunFolder.of(Path(name)) for name in names)
    assert {name: [run.seed for run in group] for name, group in groups.items()} == {
        "b": [1, 0],
        "a": [2],
    }
    assert list(groups) == ["b", "a"]


def test_an_empty_cell_of_a_history_is_nan(tmp_path: Path) -> None:
    history = runs.read_history(written(tmp_path, "history.csv", HISTORY))
    assert history["epoch"].tolist() == [1, 2]
    assert history["loss"].tolist() == [2.25, 1.5]
    np.testing.assert_array_equal(history["validation_accuracy"], [0.625, np.nan])


def test_a_history_is_read_as_the_train_stage_writes_it(tmp_path: Path) -> None:
    epoch = Epoch(1, 430, 0.1, 1 / 3, 0.9, float("nan"), float("nan"))
    health = Health(0.2, 0.0, float("nan"), 0.5, 0)
    write_history(tmp_path / "history.csv", [(epoch, health)])
    history = runs.read_history(tmp_path / "history.csv")
    assert history["loss"].tolist() == [1 / 3]
    assert np.isnan(history["validation_loss"]).all()


def test_the_history_of_an_untrained_network_has_columns_without_epochs(tmp_path: Path) -> None:
    header = HISTORY.splitlines()[0] + "\n"
    history = runs.read_history(written(tmp_path, "history.csv", header))
    assert list(history) == header.strip().split(",")
    assert {column.shape for column in history.values()} == {(0,)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "lacks epoch, .*found nothing"),
        (HISTORY.replace("loss", "cost"), r"history\.csv: lacks loss, .*found epoch, steps"),
        (HISTORY.replace("1.5", "one"), r"history\.csv, line 3: could not convert .*'one'"),
        (HISTORY + "3,30", r"history\.csv, line 4: found 2 cells, expected 7"),
        (HISTORY + "3,30,1,1,1,1,1,1", r"history\.csv, line 4: found 8 cells, expected 7"),
        ("\0", "lacks epoch"),
        (HISTORY + "9" * 200_000, r"history\.csv, line 4: not CSV: field larger"),
    ],
)
def test_another_table_is_no_history(tmp_path: Path, words: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"{message}.*; train the run again$"):
        runs.read_history(written(tmp_path, "history.csv", words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("{", r"metrics\.json: not JSON: .*evaluate the run again"),
        ("[1]", r"metrics\.json: found \[1\], expected keys with values; evaluate"),
        ('{"accuracy": 1}', r"metrics\.json: lacks class_names, commonest_class, n; found acc"),
        (
            '{"accuracy": "1", "class_names": [], "commonest_class": {}, "n": 3}',
            r"metrics\.json: accuracy: found '1', expected a number; evaluate",
        ),
        (
            '{"accuracy": 1.0, "class_names": [], "commonest_class": {}, "n": 3}',
            r"metrics\.json: commonest_class: lacks class, accuracy; found nothing",
        ),
    ],
)
def test_another_file_is_no_metrics(tmp_path: Path, words: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        runs.read_metrics(written(tmp_path, "metrics.json", words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("{", r"cost\.json: not JSON: .*train the run again"),
        ("{}", r"cost\.json: lacks core_seconds, seconds, memory_mib, resumed; found nothing"),
        (
            '{"core_seconds": null, "seconds": 1.0, "memory_mib": 1.0, "resumed": 0}',
            r"cost\.json: core_seconds: found None, expected a number; train",
        ),
    ],
)
def test_another_file_is_no_cost(tmp_path: Path, words: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        runs.read_cost(written(tmp_path, "cost.json", words))


def test_metrics_are_returned_whole(tmp_path: Path) -> None:
    metrics = {
        "accuracy": 1.0,
        "class_names": ["い"],
        "commonest_class": {"class": "い", "accuracy": 0.5},
        "n": 3,
        "more": None,
    }
    path = written(tmp_path, "metrics.json", json.dumps(metrics, ensure_ascii=False))
    assert runs.read_metrics(path) == metrics


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"history\.csv: there is no such file"):
        runs.read_history(tmp_path / "history.csv")
    (tmp_path / "metrics.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"metrics\.json: .* no UTF-8 text .*; evaluate"):
        runs.read_metrics(tmp_path / "metrics.json")
