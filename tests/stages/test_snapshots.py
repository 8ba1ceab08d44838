"""Stage snapshots: from a prepared file to a file of snapshots."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.stages.prepare import one_hot_labels

SETTINGS = {"hidden": [3], "epochs": 4, "batch_size": 5, "seed": 2}


def prepared(path: Path) -> Path:
    settings = {"normalisation": "unit"}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, n in {"train": 40, "validation": 10, "test": 5}.items():
            file[f"{split}/images"] = np.random.default_rng(n).random((n, 20), np.float32)
            file[f"{split}/labels"] = one_hot_labels(np.arange(n) % 3, 3)
            file[f"{split}/positions"] = np.arange(n)
        Dataset(("a", "b", "c"), (4, 5), "unit", 0.0, 255.0).write(file)
    return path


def test_the_command_writes_the_same_snapshots_with_any_number_of_threads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["snapshots", "--settings", json.dumps({**SETTINGS, "pieces": 2})]
    words += ["--data", str(prepared(tmp_path / "a.h5")), "--snapshots"]
    files = [tmp_path / f"{n}.h5" for n in (1, 2)]
    for n, file in enumerate(files, 1):
        assert cli.main([*words, str(file), "--threads", str(n)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert "after 8 steps: validation accuracy " in capsys.readouterr().out
    with store.reading(files[0], "snapshots") as file:
        assert file["steps"][()].tolist() == [0, 2, 8]  # of 32
        assert store.settings_of(file)["hidden"] == [3]


def test_a_network_that_keeps_none_gets_a_file_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = json.dumps({**SETTINGS, "hidden": [3000]})
    data, file = prepared(tmp_path / "a.h5"), tmp_path / "none.h5"
    words = ["snapshots", "--settings", settings, "--data", str(data), "--snapshots", str(file)]
    assert cli.main(words) == 0
    assert "or more than 50,000 parameters" in capsys.readouterr().out
    with store.reading(file, "snapshots") as opened:
        assert len(opened["steps"]) == 0
