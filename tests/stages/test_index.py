"""Stage index: what has finished in a dataset's folder, whatever else lies there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scrawl import __main__ as cli


def finish(folder: Path, experiment: str, seed: int, accuracy: float, *findings: str) -> None:
    run = folder / "runs" / experiment / str(seed)
    run.mkdir(parents=True)
    metrics = {
        "accuracy": accuracy,
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
        "n": 100,
        "findings": [{"name": name, "words": name} for name in findings],
    }
    (run / "metrics.json").write_text(json.dumps(metrics))


def indexed(folder: Path) -> str:
    output = folder / "index.html"
    words = ["index", "--title", "dots", "--folder", str(folder), "--output", str(output)]
    assert cli.main(words) == 0
    return output.read_text(encoding="utf-8")


def test_experiments_are_listed_with_their_mean_and_findings_the_best_first(tmp_path: Path) -> None:
    finish(tmp_path, "worse", 1, 0.5, "overfitting")
    finish(tmp_path, "worse", 2, 0.6)
    finish(tmp_path, "bet<ter", 1, 0.9)
    page = indexed(tmp_path).replace("\u00a0", " ")
    assert page.index("bet&lt;ter") < page.index("worse")
    assert "55.00 %" in page
    assert "overfitting (1 of 2)" in page


def test_reports_and_drawing_pages_are_linked_whatever_their_names(tmp_path: Path) -> None:
    finish(tmp_path, "linear", 1, 0.5)
    for name in ("reports/quick+linear@1.html", "draw/quick.html", "mistakes/quick.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    page = indexed(tmp_path)
    assert 'href="reports/quick%2Blinear%401.html">quick+linear@1</a>' in page
    assert 'href="draw/quick.html">quick</a>' in page
    assert 'href="mistakes/quick.html">quick</a>' in page


def test_a_damaged_run_is_passed_over_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish(tmp_path, "sound", 1, 0.5)
    finish(tmp_path, "broken", 1, 0.5)
    damaged = tmp_path / "runs/broken/1/metrics.json"
    damaged.write_text("{")
    page = indexed(tmp_path)
    assert "sound" in page
    assert ">broken<" not in page
    assert str(damaged) in caplog.text


def test_an_empty_folder_has_an_index_too(tmp_path: Path) -> None:
    assert "There are no finished runs" in indexed(tmp_path)
