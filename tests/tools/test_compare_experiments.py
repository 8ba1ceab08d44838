"""`scrawl compare` of two experiments: all their runs, paired by random seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from tools.test_compare import LABELS, data, run, with_groups

RIGHT = [0.1] * 4 + [0.9] * 4


def wrong(*images: int) -> list[float]:
    """Return answers that are wrong on these images and right on the others."""
    return [1 - p if i in images else p for i, p in enumerate(RIGHT)]


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """Write experiments of 2 and 3 seeds; with seed 1 they err on 1 and 3 images, then 0 and 2."""
    data(tmp_path)
    for seed, images in {1: [7], 2: []}.items():
        good = run(tmp_path, "good", wrong(*images), seed=seed)
    for seed, images in {1: [0, 1, 7], 2: [0, 2], 3: [0, 1, 2, 3, 4, 5]}.items():
        bad = run(tmp_path, "bad", wrong(*images), seed=seed, epochs=2)
    return good.parent, bad.parent


def compared(paths: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert cli.main(["compare", *map(str, paths), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_runs_of_the_same_seed_are_paired(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(both, capsys)
    assert found["seeds"] == [[1, 2], [1, 2]]
    assert found["settings"] == {"epochs": [10, 2]}
    assert found["accuracy"] == [1 - 0.5 / 8, 1 - 2.5 / 8]
    assert found["difference"] == 0.25
    assert found["test"] == {"pairs": 2, "only_first": 2.0, "only_second": 0.0, "p": 1.0}
    # 0 is wrong in both runs of one, 1 and 2 in one of them each, 7 as often in either.
    assert [(one["position"], one["right"]) for one in found["disagreements"]] == [
        (0, [2, 0]),
        (1, [2, 1]),
        (2, [2, 1]),
    ]


def test_the_interval_is_students_over_the_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, images in {1: [0], 2: [0, 1]}.items():  # 1 and 2 images of 8
        one = run(tmp_path, "one", RIGHT, seed=seed)
        other = run(tmp_path, "other", wrong(*images), seed=seed)
    found = compared((one.parent, other.parent), capsys)
    # The quantile for 1 degree of freedom is 12.706, the standard error of 1.5 images 0.5.
    assert found["interval"] == pytest.approx(
        [(1.5 - 12.706 * 0.5) / 8, (1.5 + 12.706 * 0.5) / 8], rel=1e-4
    )


def test_it_is_said_what_is_compared_and_how_sure_it_is(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", *map(str, both), "--show", "2"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["good", "bad"]
    for words in (
        "Compared: 2 pairs of runs of the same random seed, on 8 test images.",
        "Accuracy, good minus bad: +25.00 points in the mean (95 % interval over seeds: +25.00 to",
        "In the mean of the pairs, only good has 2 images right, only bad 0.",
        "twice the median p of the pairs: p = 1: on other images it can well be the other way",
        "Of 3 images one has more right than the other; the 2 clearest:",
    ):
        assert words in out
    assert out.endswith("\n\n0    1\n@     @\n")


def test_experiments_without_a_common_seed_are_paired_in_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (run(tmp_path, name, RIGHT, seed=i) for i, name in ((1, "one"), (2, "other")))
    assert cli.main(["compare", str(one.parent), str(other.parent)]) == 0
    out = capsys.readouterr().out
    assert "Compared: 1 pair of runs in the order of their random seeds" in out
    assert "With more seeds there would be an interval" in out
    assert "They have every image right equally often." in out


def test_a_folder_without_runs_is_no_experiment(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (both[0].parent / "empty").mkdir()
    assert cli.main(["compare", str(both[0]), str(both[0].parent / "empty")]) == 1
    assert "empty: found no run with a metrics.json" in capsys.readouterr().err


def test_experiments_on_other_images_are_refused(
    both: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = run(tmp_path, "other", RIGHT, labels=LABELS[::-1])
    assert cli.main(["compare", str(both[0]), str(other.parent)]) == 1
    assert "name files of one dataset only" in capsys.readouterr().err


def test_experiments_on_images_of_known_writers_are_compared_by_writer(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for run_ in (one for path in both for one in path.iterdir()):
        with_groups(run_, np.arange(8) // 2)
    found = compared(both, capsys)["by_group"]
    assert (found["groups"], found["mean"]) == (4, 0.25)
    cli.main(["compare", *map(str, both)])
    assert "with other groups than these 4, " in capsys.readouterr().out
