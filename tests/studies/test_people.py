"""Study people: tables from runs that err as planned on writers met and new."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.results import scoring
from scrawl.stages.prepare import one_hot_labels

NAMES = ("a", "b")
N = 40


def dataset(folder: Path, name: str, **split: object) -> Path:
    """Write what the study reads of a dataset: how it was split."""
    path = folder / name / "prepared/unit.h5"
    with store.writing(path, "prepared", settings={"split_seed": 0, **split}, made_from={}) as file:
        for part in ("train", "validation", "test"):
            file[f"{part}/images"] = np.zeros((1, 4), np.float32)
            file[f"{part}/labels"] = one_hot_labels(np.zeros(1, np.int64), 2)
            file[f"{part}/positions"] = np.arange(1)
        Dataset(NAMES, (2, 2), "unit", 0.0, 255.0).write(file)
    return folder / name


def run(data: Path, experiment: str, seed: int, **wrong: int) -> str:
    """Write answers of which the first few are wrong; `on` is a score on the other dataset."""
    path = data / "runs" / experiment / str(seed)
    labels = np.arange(N) % 2
    for split, count in wrong.items():
        place = {"test": path, "validation": path / "validation", "other": path / "on/other"}[split]
        answers = np.where(np.arange(N) < count, 1 - labels, labels)
        probabilities = np.eye(2, dtype=np.float32)[answers]
        groups = np.arange(N) // 4
        scores = scoring.scores(probabilities, labels, labels, NAMES, groups) | {"made_from": {}}
        scoring.write(
            place / "metrics.json",
            place / "predictions.h5",
            scores,
            probabilities,
            labels,
            settings={"seed": seed},
            groups=groups,
        )
    return str(path)


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, str]:
    random = dataset(tmp_path, "writers")
    group = dataset(tmp_path, "new_writers", split="group")
    runs, transfers = [], []
    for seed in (1, 2):
        transfers.append(run(random, "good", seed, test=4, validation=2, other=30))
        runs += [
            transfers[-1],
            run(random, "poor", seed, test=20, validation=8),
            run(random, "untested", seed, validation=6),
            run(group, "good", seed, test=4, validation=8),
            run(group, "poor", seed, test=20, validation=20),
            run(group, "untested", seed, validation=4),
        ]
    output = tmp_path / "people.json"
    words = ["--runs", *runs, "--transfers", *transfers, "--output", str(output)]
    assert cli.main(["people", *words]) == 0
    found: dict[str, str] = json.loads(output.read_text())
    return found


def row(table: str, name: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(f"| `{name}`"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_accuracies_of_both_ways_stand_side_by_side(tables: dict[str, str]) -> None:
    _, random, group, test, again = row(tables["apart"], "good")
    assert [cell.split(" (")[0] for cell in (random, group, test, again)] == [
        "95.00 %",
        "80.00 %",
        "90.00 %",
        "90.00 %",
    ]
    assert "untested" not in tables["apart"]


def test_the_recipe_chosen_by_writer_can_be_another_one(tables: dict[str, str]) -> None:
    assert tables["chosen"]["random"]["recipe"] == "good"  # type: ignore[index]
    assert tables["chosen"]["group"]["recipe"] == "untested"  # type: ignore[index]
    assert row(tables["recipes"], "untested")[1:] == [
        "85.00 % ± 0.00 %",
        "2",
        "90.00 % ± 0.00 %",
        "1",
    ]


def test_intervals_differences_and_the_other_dataset_are_tabulated(tables: dict[str, str]) -> None:
    name, accuracy, images, writers, effect, rho = row(tables["intervals"], "good")
    assert (name, accuracy) == ("`good`", "90.00 %")
    assert images != writers
    # Four images a writer, all right or all wrong: ρ is about 1, the design effect about 4.
    assert float(effect) == pytest.approx(4, rel=0.2)
    assert float(rho) == pytest.approx(1, rel=0.2)
    assert "| `good` − `poor` | +40.00 |" in tables["differences"]
    assert row(tables["cross"], "good")[1:] == ["writers", "25.00 %", "90.00 %"]
