"""Stage transfer: a network on another dataset, which shows what it would on its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

N = 300


def prepared(
    path: Path, offset: float, scale: float, names: tuple[str, ...] = ("a", "b", "c")
) -> Path:
    """Write the same random pixels, normalised in one way or another; writers are tens."""
    pixels = np.random.default_rng(3).integers(0, 256, (N, 6))
    settings = {"normalisation": "standard"}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, n in {"train": 5, "validation": 0, "test": N}.items():
            file[f"{split}/images"] = np.float32((pixels[:n] - offset) / scale)
            file[f"{split}/labels"] = one_hot_labels(np.arange(n) % 3, 3)
            file[f"{split}/positions"] = np.arange(n)
            file[f"{split}/groups"] = np.arange(n) // 10
        Dataset(names, (2, 3), "standard", offset, scale).write(file)
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return prepared(tmp_path / "own.h5", 40.0, 80.0)


@pytest.fixture
def network(own: Path, tmp_path: Path) -> Path:
    run = Run.parse({"hidden": [4], "normalisation": "standard", "seed": 4})
    with store.reading(own, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    built = model.build(run, (2, 3), 3, np.random.default_rng(1))
    model.save(tmp_path / "model.h5", built, run, dataset, digest)
    return tmp_path / "model.h5"


def called(command: str, data: Path, network: Path, folder: Path) -> int:
    files = {"--data": data, "--model": network}
    files |= {"--metrics": folder / "metrics.json", "--predictions": folder / "predictions.h5"}
    return cli.main([command, *(str(word) for pair in files.items() for word in pair)])


def test_the_same_pixels_with_another_normalisation_get_the_same_answers(
    own: Path, network: Path, tmp_path: Path
) -> None:
    other = prepared(tmp_path / "other.h5", 90.0, 30.0)
    assert called("evaluate", own, network, tmp_path / "own") == 0
    assert called("transfer", other, network, tmp_path / "on") == 0
    mine, theirs = (
        json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("own", "on")
    )
    for key in ("accuracy", "confusion", "interval", "by_group", "n", "settings", "seed"):
        assert theirs[key] == mine[key]
    assert theirs["by_group"]["groups"] == N // 10
    assert theirs["loss"] == pytest.approx(mine["loss"], rel=1e-4)
    assert theirs["validation_accuracy"] is None
    with store.reading(other, "prepared") as file:
        assert theirs["made_from"]["prepared"] == store.sha256_of_content(file)


def test_on_its_own_dataset_the_answers_are_those_of_evaluate(
    own: Path, network: Path, tmp_path: Path
) -> None:
    for command in ("evaluate", "transfer"):
        assert called(command, own, network, tmp_path / command) == 0
    mine, theirs = (
        (tmp_path / command / "predictions.h5").read_bytes() for command in ("evaluate", "transfer")
    )
    assert mine == theirs


def test_other_classes_are_refused(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = prepared(tmp_path / "other.h5", 0.0, 255.0, names=("a", "b", "d"))
    assert called("transfer", other, network, tmp_path / "on") == 1
    assert "evaluate it on datasets of the same shape and classes" in capsys.readouterr().err
    assert not (tmp_path / "on/metrics.json").exists()
