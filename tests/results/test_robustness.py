"""Robustness: means over seeds, errors relative to a baseline, and damaged files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl.results.robustness import COVERAGE, MEASURES, Robustness, mean_of, score


def robustness(accuracy: list[list[float]]) -> Robustness:
    table = np.array(accuracy)
    names = ("blur", "noise")[: len(table)]
    risk = {"confidence": np.zeros((table.shape[1], len(COVERAGE)))}
    return Robustness(names, dict.fromkeys(MEASURES, table), risk)


def content() -> dict[str, Any]:
    """Return what the stage writes, of one corruption."""
    scores: dict[str, Any] = {measure: [0.9] + [0.5] * 5 for measure in MEASURES}
    risk = {"confidence": [[0.1] * len(COVERAGE)] * 6}
    return {"corruptions": {"blur": scores}, "coverage": [1.0], "n": 10, "risk": risk}


def test_errors_are_relative_to_those_of_the_baseline_over_all_severities() -> None:
    own = robustness([[1, 0.9, 0.7], [1, 1, 1]])
    baseline = robustness([[0.5, 0.8, 0.4], [1, 0.5, 0.25]])
    found = own.corruption_errors(baseline)
    np.testing.assert_allclose(found, [(0.1 + 0.3) / (0.2 + 0.6), 0])
    np.testing.assert_allclose(baseline.corruption_errors(baseline), [1, 1])


def test_a_baseline_without_mistakes_is_nothing_to_compare_with() -> None:
    found = robustness([[1, 0.9]]).corruption_errors(robustness([[0.5, 1.0]]))
    assert np.isnan(found).all()


def test_a_mean_is_that_of_the_seeds() -> None:
    mean = mean_of([robustness([[1, 0.5]]), robustness([[0.5, 0.25]])])
    np.testing.assert_allclose(mean.scores["accuracy"], [[0.75, 0.375]])
    np.testing.assert_allclose(mean.by_severity("accuracy"), [0.75, 0.375])


def test_runs_under_other_corruptions_have_no_mean() -> None:
    with pytest.raises(ValueError, match="other corruptions"):
        mean_of([robustness([[1, 0.5]]), robustness([[1, 0.5], [1, 0.5]])])


def test_outputs_that_are_no_probabilities_have_no_calibration_error() -> None:
    right = np.array([True, False])
    assert score(right, np.array([0.5, 1.5]), 0.25)["calibration_error"] is None
    found = score(right, np.array([0.5, 0.75]), float("inf"))
    assert found == {
        "accuracy": 0.5,
        "loss": None,
        "calibration_error": pytest.approx((0.5 + 0.75) / 2),
        "confidence": pytest.approx(0.625),
    }


@pytest.mark.parametrize(
    "damage",
    [
        {"corruptions": {"blur": {"accuracy": [1]}}},
        {"corruptions": {"blur": 3}},
        {"corruptions": {}},
        {"risk": {"confidence": [[0.5]]}},
        {"n": "many"},
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, damage: dict[str, Any]) -> None:
    path = tmp_path / "corruptions.json"
    path.write_text(json.dumps(content()), encoding="utf-8")
    assert Robustness.read(path).names == ("blur",)
    path.write_text(json.dumps(content() | damage), encoding="utf-8")
    with pytest.raises(ValueError, match=r"corruptions\.json: .*; make it again with"):
        Robustness.read(path)
