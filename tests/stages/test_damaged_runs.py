"""Damaged files of a run: every command that reads them names the file, and ends with status 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forged import forged
from scrawl import __main__ as cli
from stages.test_report import prepared, run_folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return a prepared file and two runs on it."""
    data = prepared(tmp_path_factory.mktemp("dots") / "prepared/unit.h5")
    return data, run_folder(data, seed=1), run_folder(data, seed=2)


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Return what a command says before it ends with status 1, or nothing where it succeeds."""
    status = cli.main([str(word) for word in words])
    error = capsys.readouterr().err
    assert status in {0, 1}, error
    return error if status else ""


DAMAGE: list[tuple[str, Any]] = [
    ("metrics.json", "{"),
    ("metrics.json", "[" * 100_000),
    ("metrics.json", '{"accuracy": NaN}'),
    ("metrics.json", {"accuracy": 2}),
    ("metrics.json", {"n": 0}),
    ("metrics.json", {"settings": []}),
    ("metrics.json", {"made_from": {"prepared": 1}}),
    ("metrics.json", {"findings": [{"name": "x"}]}),
    ("metrics.json", {"findings": "x"}),
    ("metrics.json", {"interval": {"low": "x", "high": 1}}),
    ("metrics.json", {"loss": "x"}),
    ("metrics.json", {"class_names": [1]}),
    ("metrics.json", {"commonest_class": {"class": 1, "accuracy": 0}}),
    ("environment.json", "[]"),
    ("environment.json", '{"numpy": '),
    ("history.csv", "epoch\0"),
    ("history.csv", "x" * 200_000),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGE, ids=lambda one: str(one)[:40])
def test_a_damaged_file_is_named_by_every_command_that_reads_it(
    whole: tuple[Path, Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    damage: Any,
) -> None:
    data, run, other = whole
    file, page, figure = run / name, tmp_path / "page.html", tmp_path / "figure.png"
    before = file.read_text()
    words = damage if isinstance(damage, str) else json.dumps(json.loads(before) | damage)
    file.write_text(words)
    try:
        heard = [
            said(capsys, "report", "--title", "x", "--data", data, "--runs", run, "--output", page),
            said(capsys, "compare", run, other),
            said(capsys, "plot", "accuracy", "--runs", run, other, "--output", figure),
            said(capsys, "plot", "curves", "--runs", run, "--output", figure),
        ]
    finally:
        file.write_text(before)
    assert heard[0]
    assert all(name in one and one.count("\n") == 1 for one in heard if one), heard


def test_answers_of_classes_that_there_are_not_are_refused(
    whole: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, run, _ = whole
    path = run / "predictions.h5"
    before = path.read_bytes()
    with forged(path) as file:
        file["predicted"][3] = 99
    try:
        words = said(capsys, "plot", "confusion", "--runs", run, "--output", tmp_path / "c.png")
    finally:
        path.write_bytes(before)
    assert "predictions.h5: /predicted has classes from 0 to 99, expected 0 to 3" in words
