"""scrawl replay: the updates of a run again, and the first difference of two runs."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from scrawl.__main__ import main
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset

EXAMPLE = Path(__file__).parents[2] / "docs/examples/own_parts.py"
PLAIN: dict[str, Any] = {
    "hidden": [4],
    "epochs": 2,
    "batch_size": 16,
    "seed": 3,
    "schedule": "linear",
}
STEPS = 2 * 4  # 60 images in batches of 16


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts") / "dots"
    rng = np.random.default_rng(1)
    path = folder / "prepared/unit.h5"
    with store.writing(path, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": 60, "validation": 20, "test": 10}.items():
            file[f"{split}/images"] = rng.random((n, 6), dtype=np.float32)
            file[f"{split}/labels"] = np.eye(3, dtype=np.float32)[np.arange(n) % 3]
            file[f"{split}/positions"] = np.arange(n)
    return folder


def trained(dataset: Path, name: str, *options: str, **settings: Any) -> Path:
    folder = dataset / "runs" / name / "3"
    words = ["train", "--settings", json.dumps(PLAIN | settings), *options]
    words += ["--data", str(dataset / "prepared/unit.h5"), "--model", str(folder / "model.h5")]
    assert main([*words, "--history", str(folder / "history.csv")]) == 0
    return folder


def replayed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["replay", *map(str, words), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"filters": [[2]], "kernel": 1, "batch_normalisation": True, "dropout": 0.2},
        {"average": "exponential", "keep": "best", "shift_pixels": 1, "optimiser": "adam"},
        {"patience": 1, "learning_rate": 1e-6, "epochs": 9},
    ],
    ids=["plain", "convolution", "averaged", "stopped early"],
)
def test_the_last_step_ends_with_the_weights_of_the_model(
    settings: dict[str, Any], dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(dataset, "last", **settings)
    before = (run / "model.h5").read_bytes()
    assert "to the last bit" in replayed(capsys, run)["proof"]
    assert (run / "model.h5").read_bytes() == before


def test_an_update_is_that_of_gradient_descent(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(dataset, "descent", optimiser="gradient-descent", learning_rate=0.5)
    found = replayed(capsys, run, "--step", "6")
    assert (found["step"], found["epoch"]) == (6, 2)
    assert found["learning_rate"] == pytest.approx(0.5 * (1 - 5 / STEPS))
    for one in found["parameters"].values():
        largest = one["largest"]
        assert largest["step"] == pytest.approx(
            -found["learning_rate"] * largest["gradient"], rel=1e-4
        )
        assert largest["after"] == pytest.approx(largest["before"] + largest["step"], rel=1e-6)


def test_an_epoch_takes_every_image_once(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained(dataset, "order")
    taken = [replayed(capsys, run, "--step", str(n))["images"] for n in (5, 6, 7, 8)]
    assert sorted(chain(*taken)) == list(range(60))


def test_an_image_passes_through_the_layers_as_by_hand(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(dataset, "image", learning_rate=1e-30)  # the weights stay as they are
    found = replayed(capsys, run, "--step", "2", "--image", "7")["image"]
    tables = model.load(run / "model.h5").network.named_parameters()
    with h5py.File(dataset / "prepared/unit.h5") as file:
        image = file["train/images"][7].astype(float)
    z = image @ tables["1-dense/weights"] + tables["1-dense/biases"]
    logits = np.maximum(z, 0) @ tables["3-dense/weights"] + tables["3-dense/biases"]
    assert found["label"] == "b"
    assert found["layers"][0]["first"] == pytest.approx(z.tolist(), rel=1e-4, abs=1e-6)
    assert found["layers"][-1]["first"] == pytest.approx(logits.tolist(), rel=1e-4, abs=1e-6)


def test_text_has_a_row_for_each_table(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained(dataset, "text")
    capsys.readouterr()
    assert main(["replay", str(run), "--step", "1", "--image", "0"]) == 0
    out = capsys.readouterr().out
    assert "text/3: step 1, in epoch 1" in out
    assert "1-dense/weights  6 × 4" in out
    assert "2-relu" in out


def test_a_run_with_own_code_is_replayed(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ["--code", str(EXAMPLE)]
    run = trained(dataset, "own", *code, activation="own.swish", layer="own.maxout")
    assert "proof" in replayed(capsys, run, *code)
    assert main(["replay", str(run)]) == 1
    assert "asks for the code own_parts.py@" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "step", "first"),
    [
        ({"seed": 4}, 1, "the initial weights"),
        ({"optimiser": "momentum"}, 1, "the update: the learning rate or the optimiser"),
        ({"schedule": "step-decay"}, 2, "the update: the learning rate or the optimiser"),
        ({"shuffle": False}, 1, "the images of the batch, or their order"),
        ({"label_smoothing": 0.1}, 1, "the gradient"),
        ({"shift_pixels": 1}, 1, "the images as they were distorted"),
        ({"hidden": [5]}, 0, "the layers"),
    ],
)
def test_two_runs_part_where_their_settings_take_effect(
    settings: dict[str, Any],
    step: int,
    first: str,
    dataset: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one, other = trained(dataset, "one"), trained(dataset, "other", **settings)
    found = replayed(capsys, one, other)
    assert (found["step"], found["first"]) == (step, first)
    assert found["settings"].keys() == settings.keys()


def test_runs_of_the_same_settings_do_not_part(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = trained(dataset, "one"), trained(dataset, "same", keep="best")
    assert replayed(capsys, one, other)["step"] is None


def test_a_changed_model_is_told_from_the_replay(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(dataset, "changed", epochs=1)
    loaded = model.load(run / "model.h5")
    loaded.network.parameters[0] += 1
    model.save(run / "model.h5", loaded.network, loaded.run, loaded.dataset, loaded.prepared_sha256)
    assert main(["replay", str(run)]) == 1
    error = capsys.readouterr().err
    assert (
        "1-dense/weights are not those of the replay; processor and versions are the same" in error
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--step", "0"], "--step: found 0, expected 1 or more"),
        (["--step", "99"], f"--step: the run made {STEPS} steps"),
        (["--image", "60"], "--image: found 60, expected 0 to 59"),
    ],
)
def test_what_is_not_there_is_refused(
    words: list[str], message: str, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(dataset, "one")
    assert main(["replay", str(run), *words]) == 1
    assert message in capsys.readouterr().err
