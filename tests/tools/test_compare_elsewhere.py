"""`scrawl compare` on other datasets that both sides were evaluated on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from tools.test_compare import LABELS, run, with_groups

RIGHT = [0.1] * 4 + [0.9] * 4


def evaluated(
    folder: Path, name: str, seed: int, wrong: tuple[int, ...], groups: Any = None
) -> Path:
    """Write a run that has its own images right, and errs on some of another dataset, `lines`."""
    elsewhere = [1 - p if i in wrong else p for i, p in enumerate(RIGHT)]
    other = run(folder / "lines", name, elsewhere, seed=seed)
    if groups is not None:
        with_groups(other, groups)
    path = run(folder, name, RIGHT, seed=seed)
    shutil.copytree(other, path / "on/lines")
    return path


def test_two_runs_are_compared_on_each_dataset_that_both_were_evaluated_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = evaluated(tmp_path, "good", 1, (7,), np.arange(8) // 2)
    bad = evaluated(tmp_path, "bad", 1, (0, 1, 7), np.arange(8) // 2)
    shutil.copytree(good / "on/lines", good / "on/dots")  # which `bad` was not evaluated on
    assert cli.main(["compare", str(good), str(bad), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["elsewhere"]
    assert list(found) == ["lines"]
    assert [scores["accuracy"] for scores in found["lines"]["accuracy"]] == [7 / 8, 5 / 8]
    assert [scores["n"] for scores in found["lines"]["accuracy"]] == [8, 8]
    # 2 tosses, all one way: p = 2 · (1/2)².
    assert found["lines"]["test"] == {"pairs": 1, "only_first": 2.0, "only_second": 0.0, "p": 0.5}
    assert found["lines"]["by_group"]["mean"] == 0.25
    assert cli.main(["compare", str(good), str(bad)]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("lines"))
    # Wilson's interval of 7 right of 8: by hand, with z = 1.959964, 52.91 to 97.76 %.
    assert row.split()[:7] == ["lines", "8", "87.50", "%", "(52.91", "to", "97.76"]
    assert "+25.00 points, p = 0.5; other groups: " in row


def test_two_experiments_are_compared_seed_by_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, wrong in {1: (7,), 2: ()}.items():
        good = evaluated(tmp_path, "good", seed, wrong).parent
    for seed, wrong in {1: (0, 1, 7), 2: (0, 2), 3: (0, 1, 2, 3)}.items():
        bad = evaluated(tmp_path, "bad", seed, wrong).parent
    assert cli.main(["compare", str(good), str(bad)]) == 0
    said = capsys.readouterr().out
    assert "tested on  images  good" in said
    assert "+25.00 points, p = 1\n" in said  # seeds 1 and 2; twice 0.5, the median p
    assert cli.main(["compare", str(good), str(bad), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["elsewhere"]["lines"]
    assert [scores["accuracy"] for scores in found["accuracy"]] == [7.5 / 8, 5.5 / 8]
    assert (found["test"]["pairs"], found["by_group"]) == (2, None)


def test_answers_to_other_images_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = (evaluated(tmp_path, name, 1, ()) for name in ("good", "bad"))
    other = run(tmp_path / "swapped", "bad", RIGHT, labels=1 - LABELS)
    shutil.copy(other / "predictions.h5", bad / "on/lines")
    assert cli.main(["compare", str(good), str(bad)]) == 1
    assert "on/lines/predictions.h5: its labels are not those of" in capsys.readouterr().err


def test_without_another_dataset_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (run(tmp_path, name, RIGHT) for name in ("one", "other"))
    assert cli.main(["compare", str(one), str(other)]) == 0
    assert "tested on" not in capsys.readouterr().out
