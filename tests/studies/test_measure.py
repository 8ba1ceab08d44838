"""Stage measure: from a prepared file and settings to JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run, parse_runs
from scrawl.studies import measure

LINEAR = {
    "hidden": [],
    "bias": False,
    "output": "linear",
    "loss": "quadratic",
    "initialiser": "uniform",
    "optimiser": "gradient-descent",
    "schedule": "constant",
    "learning_rate": 0.05,
    "batch_size": 1,
    "epochs": 2,
}
HIDDEN = {"hidden": [4], "activation": "sigmoid", "optimiser": "gradient-descent"}


def prepared(path: Path, normalisation: str = "unit") -> Path:
    """Write a prepared file of 60, 20 and 20 images of 2 × 2 pixels and two classes."""
    rng = np.random.default_rng(0)
    settings = {"normalisation": normalisation}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, n in {"train": 60, "validation": 20, "test": 20}.items():
            classes = rng.integers(0, 2, n)
            images = rng.random((n, 4), np.float32) * np.float32(0.1)
            images[range(n), classes] = 1
            file[f"{split}/images"] = images
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[classes]
            file[f"{split}/positions"] = np.arange(n)
        Dataset(("a", "b"), (2, 2), normalisation, 0.0, 255.0).write(file)
    return path


def measured(folder: Path, name: str, settings: dict[str, Any], *seeds: int) -> Any:
    """Run the command as the pipeline does and return what it wrote."""
    data, output = prepared(folder / "unit.h5"), folder / f"{name}.json"
    words = [name, "--settings", json.dumps(settings), "--seeds", *map(str, seeds)]
    measure.main([*words, "--data", str(data), "--output", str(output)])
    return json.loads(output.read_text())


def test_the_ceiling_needs_no_experiment(tmp_path: Path) -> None:
    assert measured(tmp_path, "ceiling", {}, 1) == {"training": 1.0, "test": 1.0}


def test_every_rate_is_tried_with_every_seed(tmp_path: Path) -> None:
    found = measured(tmp_path, "rates", {"one": LINEAR | {"batch_size": 60}}, 1, 2)
    tried = [(trial["learning_rate"], trial["seed"]) for trial in found["one"]]
    assert tried == [(rate, seed) for rate in measure.RATES for seed in (1, 2)]


def test_each_seed_of_an_experiment_has_a_trace_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "STEPS_BETWEEN_VALIDATIONS", 5)
    found = measured(tmp_path, "order", {"one": LINEAR, "two": LINEAR | {"shuffle": False}}, 1, 2)
    assert {name: len(traces) for name, traces in found.items()} == {"one": 2, "two": 2}
    assert found["one"][0] != found["one"][1]
    assert found["one"][0][-1][0] == 60


def test_raw_pixels_are_the_unit_ones_times_the_largest(tmp_path: Path) -> None:
    start = HIDDEN | {"initialiser": "normal"}
    found = measured(tmp_path, "sigmoid", {"raw": start | {"normalisation": "none"}, "u": start}, 1)
    (raw,), (unit,) = found["starts"]["raw"], found["starts"]["u"]
    assert raw["saturated"] > 0.9 > unit["saturated"]


def test_the_range_knows_how_long_an_image_is(tmp_path: Path) -> None:
    found = measured(tmp_path, "range", {"one": LINEAR}, 1, 2)
    assert 1 < found["mean_squared_length"] < 1 + 3 * 0.01
    assert found["configured"] == {"one": 0.05}
    rates = [rate for rate, _ in found["sweeps"]["one"][0]]
    assert len(found["sweeps"]["one"]) == 2
    assert measure.LOWEST_RATE < rates[0] < rates[-1] < measure.HIGHEST_RATE


def test_seconds_are_told_by_experiment(tmp_path: Path) -> None:
    found = measured(tmp_path, "seconds", {"one": LINEAR, "b": LINEAR | {"batch_size": 60}}, 1)
    assert list(found) == ["one", "b"]
    assert all(value >= 0 for value in found.values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected a JSON object"),
        ('{"a": 1}', "expected {"),
        ('{"a": {"hiden": []}}', "did you mean 'hidden'"),
    ],
)
def test_settings_that_are_none_are_refused(settings: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_runs(settings)


def test_other_pixels_than_unit_ones_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "none.h5", "none")
    words = ["measure", "ceiling", "--settings", "{}", "--seeds", "1", "--data", str(data)]
    assert cli.main([*words, "--output", str(tmp_path / "a.json")]) == 1
    assert "none.h5: prepared with normalisation: none, expected unit" in capsys.readouterr().err


def test_settings_are_runs_by_name() -> None:
    assert parse_runs('{"a": {"epochs": 3}}') == {"a": Run(epochs=3)}
