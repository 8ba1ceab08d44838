"""Paths as they are named on a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrawl.tools.paths import existing, model_of


def test_a_runs_folder_stands_for_its_model(tmp_path: Path) -> None:
    model = tmp_path / "runs/dense-128/1/model.h5"
    model.parent.mkdir(parents=True)
    model.touch()
    assert model_of(model.parent) == model_of(model) == model


def test_a_missing_path_is_answered_with_the_nearest_name_of_the_part_that_is_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "runs/dense-128/1").mkdir(parents=True)
    (tmp_path / "runs/linear").mkdir()
    with pytest.raises(ValueError, match=r"no 'dens-128' in .*/runs; did you mean 'dense-128'\?"):
        existing(tmp_path / "runs/dens-128/1")
    (tmp_path / "one.txt").touch()
    with pytest.raises(ValueError, match=r"one\.txt is a file, expected a folder"):
        existing(tmp_path / "one.txt/model.h5")


def test_a_folder_without_a_model_is_answered_with_one_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "dense-128/1").mkdir(parents=True)
    (tmp_path / "dense-128/1/model.h5").touch()
    with pytest.raises(ValueError, match=r"expected a run's folder, such as .*dense-128/1"):
        model_of(tmp_path / "dense-128")
    (tmp_path / "three/1").mkdir(parents=True)
    (tmp_path / "three/1/metrics.json").touch()
    with pytest.raises(ValueError, match="an ensemble has no model of its own"):
        model_of(tmp_path / "three/1")
