"""Stage ensemble: the mean of what its members answered, and only of those that belong together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.results import scoring
from scrawl.stages.plot import accuracy, confusion

Array = NDArray[Any]

NAMES = ["zero", "one", "two"]
LABELS = np.array([0, 1, 2, 1])
SETTINGS = '{"of": ["a", "b"], "size": 1, "seed": 2}'


def answers(seed: int) -> Array:
    powers = np.random.default_rng(seed).random((4, 3), np.float32)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def member(folder: Path, experiment: str, probabilities: Array, **changes: Any) -> Path:
    """Write what `scrawl evaluate` leaves in the folder of a run with seed 2."""
    run = folder / "runs" / experiment / "2"
    names, labels = changes.get("names", NAMES), changes.get("labels", LABELS)
    scores = scoring.scores(probabilities, labels, np.array([1, 1, 0]), names) | {"parameters": 7}
    settings = {"seed": 2, "loss": changes.get("loss", "cross-entropy")}
    settings |= {"normalisation": changes.get("normalisation", "unit")}
    made_from = {"prepared": changes.get("prepared", "5" * 64), "model": "6" * 64}
    place = run / changes.get("place", "")
    scoring.write(
        place / "metrics.json",
        place / "predictions.h5",
        scores | {"made_from": made_from},
        probabilities.astype(np.float32),
        labels,
        settings=settings,
    )
    return run


def call(folder: Path, *runs: Path, settings: str = SETTINGS, split: str = "test") -> int:
    outputs = ["--metrics", folder / "metrics.json", "--predictions", folder / "predictions.h5"]
    words = ["ensemble", "--split", split, "--settings", settings, "--runs", *runs, *outputs]
    return cli.main(list(map(str, words)))


def combined(folder: Path, *runs: Path, settings: str = SETTINGS) -> tuple[dict[str, Any], Array]:
    assert call(folder, *runs, settings=settings) == 0
    with store.reading(folder / "predictions.h5", "predictions") as file:
        return json.loads((folder / "metrics.json").read_text()), file["probabilities"][...]


def test_the_answer_is_the_mean_of_the_members_answers(tmp_path: Path) -> None:
    one, other = answers(1), answers(2)
    runs = [member(tmp_path, "a", one), member(tmp_path, "b", other)]
    out = tmp_path / "runs" / "committee" / "2"
    scores, probabilities = combined(out, *runs)
    expected = (one.astype(np.float64) + other) / 2
    np.testing.assert_allclose(probabilities, expected, rtol=1e-6)
    assert scores["accuracy"] == np.mean(expected.argmax(axis=1) == LABELS)
    loss = -np.log(expected[range(4), LABELS]).mean()
    assert scores["loss"] == pytest.approx(loss, rel=1e-5)
    assert scores["commonest_class"] == {"class": "one", "accuracy": 0.5}
    assert scores["seed"] == 2
    assert scores["parameters"] == 14  # 7 of each
    assert scores["settings"] == {"of": ["a", "b"], "size": 1}
    assert list(scores["made_from"]) == ["a/2", "b/2"]
    for run in runs:
        with store.reading(run / "predictions.h5", "predictions") as file:
            digest = store.sha256_of_content(file)
        assert scores["made_from"][f"{run.parent.name}/2"] == digest
    # what a run's folder must hold for figures of the answers
    assert accuracy([*runs, out]).axes
    assert confusion([out]).axes


def test_two_that_are_unsure_in_different_ways_are_right_together(tmp_path: Path) -> None:
    right = np.eye(3)[LABELS]
    runs = [
        member(tmp_path, name, 0.4 * right + 0.6 * np.eye(3)[(LABELS + off) % 3])
        for name, off in {"a": 1, "b": 2}.items()
    ]
    scores, _ = combined(tmp_path, *runs)
    assert scores["accuracy"] == 1


def test_an_ensemble_is_chosen_by_what_its_members_answered_for_validation_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = answers(1), answers(2)
    for name, probabilities in {"a": one, "b": other}.items():
        member(tmp_path, name, answers(3))  # for the test images
        run = member(tmp_path, name, probabilities, place="validation")
    out = tmp_path / "out"
    runs = [run.parents[1] / name / "2" for name in ("a", "b")]
    capsys.readouterr()
    assert call(out, *runs, split="validation") == 0
    right = ((one + other).argmax(axis=1) == LABELS).sum()
    assert f"{right} of 4 validation images right" in capsys.readouterr().out
    scores = json.loads((out / "metrics.json").read_text())
    assert scores["accuracy"] == scores["validation_accuracy"] == right / 4
    assert combined(tmp_path / "test", *runs)[0]["validation_accuracy"] is None
    changed = member(tmp_path, "b", other, place="validation", labels=LABELS[::-1].copy())
    assert call(out, runs[0], changed, split="validation") == 1
    assert "labels of validation images: found" in capsys.readouterr().err


def test_one_member_alone_answers_as_it_did(tmp_path: Path) -> None:
    run = member(tmp_path, "a", answers(1))
    _, probabilities = combined(tmp_path, run, settings='{"of": ["a"], "seed": 2}')
    assert np.array_equal(probabilities, answers(1))


def test_outputs_that_are_no_probabilities_have_their_own_loss(tmp_path: Path) -> None:
    outputs = [np.random.default_rng(s).standard_normal((4, 3), np.float32) for s in (1, 2)]
    runs = [
        member(tmp_path, name, values, loss="quadratic")
        for name, values in zip("ab", outputs, strict=True)
    ]
    scores, probabilities = combined(tmp_path, *runs)
    mean = np.mean(outputs, axis=0, dtype=np.float64)
    np.testing.assert_allclose(probabilities, mean, rtol=1e-5, atol=1e-7)
    distance = ((mean - np.eye(3)[LABELS]) ** 2).sum() / 8
    assert scores["loss"] == pytest.approx(distance, rel=1e-5)
    assert scores["loss_name"] == "quadratic"


def test_members_may_be_normalised_in_different_ways(tmp_path: Path) -> None:
    one = member(tmp_path, "a", answers(1))
    other = member(tmp_path, "b", answers(2), normalisation="standard", prepared="7" * 64)
    assert call(tmp_path, one, other) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": LABELS[::-1].copy()}, "labels of test images: found [1, 2, 1, 0], but [0, 1"),
        ({"names": ["a", "b", "c"]}, "classes: found ['a', 'b', 'c'], but ['zero',"),
        ({"loss": "quadratic"}, "loss (only answers of one kind have a mean): found quadratic"),
        ({"prepared": "7" * 64}, "SHA-256 of prepared/unit.h5: found 777"),
    ],
)
def test_members_that_do_not_belong_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    runs = [member(tmp_path, "a", answers(1)), member(tmp_path, "b", answers(2), **changes)]
    assert call(tmp_path / "out", *runs) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"scrawl ensemble: {runs[1]}: ")
    assert message in error
    assert not (tmp_path / "out").exists()


def test_other_runs_than_those_of_the_settings_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [member(tmp_path, name, answers(1)) for name in ("b", "a")]
    assert call(tmp_path, *runs) == 1
    assert "--runs: found b/2, a/2; expected a/2, b/2" in capsys.readouterr().err


def test_an_ensemble_of_ensembles_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [member(tmp_path, name, answers(1)) for name in ("a", "b")]
    inner = tmp_path / "runs" / "inner" / "2"
    assert call(inner, *runs) == 0
    assert call(tmp_path, inner, settings='{"of": ["inner"], "seed": 2}') == 1
    assert "an ensemble; expected the run of one network" in capsys.readouterr().err
