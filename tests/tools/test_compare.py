"""`scrawl compare`: two runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.results import scoring
from scrawl.tools.compare import verdict

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
NAMES = ["circle", "line"]
SETTINGS = {"normalisation": "unit", "epochs": 10, "hidden": [8]}


def data(folder: Path) -> Path:
    """Write eight images of 2 × 3; image i is bright in column i % 3."""
    pictures = np.zeros((8, 2, 3), np.float32)
    pictures[np.arange(8), :, np.arange(8) % 3] = 1
    path = folder / "prepared/unit.h5"
    with store.writing(path, "prepared", settings={}, made_from={}) as file:
        Dataset(tuple(NAMES), (2, 3), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": 0, "validation": 0, "test": 8}.items():
            file[f"{split}/images"] = pictures[:n].reshape(n, 6)
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[LABELS[:n]]
            file[f"{split}/positions"] = np.arange(n)
    return path


def run(
    folder: Path,
    name: str,
    lines: list[float],
    labels: Any = LABELS,
    seed: int = 1,
    **settings: object,
) -> Path:
    """Write a run that answers `line` with these probabilities."""
    images = folder / "prepared/unit.h5"
    made_from = {"prepared": "?", "model": "?"}
    if images.exists():
        with store.reading(images, "prepared") as file:
            made_from["prepared"] = store.sha256_of_content(file)
    probabilities = np.array([[1 - p, p] for p in lines], np.float32)
    path = folder / "runs" / name / str(seed)
    scoring.write_predictions(
        path / "predictions.h5",
        probabilities,
        labels,
        NAMES,
        settings=SETTINGS | settings,
        made_from=made_from,
    )
    scores = scoring.scores(probabilities, labels, labels, NAMES) | {"loss": 0.25}
    scoring.write_metrics(path / "metrics.json", scores | {"settings": SETTINGS | settings})
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Write two runs: one errs on image 7 only, the other on 0, 1, 2 and 7."""
    data(tmp_path)
    good = run(tmp_path, "good", [0.1] * 4 + [0.9] * 3 + [0.3])
    bad = run(tmp_path, "bad", [0.6, 0.95, 0.7, 0.2] + [0.9] * 3 + [0.2], epochs=2)
    return good, bad


