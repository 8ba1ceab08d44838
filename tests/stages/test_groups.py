"""Stage groups, its figure and its section of the report: from predictions of runs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.results import scoring

NAMES = ["a", "b"]


def run(folder: Path, seed: int, wrong: list[int]) -> Path:
    """Write a run that is right on 60 images of six groups but for some."""
    labels = np.arange(60) % 2
    answers = labels.copy()
    answers[wrong] = 1 - answers[wrong]
    path = folder / "runs/net" / str(seed)
    scoring.write_predictions(
        path / "predictions.h5",
        np.eye(2, dtype=np.float32)[answers],
        labels,
        NAMES,
        settings={},
        made_from={"prepared": "0" * 64},
        groups=np.arange(60) // 10 + 100,
    )
    return path


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return [str(run(tmp_path, 1, [20, 22, 24, 26])), str(run(tmp_path, 2, [20, 22, 24, 59]))]


def test_the_table_has_a_row_for_each_group_the_hardest_first(
    runs: list[str], tmp_path: Path
) -> None:
    assert cli.main(["groups", "--runs", *runs, "--table", str(tmp_path / "groups.csv")]) == 0
    with (tmp_path / "groups.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["group"] for row in rows[:2]] == ["102", "105"]
    assert (rows[0]["images"], rows[0]["accuracy"], rows[0]["mistake"]) == ("10", "0.65", "a → b")
    assert float(rows[0]["low"]) < 0.65 < float(rows[0]["high"])
    assert len(rows) == 6


def test_the_figure_is_drawn(runs: list[str], tmp_path: Path) -> None:
    output = tmp_path / "groups.svg"
    assert cli.main(["plot", "groups", "--runs", *runs, "--output", str(output)]) == 0
    assert output.read_text(encoding="utf-8").count("<use ") > 6  # points


def test_runs_of_two_experiments_are_refused(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs/other").mkdir()
    other = Path(runs[1]).rename(tmp_path / "runs/other/2")
    words = ["--runs", runs[0], str(other), "--output", str(tmp_path / "x.png")]
    assert cli.main(["plot", "groups", *words]) == 1
    assert "found net, other; name runs of one experiment only" in capsys.readouterr().err
