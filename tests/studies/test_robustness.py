"""Study robustness: the means of runs, their tables and pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.data.corruptions.catalogue import CORRUPTIONS
from scrawl.results.robustness import COVERAGE, MEASURES
from scrawl.stages.prepare import one_hot_labels


def prepared(path: Path) -> Path:
    settings = {"normalisation": "unit"}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split in ("train", "validation", "test"):
            file[f"{split}/images"] = np.random.default_rng(0).random((6, 80), np.float32)
            file[f"{split}/labels"] = one_hot_labels(np.arange(6) % 3, 3)
            file[f"{split}/positions"] = np.arange(6)
        Dataset(("a", "b", "c"), (8, 10), "unit", 0.0, 255.0).write(file)
    return path


def run_folder(folder: Path, accuracy: float, ways: tuple[str, ...] = ("confidence",)) -> Path:
    """Write what the stage left of a run: right as often with every severity."""
    folder.mkdir(parents=True)
    scores: dict[str, Any] = {measure: [accuracy] * 6 for measure in MEASURES}
    risk = {by: [[1 - accuracy] * len(COVERAGE)] * 6 for by in ways}
    content = {
        "corruptions": dict.fromkeys(CORRUPTIONS, scores | {"calibration_error": [None] * 6}),
        "coverage": COVERAGE.tolist(),
        "n": 10,
        "risk": risk,
    }
    (folder / "corruptions.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the command wrote of two experiments."""
    here = tmp_path_factory.mktemp("study")
    runs = [
        run_folder(here / "plain/1", 0.5),
        run_folder(here / "plain/2", 0.7),
        run_folder(here / "five/1", 0.9, ("confidence", "agreement")),
    ]
    words = ["--data", prepared(here / "prepared.h5"), "--folder", here / "out", "--runs", *runs]
    assert cli.main(["robustness", *map(str, words)]) == 0
    return here / "out"


def test_the_table_has_the_mean_of_the_seeds_for_each_severity(folder: Path) -> None:
    with (folder / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(CORRUPTIONS) * 6
    assert rows[0]["experiment"] == "plain"
    assert {float(row["accuracy"]) for row in rows if row["experiment"] == "plain"} == {0.6}
    assert {row["calibration_error"] for row in rows} == {""}
    assert [int(row["severity"]) for row in rows[:6]] == [0, 1, 2, 3, 4, 5]


def test_facts_compare_each_experiment_with_the_first(folder: Path) -> None:
    found = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    assert found["experiments"]["plain"]["relative"] == pytest.approx(1)
    assert found["experiments"]["five"]["relative"] == pytest.approx(0.1 / 0.4)
    assert found["experiments"]["five"]["risk_by_agreement_at_half"] == pytest.approx([0.1] * 6)
    assert found["summary"].splitlines()[-1] == (
        "| `five` | 90.0 % | 90.0 % | 90.0 % | 90.0 % | 90.0 % | 90.0 % | 0.25 |"
    )
    assert "| jpeg | 60.0 % | 90.0 % |" in found["corruptions"]


@pytest.mark.parametrize("name", ["curves", "images"])
def test_figures_are_drawn_in_both_formats(folder: Path, name: str) -> None:
    assert np.ptp(np.asarray(Image.open(folder / f"{name}.png").convert("L"))) > 200
    assert (folder / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")