def test_settings_metrics_and_the_test_are_side_by_side(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *map(str, pair)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["good/1", "bad/1"]
    assert lines[1].split() == ["epochs", "10", "2"]
    assert lines[2].split() == ["accuracy", "87.50", "%", "50.00", "%"]
    assert not any(line.startswith(("hidden", "normalisation")) for line in lines)
    # 3 tosses, all one way: p = 2 · (1/2)³.
    assert (
        "Of 8 test images both have 4 right, only good/1 3, only bad/1 0, neither 1.\n"
        "McNemar's exact test: p = 0.25: such a difference can well be luck."
    ) in "\n".join(lines)


def test_disagreements_are_listed_the_surest_first_and_drawn(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["compare", *map(str, pair)])
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index("They disagree on 3 images:")
    assert [line.replace(" %)", "%)").split() for line in lines[begin + 2 : begin + 5]] == [
        ["1", "circle", "circle", "(90.00%)", "line", "(95.00%)"],
        ["2", "circle", "circle", "(90.00%)", "line", "(70.00%)"],
        ["0", "circle", "circle", "(90.00%)", "line", "(60.00%)"],
    ]
    assert lines[begin + 5 :] == ["", "1    2    0", " @     @  @"]


def test_pictures_that_no_line_holds_stand_in_further_ones(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "8")
    cli.main(["compare", *map(str, pair)])
    assert capsys.readouterr().out.endswith("\n\n1    2\n @     @\n\n0\n@\n")


def test_as_many_are_listed_as_asked_for(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["compare", *map(str, pair), "--show", "1"])
    out = capsys.readouterr().out
    assert "They disagree on 3 images; the 1 where both were surest:" in out
    assert "(70.00%)" not in out
    cli.main(["compare", *map(str, pair), "--show", "0"])
    assert capsys.readouterr().out.endswith("They disagree on 3 images.\n")


def test_json_has_every_disagreement(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *map(str, pair), "--json", "--show", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["good/1", "bad/1"]
    assert found["settings"] == {"epochs": [10, 2]}
    assert found["right"] == {"both": 4, "first": 3, "second": 0, "neither": 1}
    assert found["p"] == 0.25
    assert [one["position"] for one in found["disagreements"]] == [1, 2, 0]
    assert found["metrics"]["accuracy"] == [0.875, 0.5]


def test_other_images_than_those_tested_are_not_drawn(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = pair[0].parents[2] / "prepared/unit.h5"
    with store.writing(path, "prepared", settings={"new": 1}, made_from={}) as file:
        Dataset(tuple(NAMES), (2, 3), "unit", 0.0, 255.0).write(file)
        for split in ("train", "validation", "test"):
            file[f"{split}/images"] = np.ones((8, 6), np.float32)
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[LABELS]
            file[f"{split}/positions"] = np.arange(8)
    cli.main(["compare", *map(str, pair)])
    assert "holds other images than those that good/1 was tested on" in capsys.readouterr().out


def test_without_images_it_is_said_how_to_see_them(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    images = pair[0].parents[2] / "prepared/unit.h5"
    moved = images.rename(images.with_name("elsewhere.h5"))
    cli.main(["compare", *map(str, pair)])
    assert capsys.readouterr().out.endswith("--data prepared.h5)\n")
    cli.main(["compare", *map(str, pair), "--data", str(moved)])
    assert capsys.readouterr().out.endswith("1    2    0\n @     @  @\n")


def test_runs_on_other_images_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = run(tmp_path, "one", [0.1] * 8)
    other = run(tmp_path, "other", [0.1] * 8, labels=LABELS[::-1])
    assert cli.main(["compare", str(one), str(other)]) == 1
    assert "name files of one dataset only" in capsys.readouterr().err


def test_a_run_with_itself_never_disagrees(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", str(pair[0]), str(pair[0])]) == 0
    assert "They answer the same to every image." in capsys.readouterr().out


def test_what_is_no_run_is_named(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", str(pair[0]), str(pair[0].parent / "2")]) == 1
    assert "good/2: there is no '2' in" in capsys.readouterr().err
    assert cli.main(["compare", str(pair[0]), str(pair[0].parent)]) == 1
    assert "good: found a run and an experiment; name two runs" in capsys.readouterr().err


def test_the_better_one_is_named_when_it_is_no_luck() -> None:
    found = {"runs": ["a/1", "b/1"], "n": 100, "p": 0.001}
    right = {"both": 60, "first": 5, "second": 30, "neither": 5}
    assert "b/1 is better" in verdict(found | {"right": right})
    assert "a/1 is better" in verdict(found | {"right": right | {"first": 30, "second": 5}})


def test_a_run_is_named_by_its_folder_or_its_model_and_a_missing_one_by_the_nearest(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = pair
    assert cli.main(["compare", str(good), str(bad)]) == 0
    named_by_folder = capsys.readouterr().out
    (bad / "model.h5").touch()
    assert cli.main(["compare", str(good), str(bad / "model.h5")]) == 0
    assert capsys.readouterr().out == named_by_folder
    assert cli.main(["compare", str(good), str(bad.parents[1] / "badd" / "1")]) == 1
    assert "there is no 'badd'" in (said := capsys.readouterr().err)
    assert "did you mean 'bad'?" in said


def with_groups(path: Path, groups: Any) -> None:
    """Write the files of a run again, with the groups of its images."""
    with store.reading(path / "predictions.h5", "predictions") as file:
        probabilities, labels = file["probabilities"][...], file["labels"][...]
        settings, made_from = store.settings_of(file), store.made_from(file)
    scoring.write_predictions(
        path / "predictions.h5",
        probabilities,
        labels,
        NAMES,
        settings=settings,
        made_from=made_from,
        groups=groups,
    )
    scores = scoring.scores(probabilities, labels, labels, NAMES, groups) | {"loss": 0.25}
    scoring.write_metrics(path / "metrics.json", scores | {"settings": settings})


def test_runs_on_images_of_known_writers_are_compared_by_writer(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in pair:
        with_groups(path, np.arange(8) // 2)
    assert cli.main(["compare", *map(str, pair)]) == 0
    said = capsys.readouterr().out
    assert "\nby group" in said
    assert "less that of bad/1: +37.50 points;\nwith other groups than these 4, " in said
    assert cli.main(["compare", "--json", *map(str, pair)]) == 0
    found = json.loads(capsys.readouterr().out)["by_group"]
    assert (found["groups"], found["mean"]) == (4, 0.375)
    assert 0 <= found["low"] < 0.375 < found["high"] <= 1


def test_without_writers_nothing_is_said_of_groups(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *map(str, pair)]) == 0
    assert "group" not in capsys.readouterr().out


def test_class_names_reach_a_terminal_without_its_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "NAMES", ["a\x1b[2J", "b"])
    data(tmp_path)
    runs = [run(tmp_path, name, [0.1] * 4 + [p] * 4) for name, p in (("one", 0.9), ("two", 0.2))]
    assert cli.main(["compare", *map(str, runs)]) == 0
    said = capsys.readouterr().out
    assert "a\\x1b[2J" in said
    assert "\x1b" not in said
