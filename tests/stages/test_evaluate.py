"""Stage evaluate: every test image counts, once, and the same bytes come out each time."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from forged import forged
from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.examples import Examples
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.results import scoring
from scrawl.settings.experiment import Run
from scrawl.stages import evaluate
from scrawl.stages.prepare import one_hot_labels

Array = NDArray[Any]

NAMES = ("zero", "one", "い")
# More than two batches of a forward pass, and a last one that is not full.
N = 1030
PIXELS = 6


def prepared(
    path: Path,
    *,
    n: int = N,
    names: tuple[str, ...] = NAMES,
    shape: tuple[int, ...] = (2, 3),
    normalisation: str = "unit",
    offset: float = 0.0,
) -> Path:
    """Write a prepared file: random images, classes 0 1 2 0 1 2 …, in training mostly 1."""
    rng = np.random.default_rng(3)
    settings = {"normalisation": normalisation}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, labels in {
            "train": np.array([1, 1, 1, 0, 2]),
            "validation": np.array([], int),
            "test": np.arange(n) % 3,
        }.items():
            file[f"{split}/images"] = rng.random((len(labels), int(np.prod(shape))), np.float32)
            file[f"{split}/labels"] = one_hot_labels(labels, len(names))
            file[f"{split}/positions"] = np.arange(len(labels))
        Dataset(names, shape, normalisation, offset, 255.0).write(file)
    return path


def trained(path: Path, data: Path, **settings: Any) -> Path:
    """Write a network with its first weights."""
    run = Run.parse({"hidden": [], "initialiser": "uniform", "seed": 4, **settings})
    with store.reading(data, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    network = model.build(
        run, dataset.image_shape, len(dataset.class_names), np.random.default_rng(1)
    )
    model.save(path, network, run, dataset, digest)
    return path


def evaluated(
    data: Path, network: Path, folder: Path, settings: str = "{}", split: str = "test"
) -> tuple[Path, Path]:
    """Run the stage as the command line does."""
    metrics, predictions = folder / "metrics.json", folder / "predictions.h5"
    words: list[str | Path] = ["--settings", settings, "--split", split]
    words += [
        "--data",
        data,
        "--model",
        network,
        "--metrics",
        metrics,
        "--predictions",
        predictions,
    ]
    assert cli.main(["evaluate", *map(str, words)]) == 0
    return metrics, predictions


def parts(data: Path, network: Path) -> tuple[Array, ...]:
    """Return test images, one-hot labels, weights and biases in float64."""
    with store.reading(data, "prepared") as file:
        images, labels = file["test/images"][...], file["test/labels"][...]
    with store.reading(network, "model") as file:
        weights, biases = (file[f"layers/1-dense/{name}"][...] for name in ("weights", "biases"))
    return tuple(np.asarray(part, np.float64) for part in (images, labels, weights, biases))


def test_every_test_image_is_scored_once_and_right(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    metrics, predictions = evaluated(data, network, tmp_path)
    images, one_hot, weights, biases = parts(data, network)
    logits = np.einsum("np,pc->nc", images, weights) + biases
    powers = np.exp(logits)
    expected = powers / powers.sum(axis=1, keepdims=True)
    with store.reading(predictions, "predictions") as file:
        np.testing.assert_allclose(file["probabilities"][...], expected, rtol=1e-5)
        np.testing.assert_array_equal(file["predicted"][...], expected.argmax(axis=1))
        np.testing.assert_array_equal(file["labels"][...], np.arange(N) % 3)
        assert store.read_texts(file["class_names"]) == list(NAMES)
    scores = json.loads(metrics.read_text(encoding="utf-8"))
    right = int((expected.argmax(axis=1) == np.arange(N) % 3).sum())
    assert (scores["correct"], scores["n"]) == (right, N)
    assert scores["accuracy"] == pytest.approx(right / N)
    assert np.sum(scores["confusion"]) == N
    assert scores["loss"] == pytest.approx(-np.log((expected * one_hot).sum(axis=1)).mean(), 1e-5)
    assert scores["loss_name"] == "cross-entropy"


def test_the_quadratic_loss_is_half_the_mean_squared_distance(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data, loss="quadratic", output="linear")
    metrics, predictions = evaluated(data, network, tmp_path)
    images, one_hot, weights, biases = parts(data, network)
    outputs = np.einsum("np,pc->nc", images, weights) + biases
    scores = json.loads(metrics.read_text(encoding="utf-8"))
    assert scores["loss"] == pytest.approx(((outputs - one_hot) ** 2).sum() / (2 * N), rel=1e-5)
    with store.reading(predictions, "predictions") as file:
        np.testing.assert_allclose(file["probabilities"][...], outputs, rtol=1e-5)


@pytest.mark.parametrize("loss", ["cross-entropy", "quadratic"])
@pytest.mark.parametrize("normalisation", ["unit", "standard"])
def test_answers_may_be_averaged_over_shifted_images(
    tmp_path: Path, loss: str, normalisation: str
) -> None:
    data = prepared(tmp_path / "prepared.h5", normalisation=normalisation, offset=51.0)
    given = {"loss": loss, "normalisation": normalisation}
    given |= {"output": "linear"} if loss == "quadratic" else {}
    network = trained(tmp_path / "model.h5", data, **given)
    metrics, predictions = evaluated(data, network, tmp_path, '{"test_shift_pixels": 1}')
    images, one_hot, weights, biases = parts(data, network)
    bordered = np.pad(images.reshape(N, 2, 3), [(0, 0), (1, 1), (1, 1)], constant_values=-51 / 255)
    answers = []
    for by in itertools.product((-1, 0, 1), repeat=2):
        moved = np.roll(bordered, by, axis=(1, 2))[:, 1:3, 1:4].reshape(N, 6)
        outputs = np.einsum("np,pc->nc", moved, weights) + biases
        powers = np.exp(outputs)
        sums = powers.sum(axis=1, keepdims=True)
        answers.append(outputs if loss == "quadratic" else powers / sums)
    expected = np.mean(answers, axis=0)
    with store.reading(predictions, "predictions") as file:
        np.testing.assert_allclose(file["probabilities"][...], expected, rtol=1e-5, atol=1e-6)
        assert store.settings_of(file)["test_shift_pixels"] == 1
    scores = json.loads(metrics.read_text(encoding="utf-8"))
    assert scores["settings"]["test_shift_pixels"] == 1
    if loss == "quadratic":
        value = ((expected - one_hot) ** 2).sum() / (2 * N)
    else:
        value = -np.log((expected * one_hot).sum(axis=1)).mean()
    assert scores["loss"] == pytest.approx(value, rel=1e-5)


def all_places(images: Array, weights: Array, biases: Array) -> Array:
    """Return a linear network's answers (9, n, classes) for images in nine places, in float64."""
    n, bordered = len(images), np.pad(images.reshape(-1, 2, 3), [(0, 0), (1, 1), (1, 1)])
    moves = itertools.product((-1, 0, 1), repeat=2)
    moved = [np.roll(bordered, by, axis=(1, 2))[:, 1:3, 1:4].reshape(n, 6) for by in moves]
    return np.asarray(np.einsum("knp,pc->knc", np.array(moved), weights) + biases)


