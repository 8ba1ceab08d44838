"""The table of records: accuracies from metrics, seconds from the costs of runs, by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from project import STUDIES, whole_configuration
from scrawl import __main__ as cli
from scrawl.results import scoring
from scrawl.studies.records import read_entries

ROW: dict[str, Any] = {
    "experiment": "net",
    "what": "dense",
    "aim": 0.9875,
    "published": 0.9828,
    "by": "somebody",
}


def rows_file(folder: Path, *rows: dict[str, Any], **more: Any) -> str:
    path = folder / "rows.yaml"
    path.write_text(json.dumps({"rows": rows, **more}))
    return str(path)


def run(folder: Path, experiment: str, seed: int, accuracy: float, **more: Any) -> str:
    """Write what the stage reads of a run."""
    path = folder / "runs" / experiment / str(seed)
    path.mkdir(parents=True)
    metrics = {
        "accuracy": accuracy,
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
        "n": 10_000,
        "parameters": 1234,
        "settings": {},
        **more,
    }
    (path / "metrics.json").write_text(json.dumps(metrics))
    return str(path)


def cost(folder: Path, experiment: str, seed: int, seconds: float) -> None:
    """Write what a training cost, as it does itself."""
    path = folder / "runs" / experiment / str(seed) / "cost.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    clock = {"seconds": 99.0, "memory_mib": 1.0, "resumed": 0}
    path.write_text(json.dumps({"core_seconds": float(seconds), **clock}))


def made(folder: Path, rows: str, runs: list[str]) -> int:
    files = {"--table": "table.json", "--csv": "table.csv"}
    paths = [word for option, name in files.items() for word in (option, str(folder / name))]
    return cli.main(["records", "--rows", rows, "--runs", *runs, *paths])


def test_a_row_has_mean_spread_and_interval_over_the_seeds_and_the_cost(tmp_path: Path) -> None:
    accuracies = (0.986, 0.988, 0.990)
    runs = [run(tmp_path, "net", seed, a) for seed, a in enumerate(accuracies, start=1)]
    for seed, seconds in enumerate((10, 20, 60), start=1):
        cost(tmp_path, "net", seed, seconds)
    assert made(tmp_path, rows_file(tmp_path, ROW), runs) == 0
    table = json.loads((tmp_path / "table.json").read_text())
    row = table["rows"]["net"]
    assert row["mean"] == pytest.approx(0.988)
    assert row["deviation"] == pytest.approx(0.002)
    # Student's t of two degrees of freedom is 4.3027
    assert row["interval_low"] == pytest.approx(0.988 - 4.3027 * 0.002 / 3**0.5, abs=1e-6)
    # Wilson's ends are 1.96 of their own standard errors away from the mean, and not as far each
    low, high = row["other_images_low"], row["other_images_high"]
    for end in (low, high):
        assert abs(end - 0.988) / (end * (1 - end) / 10_000) ** 0.5 == pytest.approx(1.96, rel=1e-4)
    assert 0.988 - low > 1.1 * (high - 0.988)
    assert (row["core_seconds"], row["parameters"], row["seeds"]) == (30, 1234, 3)
    assert "98.80 % ± 0.20 %" in table["markdown"]
    assert "98.75 %: met" in table["markdown"]
    with (tmp_path / "table.csv").open() as file:
        assert [line["experiment"] for line in csv.DictReader(file)] == ["net"]


def test_an_aim_that_was_not_reached_is_said_to_be_missed(tmp_path: Path) -> None:
    runs = [run(tmp_path, "net", seed, 0.9874) for seed in (1, 2)]
    for seed in (1, 2):
        cost(tmp_path, "net", seed, 1)
    assert made(tmp_path, rows_file(tmp_path, ROW), runs) == 0
    assert "98.75 %: missed" in json.loads((tmp_path / "table.json").read_text())["markdown"]


def test_an_ensemble_costs_what_its_members_cost_together(tmp_path: Path) -> None:
    runs = [
        run(
            tmp_path,
            "together",
            seed,
            0.99,
            settings={"of": ["net"], "size": 2},
        )
        for seed in (1, 2)
    ]
    for seed in (1, 2, 3, 4):
        cost(tmp_path, "net", seed, seed)
    rows = rows_file(tmp_path, {**ROW, "experiment": "together"})
    assert made(tmp_path, rows, runs) == 0
    row = json.loads((tmp_path / "table.json").read_text())["rows"]["together"]
    assert row["core_seconds"] == (3 + 7) / 2


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [run(tmp_path, "net", 1, 0.99), run(tmp_path, "net", 2, 0.99)]
    assert made(tmp_path, rows_file(tmp_path, ROW), runs) == 1
    assert "runs/net/1/cost.json: there is no such file" in capsys.readouterr().err
    assert made(tmp_path, rows_file(tmp_path, {**ROW, "experiment": "other"}), runs) == 1
    assert "names none of the experiments net" in capsys.readouterr().err
    assert made(tmp_path, rows_file(tmp_path, {**ROW, "aim": 99}), runs) == 1
    assert "row 1: aim: found 99" in capsys.readouterr().err
    assert made(tmp_path, rows_file(tmp_path, ROW, retired=[{"recipe": "?"}]), runs) == 1
    assert "retired 1: the key 'experiment' is missing" in capsys.readouterr().err
    for rows in (rows_file(tmp_path), rows_file(tmp_path, ROW, retired=1)):
        assert made(tmp_path, rows, runs) == 1
        assert "expected the key rows, and retired if there are any" in capsys.readouterr().err


def test_a_recipe_that_was_replaced_is_counted_and_shown(tmp_path: Path) -> None:
    runs = [run(tmp_path, "net", seed, 0.99) for seed in (1, 2)]
    for seed in (1, 2):
        cost(tmp_path, "net", seed, 1)
    first = {"experiment": "net", "recipe": "[64], 3 epochs", "because": "it was slow"}
    old = {**first, "accuracies": [0.98, 0.981]}
    elsewhere = {**old, "experiment": "in-another-table"}
    retired = [old, elsewhere, old]
    assert made(tmp_path, rows_file(tmp_path, ROW, retired=retired), runs) == 0
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["recipes_tested"] == 3
    line = "- [64], 3 epochs: 98.00 %, 98.10 %. Replaced because it was slow."
    assert table["retired"] == f"{line}\n{line}"


def test_rows_are_the_experiments_of_the_suites_that_end_in_a_table() -> None:
    entries, retired = read_entries(STUDIES / "records/rows.yaml")
    rows = {entry.experiment for entry in entries}
    suites = whole_configuration()["suites"].values()
    assert rows == {
        name
        for suite in suites
        if suite.get("target") == "recorded"
        for name in suite["experiments"]
    }
    assert {recipe.experiment for recipe in retired} <= rows


def test_intervals_by_writer_have_a_column_where_writers_are_known(tmp_path: Path) -> None:
    rows = rows_file(tmp_path, ROW)
    grouped = []
    for seed in (1, 2):
        grouped.append(run(tmp_path, "net", seed, 0.9, by_group={"groups": 10}))
        cost(tmp_path, "net", seed, 1)
        labels = np.zeros(100, np.int64)
        scoring.write_predictions(
            Path(grouped[-1]) / "predictions.h5",
            np.eye(2, dtype=np.float32)[(np.arange(100) % 10 == 0).astype(int)],
            labels,
            ["a", "b"],
            settings={},
            made_from={},
            groups=np.arange(100) % 20,
        )
    assert made(tmp_path, rows, grouped) == 0
    table = json.loads((tmp_path / "table.json").read_text())
    row = table["rows"]["net"]
    assert 0.5 < row["other_groups_low"] < 0.9 < row["other_groups_high"] <= 1
    header, rule, line = table["markdown"].splitlines()
    assert header.endswith("| other groups, 95 % |")
    assert header.count("|") == rule.count("|") == line.count("|")
