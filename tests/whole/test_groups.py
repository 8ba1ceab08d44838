"""A dataset with writers goes the whole chain, and its run to another dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from project import checkout
from scrawl import __main__ as cli
from scrawl.data import idx


def with_writers(config: dict[str, Any]) -> None:
    """Add files of writers to the dots, and other dots to evaluate on.

    Those are the last 20 test images, and the same test images said to be by other writers.
    """
    dots = config["datasets"]["dots"]
    files = dots["files"]
    later = {
        part: {**file, "rows": [40, 60]} if part.startswith("test") else file
        for part, file in files.items()
    }
    groups = {
        "train_groups": {"name": "writers.idx", "rows": [5, 245]},
        "test_groups": {"name": "writers.idx", "rows": [300, 360]},
    }
    strangers = {
        "train_groups": {"name": "writers.idx", "rows": [0, 240]},
        "test_groups": {"name": "writers.idx", "rows": [340, 400]},
    }
    config["datasets"] = {
        "dots": {**dots, "files": {**files, **groups}, "split": "group"},
        "later": {**dots, "files": later},
        # Writers 42 to 49, of whom the first three wrote the last test images of `dots`, too.
        "strangers": {**dots, "files": {**files, **strangers}, "unmet_in": "dots"},
    }


def test_writers_are_kept_apart_and_tabulated_and_a_run_goes_to_another_dataset(
    tmp_path: Path,
) -> None:
    project = checkout(tmp_path)
    writers = np.arange(400, dtype=np.int32) // 8
    idx.write(project.folder / "data/writers.idx", writers)
    project.configure(with_writers)
    words = ("experiment=deep", "seed=1", "evaluated_on=later,strangers")
    project.build("grouped", "transferred", "--config", *words)
    folder = project.folder / "artifacts/dots"
    with h5py.File(folder / "prepared/standard.h5") as file:
        train, validation, test = (
            file[f"{split}/groups"][...] for split in ("train", "validation", "test")
        )
    assert set(train).isdisjoint(validation)
    assert sorted([*train, *validation]) == writers[5:245].tolist()
    assert test.tolist() == writers[300:360].tolist()
    (table,) = folder.glob("groups/*/deep.csv")
    assert len(table.read_text().splitlines()) == 1 + len(set(test))
    own, other = (
        json.loads((folder / "runs/deep/1" / place / "metrics.json").read_text())
        for place in ("", "on/later")
    )
    assert (own["by_group"]["groups"], own["n"], other["n"]) == (len(set(test)), 60, 20)
    # The other dataset's images are the last of its own: the same pixels, normalised by themselves.
    with h5py.File(folder / "runs/deep/1/predictions.h5") as mine:
        last = mine["predicted"][40:]
    with h5py.File(folder / "runs/deep/1/on/later/predictions.h5") as theirs:
        np.testing.assert_array_equal(theirs["predicted"][...], last)
    with h5py.File(project.folder / "artifacts/strangers/prepared/standard.h5") as file:
        assert file["test/groups"][...].tolist() == writers[360:400].tolist()
        assert file["test/positions"][...].tolist() == list(range(20, 60))
    strangers = json.loads((folder / "runs/deep/1/on/strangers/metrics.json").read_text())
    assert (strangers["n"], strangers["by_group"]["groups"]) == (40, 5)
    (report,) = folder.glob("reports/*.html")
    section = report.read_text().partition('<section id="elsewhere">')[2]
    assert "20 of later; 40 of strangers, by 5 groups." in section
    for dataset in ("dots", "strangers"):
        assert cli.main(["verify", str(project.folder / "artifacts" / dataset)]) == 0