LINEAR = {"loss": "quadratic", "output": "linear", "shift_pixels": 1}


def test_each_image_is_distorted_in_its_own_way_as_in_training(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data, **LINEAR)
    images, _, weights, biases = parts(data, network)
    answers = all_places(images, weights, biases)
    _, predictions = evaluated(data, network, tmp_path, '{"test_distortions": 1}')
    with store.reading(predictions, "predictions") as file:
        distances = np.abs(answers - file["probabilities"][...]).max(axis=2)
    assert distances.min(axis=0).max() < 1e-5  # each image was in one of nine places
    places = distances.argmin(axis=0)
    first, second, _ = np.split(places, [PREDICTION_BATCH, 2 * PREDICTION_BATCH])
    assert (first != second).any()
    counts = np.bincount(places, minlength=9)
    # of 1030 images 114 are to be expected in each place; their deviation is 10
    assert abs(counts - N / 9).max() < 50


def test_answers_to_many_distortions_are_averaged(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5", n=30)
    network = trained(tmp_path / "model.h5", data, **LINEAR)
    images, _, weights, biases = parts(data, network)
    answers = all_places(images, weights, biases)
    metrics, predictions = evaluated(data, network, tmp_path, '{"test_distortions": 2000}')
    with store.reading(predictions, "predictions") as file:
        found = file["probabilities"][...]
    errors = (found - answers.mean(axis=0)) / (answers.std(axis=0) / np.sqrt(2000))
    assert abs(errors).max() < 5  # standard errors, of 90 answers
    assert 0.8 < errors.std() < 1.2
    assert json.loads(metrics.read_text())["settings"]["test_distortions"] == 2000


def test_another_seed_distorts_in_other_ways_and_the_same_in_the_same(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    contents = []
    for seed in (1, 1, 2):
        network = trained(tmp_path / "model.h5", data, **LINEAR, seed=seed)
        _, predictions = evaluated(data, network, tmp_path, '{"test_distortions": 2}')
        with store.reading(predictions, "predictions") as file:
            contents.append(file["probabilities"][...])
    assert np.array_equal(contents[0], contents[1])
    assert not np.allclose(contents[0], contents[2])


def test_what_was_not_distorted_in_training_is_not_distorted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    message = refused(data, network, capsys, settings='{"test_distortions": 8}')
    assert f"{network}: test_distortions: has no effect, as no training image" in message
    both = '{"test_distortions": 8, "test_shift_pixels": 1}'
    assert "average answers in one way" in refused(data, network, capsys, settings=both)


@pytest.mark.parametrize("reach", [0, 1])
def test_the_accuracy_to_choose_by_is_that_of_the_images_kept_back(
    tmp_path: Path, reach: int
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    with forged(data) as file:  # images kept back: those of the test, in part
        for name in ("images", "labels", "positions"):
            values = file[f"test/{name}"][:40]
            del file[f"validation/{name}"]
            file[f"validation/{name}"] = values
    settings = f'{{"test_shift_pixels": {reach}}}'
    metrics, predictions = evaluated(data, trained(tmp_path / "m.h5", data), tmp_path, settings)
    with store.reading(predictions, "predictions") as file:
        right = (file["predicted"][:40] == file["labels"][:40]).mean()
    assert json.loads(metrics.read_text())["validation_accuracy"] == right
    everything = trained(tmp_path / "all.h5", data, train_on="all")
    metrics, _ = evaluated(data, everything, tmp_path)
    assert json.loads(metrics.read_text())["validation_accuracy"] is None


def with_validation(data: Path, n: int = 40) -> Path:
    """Keep some images back: those of the test, in part, whose first class is no longer a zero."""
    with forged(data) as file:
        for name in ("images", "labels", "positions"):
            values = file[f"test/{name}"][1 : n + 1]
            del file[f"validation/{name}"]
            file[f"validation/{name}"] = values
    return data


def test_runs_are_chosen_by_validation_images_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_validation(prepared(tmp_path / "prepared.h5"))
    network = trained(tmp_path / "m.h5", data)
    with store.reading(evaluated(data, network, tmp_path)[1], "predictions") as file:
        answered, labels = file["probabilities"][1:41], file["labels"][1:41]
    with forged(data) as file:  # not even looked at
        file["test/images"][...] = np.nan
    network = trained(network, data)
    capsys.readouterr()
    metrics, predictions = evaluated(data, network, tmp_path / "v", split="validation")
    with store.reading(predictions, "predictions") as file:
        np.testing.assert_allclose(file["probabilities"][...], answered, rtol=1e-5)
        assert np.array_equal(file["labels"][...], labels)
    scores = json.loads(metrics.read_text())
    right = int((answered.argmax(axis=1) == labels).sum())
    assert (scores["correct"], scores["n"]) == (right, 40)
    assert scores["accuracy"] == scores["validation_accuracy"] == right / 40
    assert f"{right} of 40 validation images right" in capsys.readouterr().out


def test_a_finding_of_one_answer_says_which_images_it_is_of(tmp_path: Path) -> None:
    data = with_validation(prepared(tmp_path / "prepared.h5"))
    network = trained(tmp_path / "model.h5", data, initialiser="zeros")
    (finding,) = json.loads(evaluated(data, network, tmp_path, split="validation")[0].read_text())[
        "findings"
    ]
    assert "for 100.0 % of 40 validation images" in finding["words"]


def test_metrics_tell_what_was_run_and_what_it_was_made_from(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data, learning_rate=0.25)
    metrics, predictions = evaluated(data, network, tmp_path)
    words = metrics.read_text(encoding="utf-8")
    scores = json.loads(words)
    assert scores["seed"] == 4
    assert scores["settings"]["learning_rate"] == 0.25
    assert "seed" not in scores["settings"]
    with store.reading(data, "prepared") as one, store.reading(network, "model") as other:
        made_from = {
            "prepared": store.sha256_of_content(one),
            "model": store.sha256_of_content(other),
        }
    assert scores["made_from"] == made_from
    with store.reading(predictions, "predictions") as file:
        assert json.loads(store.text(file.attrs["made_from"])) == made_from
        assert store.settings_of(file)["seed"] == 4
    assert scores["class_names"] == list(NAMES)
    assert "い" in words
    assert words == json.dumps(scores, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_the_baseline_answers_what_is_commonest_in_training(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    metrics, _ = evaluated(data, trained(tmp_path / "model.h5", data), tmp_path)
    baseline = json.loads(metrics.read_text(encoding="utf-8"))["commonest_class"]
    # Of 1030 test images 344 are zeros, 343 ones; three of five training images are ones.
    assert baseline == {"class": "one", "accuracy": 343 / 1030}


def test_findings_are_those_of_training_but_one_answer_is_that_of_the_test_images(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    loaded = model.load(network)
    loaded.network.parameters[:] = 0
    loaded.network.named_parameters()["1-dense/biases"][2] = 1
    of_training = [
        Finding("one-answer", "for the training images", {}),
        Finding("x", "y", {"z": 1}),
    ]
    model.save(
        network, loaded.network, loaded.run, loaded.dataset, loaded.prepared_sha256, of_training
    )
    metrics, _ = evaluated(data, network, tmp_path)
    one, other = json.loads(metrics.read_text(encoding="utf-8"))["findings"]
    # Of 1030 test images 343 are twos.
    assert one == {
        "name": "one-answer",
        "words": "predicts only 'い' (for 100.0 % of 1,030 test images): the accuracy, 33.30 %, is "
        "that class's share, 33.30 %",
        "answer_share": 1.0,
        "accuracy": 343 / 1030,
        "class_share": 343 / 1030,
    }
    assert other == {"name": "x", "words": "y", "z": 1}


def test_a_sound_network_has_no_findings(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    metrics, _ = evaluated(data, trained(tmp_path / "model.h5", data), tmp_path)
    assert json.loads(metrics.read_text(encoding="utf-8"))["findings"] == []


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    first = [path.read_bytes() for path in evaluated(data, network, tmp_path / "a")]
    second = [path.read_bytes() for path in evaluated(data, network, tmp_path / "b")]
    assert first == second


def test_undefined_precision_and_recall_are_null(tmp_path: Path) -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0]])
    scores = scoring.scores(probabilities, np.array([0, 1]), np.array([0]), ["a", "b", "c"])
    assert scores["per_class"] == [
        {"class": "a", "precision": 0.5, "recall": 1.0, "support": 1},
        {"class": "b", "precision": None, "recall": 0.0, "support": 1},
        {"class": "c", "precision": None, "recall": None, "support": 0},
    ]
    scoring.write_metrics(tmp_path / "metrics.json", scores)
    assert json.loads((tmp_path / "metrics.json").read_text())["per_class"] == scores["per_class"]


def test_of_equal_probabilities_the_first_is_the_answer() -> None:
    scores = scoring.scores(np.full((2, 3), 1 / 3), np.array([0, 2]), np.array([0]), NAMES)
    assert scores["confusion"] == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_the_interval_is_that_of_95_percent() -> None:
    # From the definition: the ends are 1.96 of their own standard errors away from one half.
    labels = np.arange(100) % 2
    scores = scoring.scores(np.eye(2)[labels * 0], labels, labels, ["a", "b"])
    for end in (scores["interval"]["low"], scores["interval"]["high"]):
        errors = abs(end - 0.5) / np.sqrt(end * (1 - end) / 100)
        assert errors == pytest.approx(1.959964, abs=1e-6)
    assert scores["interval"]["level"] == 0.95


def refused(
    data: Path,
    network: Path,
    capsys: pytest.CaptureFixture[str],
    split: str = "test",
    settings: str = "{}",
) -> str:
    """Return what the stage says when it gives up, and that it left nothing behind."""
    outputs = [data.parent / "out" / name for name in ("metrics.json", "predictions.h5")]
    words = [
        "--split",
        split,
        "--settings",
        settings,
        "--data",
        data,
        "--model",
        network,
        "--metrics",
        outputs[0],
    ]
    assert cli.main(["evaluate", *map(str, words), "--predictions", str(outputs[1])]) == 1
    assert not (data.parent / "out").exists()
    return capsys.readouterr().err


def test_no_test_images_are_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = prepared(tmp_path / "prepared.h5", n=0)
    message = refused(data, trained(tmp_path / "model.h5", data), capsys)
    assert message == f"scrawl evaluate: {data}: found no test images, expected at least one\n"
    message = refused(data, tmp_path / "model.h5", capsys, "validation")
    assert message.endswith("found no validation images, expected at least one\n")


def test_answers_that_are_no_numbers_count_as_no_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data, loss="quadratic", output="linear")
    loaded = model.load(network)
    loaded.network.parameters[:] = np.nan
    model.save(
        tmp_path / "broken.h5", loaded.network, loaded.run, loaded.dataset, loaded.prepared_sha256
    )
    message = refused(data, tmp_path / "broken.h5", capsys)
    assert "found no answer (NaN) for 1,030 of 1,030 images, the first for number 0" in message
    assert "train the network again with a lower rate" in message
    with forged(data) as file:
        file["test/images"][[3, 600], 2] = np.nan
    network = trained(network, data, loss="quadratic", output="linear")
    message = refused(data, network, capsys)
    assert message.startswith(f"scrawl evaluate: {network}, on images of {data}: found no answer")
    assert "for 2 of 1,030 images, the first for number 3, counted from 0: its pixels" in message
    with pytest.raises(ValueError, match=r"found no answer \(NaN\) for 1 of 2 images"):
        scoring.scores(np.array([[1, np.nan], [0, 1]]), np.array([0, 1]), np.array([0]), ["a", "b"])


def test_images_that_were_learnt_from_say_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_validation(prepared(tmp_path / "prepared.h5"))
    network = trained(tmp_path / "model.h5", data, train_on="all")
    message = refused(data, network, capsys, "validation")
    assert message == (
        f"scrawl evaluate: {network}: learnt from the validation images, too (train_on: all), so "
        "they say nothing about it; choose by runs with train_on: training\n"
    )


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"names": ("zero", "one", "two")}, "class_names ('zero', 'one', 'い') there"),
        ({"names": (*NAMES, "more")}, "'more') here"),
        ({"shape": (3, 3)}, "image_shape (2, 3) there, (3, 3) here"),
        ({"normalisation": "standard"}, "normalisation unit there, standard here"),
    ],
)
def test_images_of_another_kind_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, Any], difference: str
) -> None:
    network = trained(tmp_path / "model.h5", prepared(tmp_path / "prepared.h5"))
    data = prepared(tmp_path / "other.h5", **other)
    message = refused(data, network, capsys)
    assert message.startswith(
        f"scrawl evaluate: {data}: not the data that {network} was trained on"
    )
    assert difference in message
    assert str(network) in message


