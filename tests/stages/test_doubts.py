"""Stage doubts: planted wrong labels and planted duplicates, in the table and on the page."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.results import doubtful_labels
from scrawl.stages.prepare import one_hot_labels


def test_planted_wrong_labels_and_duplicates_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doubtful_labels, "FEATURES", 50)
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 3
    images = rng.random((3, 16), np.float32)[truth] + 0.05 * rng.random((300, 16), np.float32)
    labels = truth.copy()
    labels[[40, 70]] = (truth[[40, 70]] + 1) % 3
    path, table = tmp_path / "prepared.h5", tmp_path / "doubts.csv"
    with store.writing(path, "prepared", settings={}, made_from={}) as file:
        for split, chosen in {"train": range(300), "validation": range(0), "test": [70, 9]}.items():
            rows = np.array(chosen, np.int64)
            file[f"{split}/images"] = images[rows]
            file[f"{split}/labels"] = one_hot_labels(labels[rows], 3)
            file[f"{split}/positions"] = 1000 + np.arange(len(rows))
        Dataset(("a", "b", "c"), (4, 4), "unit", 0.0, 255.0, Appearance()).write(file)
    assert cli.main(["doubts", "--data", str(path), "--table", str(table)]) == 0
    with table.open(encoding="utf-8") as lines:
        table_rows = list(csv.DictReader(lines))
    listed = {row["image"]: row for row in table_rows if row["split"] == "train"}
    assert listed.keys() == {"40", "70", "9"}
    for image in (40, 70):
        row = listed[str(image)]
        assert row["position"] == str(1000 + image)
        assert row["label"] == "abc"[labels[image]]
        assert row["suggested"] == "abc"[truth[image]]
    assert {image: row["twin"] for image, row in listed.items()} == {"40": "", "70": "0", "9": "1"}
    assert listed["9"]["suggested"] == listed["9"]["margin"] == ""
    # Test image 0 has the wrong label, too: the fit that judges it did not learn its twin.
    found = [
        (row["image"], row["suggested"], row["twin"])
        for row in table_rows
        if row["split"] == "test"
    ]
    assert found == [("0", "abc"[truth[70]], "70"), ("1", "", "9")]
    assert "2 training images are test images, too" in capsys.readouterr().out
