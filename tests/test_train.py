"""Stage train: what it reads, what it writes, and what it never looks at."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from scrawl import artifacts, cli, model, train
from scrawl.nn.fitting import Epoch, Examples
from scrawl.settings import Run

QUICK: dict[str, Any] = {"hidden": [6], "epochs": 3, "batch_size": 8, "seed": 5}


def prepared(path: Path, n_validation: int = 20, **attributes: Any) -> Path:
    """Write a prepared dataset of 2 × 3 images whose class is the brightest of three columns."""
    rng = np.random.default_rng(1)
    settings = {"normalisation": "unit", **attributes}
    with artifacts.writing(path, "prepared", settings=settings, made_from={"x": "y"}) as file:
        model.Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": 90, "validation": n_validation, "test": 10}.items():
            classes = np.arange(n) % 3
            images = rng.random((n, 2, 3), dtype=np.float32) / 2
            images[np.arange(n), :, classes] += 0.5
            file[f"{split}/images"] = images.reshape(n, 6)
            file[f"{split}/labels"] = np.eye(3, dtype=np.float32)[classes]
            file[f"{split}/positions"] = np.arange(n)
    return path


def call(data: Path, settings: dict[str, Any], folder: Path) -> int:
    files = ["--model", str(folder / "model.h5"), "--history", str(folder / "history.csv")]
    text = Run.parse(settings).canonical()
    return cli.main(["train", "--settings", text, "--data", str(data), *files])


def history_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_learns_and_writes_a_row_for_each_epoch(tmp_path: Path) -> None:
    assert call(prepared(tmp_path / "p.h5"), {**QUICK, "epochs": 30}, tmp_path) == 0
    rows = history_of(tmp_path)
    assert [int(row["epoch"]) for row in rows] == list(range(1, 31))
    assert int(rows[-1]["steps"]) == 30 * 12  # 90 images in batches of 8: the last has two
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert float(rows[-1]["validation_accuracy"]) > 0.9


def test_the_test_images_decide_nothing(tmp_path: Path) -> None:
    data = prepared(tmp_path / "p.h5")
    call(data, QUICK, tmp_path / "before")
    with h5py.File(data, "r+") as file:
        file["test/images"][...] = np.nan
        file["test/labels"][...] = -1
    call(data, QUICK, tmp_path / "after")
    for name in ("model.h5", "history.csv"):
        before, after = (tmp_path / when / name for when in ("before", "after"))
        assert before.read_bytes() == after.read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    data = prepared(tmp_path / "p.h5")
    for name, seed in {"one": 5, "same": 5, "other": 6}.items():
        call(data, {**QUICK, "seed": seed}, tmp_path / name)
    one, same, other = ((tmp_path / n / "model.h5").read_bytes() for n in ("one", "same", "other"))
    assert one == same != other


def test_without_validation_images_their_columns_are_empty(tmp_path: Path) -> None:
    assert call(prepared(tmp_path / "p.h5", n_validation=0), QUICK, tmp_path) == 0
    assert {row["validation_accuracy"] for row in history_of(tmp_path)} == {""}


def test_data_of_another_normalisation_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "p.h5", normalisation="standard")
    assert call(data, QUICK, tmp_path) == 1
    assert "p.h5: prepared with normalisation: standard, but" in capsys.readouterr().err
    assert not (tmp_path / "model.h5").exists()


def test_a_run_that_diverges_says_where_and_why_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = {**QUICK, "output": "linear", "loss": "quadratic", "learning_rate": 1e8, "epochs": 40}
    assert call(prepared(tmp_path / "p.h5"), wild, tmp_path) == 1
    assert re.search(
        r"not a finite number any more, in epoch \d+ at step \d+ with learning rate .*"
        "the learning rate is probably too high",
        capsys.readouterr().err,
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.h5"]


def test_a_log_gets_a_plain_line_for_each_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(prepared(tmp_path / "p.h5"), QUICK, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(
        r"epoch 1/3: loss [\d.]+, training [\d.]+%, validation [\d.]+%, \d+ s left", lines[0]
    )


def test_training_uses_one_blas_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()

    def spying(epochs: Any, n_epochs: int) -> Any:
        for epoch in epochs:
            pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
            seen.update(pool["num_threads"] for pool in pools)
            yield epoch

    monkeypatch.setattr(train, "reported", spying)
    call(prepared(tmp_path / "p.h5"), QUICK, tmp_path)
    assert seen == {1}


def test_the_rate_in_the_history_is_the_schedules(tmp_path: Path) -> None:
    settings = {**QUICK, "schedule": "linear", "learning_rate": 0.3}
    call(prepared(tmp_path / "p.h5"), settings, tmp_path)
    rates = [float(row["learning_rate"]) for row in history_of(tmp_path)]
    steps = 3 * 12
    expected = [0.3 * (1 - (12 * epoch - 1) / steps) for epoch in (1, 2, 3)]
    assert rates == pytest.approx(expected)


def test_the_history_has_a_column_for_all_that_is_known_of_an_epoch(tmp_path: Path) -> None:
    train.write_history(tmp_path / "h.csv", [Epoch(1, 10, 0.1, 2.5, 0.25, float("nan"), 0.5)])
    assert (tmp_path / "h.csv").read_text() == (
        "epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy\n"
        "1,10,0.1,2.5,0.25,,0.5\n"
    )


def test_a_run_can_be_stepped_through_without_any_file() -> None:
    images = np.eye(4, dtype=np.float32)
    examples = Examples(images, images)
    network, epochs = train.train(Run(hidden=(3,), epochs=2), examples, examples)
    first = network.parameters.copy()
    assert next(epochs).epoch == 1
    assert (network.parameters != first).any()


def test_a_network_of_mnist_in_one_epoch_is_right_in_nine_of_ten(
    mnist_folder: Path, tmp_path: Path
) -> None:
    from scrawl import idx

    pixels = idx.read(mnist_folder / "t10k-images-idx3-ubyte.gz").reshape(-1, 784)
    labels = idx.read(mnist_folder / "t10k-labels-idx1-ubyte.gz")
    images = (pixels / 255).astype(np.float32)
    one_hot = np.eye(10, dtype=np.float32)[labels]
    learnt, kept = Examples(images[:8000], one_hot[:8000]), Examples(images[8000:], one_hot[8000:])
    _, epochs = train.train(Run(epochs=3), learnt, kept)
    assert [epoch.validation_accuracy > 0.9 for epoch in epochs][-1]