def test_data_that_was_swapped_after_training_is_refused_though_it_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    with forged(data) as file:
        file["test/images"][0, 0] += 1
    message = refused(data, network, capsys)
    assert message.startswith(f"scrawl evaluate: {data}: not the data that {network} was trained")
    assert "or train it again" in message


@pytest.mark.parametrize("size", [0, 1 << 28])
def test_a_network_with_one_changed_weight_is_refused_however_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    with h5py.File(network, "r+") as file:
        file["layers/1-dense/weights"][0, 0] += 1
    monkeypatch.setattr(store, "ALWAYS_CHECKED_BYTES", size)
    message = refused(data, network, capsys)
    assert f"{network}: its content has changed since it was written" in message
    assert "make it again with the command that wrote it" in message


def test_files_of_another_kind_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    assert f"{network}: the attribute 'format' is scrawl/model" in refused(network, network, capsys)
    assert f"{data}: the attribute 'format' is scrawl/prepared" in refused(data, data, capsys)
    assert "missing.h5: there is no such file" in refused(data, tmp_path / "missing.h5", capsys)


def test_test_images_of_another_kind_are_the_first_finding(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((60, 9), dtype=np.float32) + np.linspace(
        0, 3, 9, dtype=np.float32
    )
    labels = np.eye(3, dtype=np.float32)[np.arange(60) % 3]
    known, turned = Examples(images, labels, (3, 3)), Examples(images[:, ::-1], labels, (3, 3))
    dataset = Dataset(NAMES, (3, 3), "unit", 0.0, 255.0)
    for shown, name in ((turned, "unlike-images"), (known, "unlike-labels")):
        data = evaluate.EvaluationData("test", shown, known, labels.argmax(axis=1), dataset, "")
        found = evaluate.unlike_validation(data, 0.1, 0.9)
        assert found is not None
        assert found.name == name
        assert evaluate.unlike_validation(data, 0.8, 0.9) is None
        assert evaluate.unlike_validation(data, 0.1, None) is None
