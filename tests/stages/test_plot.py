"""Stage plot: from artifacts to figures, and errors that name the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run
from scrawl.stages import plot
from scrawl.stages.prepare import one_hot_labels
from scrawl.training.setup import augmentation

Array = NDArray[Any]

NAMES = ["zero", "one", "two"]
HEADER = "epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy"


def prepared(
    path: Path,
    positions: dict[str, list[int]] | None = None,
    labels: dict[str, list[int]] | None = None,
) -> Path:
    """Write a prepared file of 2 × 3 images; the n-th of the file is n/100 in one corner, or 1."""
    positions = positions or {"train": [0, 2, 3], "validation": [1], "test": [0, 1, 2, 3]}
    labels = labels or {"train": [0, 1, 0], "validation": [2], "test": [0, 1, 2, 1]}
    with store.writing(path, "prepared", settings={}, made_from={}) as file:
        for split, places in positions.items():
            images = np.zeros((len(places), 6), np.float32)
            images[:, 5], images[:, 0] = 1, np.array(places) / 100
            file[f"{split}/images"] = images
            file[f"{split}/labels"] = one_hot_labels(np.array(labels[split], int), len(NAMES))
            file[f"{split}/positions"] = np.array(places, np.int64)
        Dataset(tuple(NAMES), (2, 3), "unit", 0.0, 1.0).write(file)
    return path


def run_folder(folder: Path, experiment: str = "dense", seed: int = 1, **changes: Any) -> Path:
    """Write what a run leaves behind; `changes` replace what is usual."""
    run = folder / "runs" / experiment / str(seed)
    run.mkdir(parents=True)
    lines = changes.get("history", ["1,4,0.1,2.0,0.4,2.1,0.5", "2,8,0.1,1.0,0.6,1.2,0.75"])
    (run / "history.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    metrics = {
        "accuracy": 0.75,
        "n": 4,
        "class_names": NAMES,
        "commonest_class": {"class": "one", "accuracy": 0.5},
    }
    (run / "metrics.json").write_text(json.dumps(metrics | changes.get("metrics", {})))
    predicted = changes.get("predicted", [0, 1, 2, 0])
    probabilities = np.full((len(predicted), 3), 0.1, np.float32)
    probabilities[range(len(predicted)), predicted] = np.linspace(0.5, 0.8, len(predicted))
    predictions = run / "predictions.h5"
    with store.writing(predictions, "predictions", settings={}, made_from={}) as file:
        file["probabilities"] = probabilities
        file["predicted"] = np.array(predicted)
        file["labels"] = np.array(changes.get("labels", [0, 1, 2, 1]))
        store.write_texts(file, "class_names", changes.get("class_names", NAMES))
    return run


def shown(figure: Figure, place: int = 0) -> Array:
    (image,) = figure.axes[place].images
    return np.asarray(image.get_array())


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Return what `scrawl plot` says when it gives up."""
    assert cli.main(["plot", *map(str, words)]) == 1
    return capsys.readouterr().err


def test_samples_are_the_first_of_the_file_whichever_split_they_went_to(tmp_path: Path) -> None:
    figure = plot.samples(prepared(tmp_path / "a.h5"))
    # In the file: 0 to train, 1 to validation, 2 and 3 to train.
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        "zero",
        "two",
        "one",
        "zero",
    ]
    sheet = shown(figure)  # four pictures of 2 × 3 pixels, with a margin of 1
    assert sheet.shape == (4, 20)
    np.testing.assert_allclose(sheet[1, 1::5], [1, 0.99, 0.98, 0.97], rtol=1e-6)
    np.testing.assert_allclose(sheet[2, 3::5], 0)


def test_no_more_than_ten_samples_are_shown(tmp_path: Path) -> None:
    data = prepared(
        tmp_path / "a.h5",
        {"train": list(range(12, 24)), "validation": list(range(12)), "test": []},
        {"train": [0] * 12, "validation": [1] * 12, "test": []},
    )
    labels = plot.samples(data).axes[0].get_xticklabels()
    assert [label.get_text() for label in labels] == ["one"] * 10


def test_classes_show_training_images_only(tmp_path: Path) -> None:
    figure = plot.classes(prepared(tmp_path / "a.h5"))
    sheet = shown(figure)
    assert sheet.shape == (3 * 4, 10 * 5)
    np.testing.assert_allclose(sheet[1, [1, 6]], [1, 0.97], rtol=1e-6)  # class 0: 0 and 3
    np.testing.assert_allclose(sheet[5, 1], 0.98, rtol=1e-6)  # class 1: 2
    assert (sheet[8:] == 1).all()  # class 2 was kept back for validation


SHIFTED = '{"shift_pixels": 1}'


def test_augmented_images_are_those_of_the_runs_own_stream_beside_the_image_itself(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path / "a.h5")
    figure = plot.augmented(data, SHIFTED)
    itself, variants = shown(figure, 0), shown(figure, 1)
    assert (itself.shape, variants.shape) == ((3 * 4, 5), (3 * 4, 9 * 5))  # with margins of 1
    np.testing.assert_allclose(itself[1::4, 1], [1, 0.98, 0.97], rtol=1e-6)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["zero", "one", "zero"]
    assert figure.axes[1].get_title(loc="left") == "shift_pixels 1"
    run, dataset = Run(shift_pixels=1), Dataset(tuple(NAMES), (2, 3), "unit", 0.0, 1.0)
    augment = augmentation(run, dataset, np.random.default_rng(run.seed).spawn(3)[2])
    assert augment is not None
    with store.reading(data, "prepared") as file:
        third = augment(file["train/images"][...], 2).reshape(3, 2, 3)
    np.testing.assert_allclose(variants[1:3, 11:14], 1 - third[0], rtol=1e-6)
    other = shown(plot.augmented(data, '{"shift_pixels": 1, "seed": 2}'), 1)
    assert not np.array_equal(other, variants)


def test_without_augmentation_there_is_nothing_to_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--settings", "{}", "--output", tmp_path / "a.png"]
    message = refused(capsys, "augmented", "--data", prepared(tmp_path / "a.h5"), *output)
    assert "--settings: found no augmentation; expected shift_pixels or the like" in message


def test_curves_have_one_line_for_each_experiment(tmp_path: Path) -> None:
    folders = [
        run_folder(tmp_path, "a", 1),
        run_folder(tmp_path, "b", 1, history=["1,4,0.1,9.0,0.4,,"]),
        run_folder(tmp_path, "a", 2, history=["1,4,0.1,4.0,0.4,2.1,0.7"]),
    ]
    figure = plot.curves(folders)
    loss = figure.axes[0]
    a, b = (np.asarray(line.get_xydata()).tolist() for line in loss.lines)
    assert a == [[1, 3], [2, 1]]
    assert b == [[1, 9]]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_networks_have_the_colours_of_their_curves_whichever_ensembles_come_between(
    tmp_path: Path,
) -> None:
    many = {"accuracy": 0.9, "settings": {"of": ["b"], "size": 2}}
    folders = [
        run_folder(tmp_path, "together", metrics=many),
        run_folder(tmp_path, "a", metrics={"accuracy": 0.8}),
        run_folder(tmp_path, "b", metrics={"accuracy": 0.7}),
    ]
    rows = plot.accuracy(folders).axes[0].lines[:9:3]
    curves = plot.curves(folders[1:]).axes[0].lines
    together, *networks = (row.get_color() for row in rows)
    assert networks == [curve.get_color() for curve in curves]
    assert together not in networks


def test_accuracies_are_those_of_the_metrics(tmp_path: Path) -> None:
    folders = [
        run_folder(tmp_path, "a", 1),
        run_folder(tmp_path, "b", 1, metrics={"accuracy": 1.0}),
        run_folder(tmp_path, "a", 2, metrics={"accuracy": 0.25}),
    ]
    (axes,) = plot.accuracy(folders).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert [text.get_text() for text in axes.texts] == ["100.00 %", "50.00 % (2 seeds)"]
    assert "“one” scores 50.00 %" in axes.get_xlabel()


def test_confusion_is_the_mean_of_the_seeds(tmp_path: Path) -> None:
    folders = [
        run_folder(tmp_path, seed=1, predicted=[0, 1, 2, 0]),
        run_folder(tmp_path, seed=2, predicted=[0, 1, 2, 1]),
    ]
    (axes,) = plot.confusion(folders).axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "1", (0, 1): "0.5", (1, 1): "1.5", (2, 2): "1"}
    assert axes.get_title(loc="left") == "dense: 3.5 of 4 right, mean of 2 seeds"


def test_mistakes_come_with_the_most_confident_first(tmp_path: Path) -> None:
    data = prepared(tmp_path / "a.h5")
    run = run_folder(tmp_path, predicted=[1, 1, 2, 0])
    figure = plot.mistakes(data, [run])
    first, second, *_ = figure.axes
    assert first.get_title() == "one → zero\n0.800"
    assert second.get_title() == "zero → one\n0.500"
    np.testing.assert_allclose(shown(figure)[0, 0], 0.97, rtol=1e-6)
    assert figure.get_suptitle() == "dense, seed 1: 2 mistakes in 4 test images"


def test_a_perfect_network_makes_a_figure_too(tmp_path: Path) -> None:
    run = run_folder(tmp_path, predicted=[0, 1, 2, 1])
    figure = plot.mistakes(prepared(tmp_path / "a.h5"), [run])
    assert figure.get_suptitle() == "dense, seed 1: 0 mistakes in 4 test images"
    assert not any(axes.images for axes in figure.axes)


def test_of_many_mistakes_24_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    n = 30
    data = prepared(
        tmp_path / "a.h5",
        {"train": [0], "validation": [], "test": list(range(n))},
        {"train": [0], "validation": [], "test": [0] * n},
    )
    figure = plot.mistakes(data, [run_folder(tmp_path, predicted=[1] * n, labels=[0] * n)])
    assert sum(bool(axes.images) for axes in figure.axes) == 24
    assert figure.get_suptitle() == (
        "dense, seed 1: the 24 most confident of 30 mistakes in 30 test images"
    )


@pytest.mark.parametrize(
    "figure", ["samples", "classes", "augmented", "curves", "accuracy", "confusion", "mistakes"]
)
def test_every_figure_is_written_in_both_formats_the_same_each_time(
    tmp_path: Path, figure: str
) -> None:
    data, run = prepared(tmp_path / "a.h5"), run_folder(tmp_path)
    words = ["plot", figure]
    words += ["--settings", SHIFTED] if figure == "augmented" else []
    of_images = {"samples", "classes", "augmented"}
    words += ["--data", str(data)] if figure in {*of_images, "mistakes"} else []
    words += ["--runs", f"{run}/"] if figure not in of_images else []
    files = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        outputs = [folder / "figure.png", folder / "figure.svg"]
        assert cli.main([*words, "--output", *map(str, outputs)]) == 0
        files.append([output.read_bytes() for output in outputs])
    assert files[0] == files[1]
    assert files[0][0].startswith(b"\x89PNG")
    assert b"<svg" in files[0][1]


def test_another_suffix_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "a.pdf"
    message = refused(capsys, "samples", "--data", "missing.h5", "--output", output)
    assert message == f"scrawl plot: {output}: the suffix is '.pdf', expected .png or .svg\n"


def test_a_dataset_without_training_images_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    data = prepared(tmp_path / "a.h5", none, none)
    for figure in ("samples", "classes"):
        message = refused(capsys, figure, "--data", data, "--output", tmp_path / "a.png")
        assert message == f"scrawl plot: {data}: found no training images to draw\n"


def test_files_of_another_kind_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", tmp_path / "a.png"]
    run = run_folder(tmp_path)
    wrong = run / "predictions.h5"
    assert f"{wrong}: the attribute 'format'" in refused(
        capsys, "samples", "--data", wrong, *output
    )
    assert "missing" in refused(capsys, "mistakes", "--data", "missing", "--runs", run, *output)
    for name, figure in {
        "history.csv": "curves",
        "metrics.json": "accuracy",
        "predictions.h5": "confusion",
    }.items():
        (run / name).unlink()
        message = refused(capsys, figure, "--runs", run, *output)
        assert f"{run / name}: there is no such file" in message


def test_runs_that_do_not_belong_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", tmp_path / "a.png"]
    run = run_folder(tmp_path)
    longer = run_folder(tmp_path, seed=2, metrics={"n": 5})
    named = run_folder(tmp_path, seed=3, class_names=["a", "b", "c"])
    other = run_folder(tmp_path, "other")
    message = refused(capsys, "accuracy", "--runs", run, other, longer, *output)
    assert f"{longer}: test images: found 5, but 4 in {run}" in message
    message = refused(capsys, "confusion", "--runs", run, named, *output)
    assert f"{named}: classes: found ['a', 'b', 'c'], but ['zero'" in message
    message = refused(capsys, "confusion", "--runs", run, other, *output)
    assert "--runs: found dense, other; name runs of one experiment only" in message
    data = prepared(tmp_path / "a.h5")
    message = refused(capsys, "mistakes", "--data", data, "--runs", run, other, *output)
    assert "--runs: found 2 folders; name one run only" in message


def test_predictions_for_other_images_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = prepared(tmp_path / "a.h5"), run_folder(tmp_path, labels=[2, 1, 0, 1])
    message = refused(
        capsys, "mistakes", "--data", data, "--runs", run, "--output", tmp_path / "a.png"
    )
    assert f"{run / 'predictions.h5'}: its labels are not those of the test images" in message


@pytest.mark.parametrize("stored", [np.uint8, np.float32])
@pytest.mark.parametrize(
    ("paper", "ink", "on_paper"), [(255.0, 0.0, True), (0.0, 255.0, True), (0.0, 255.0, False)]
)
def test_images_look_as_in_their_files_unless_their_paper_is_black(
    tmp_path: Path, stored: type, paper: float, ink: float, on_paper: bool
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 6)).astype(np.uint8)
    pixels[0, :2] = 0, 255
    values = pixels if stored is np.uint8 else (pixels - np.float32(paper)) / (ink - paper)
    with store.writing(tmp_path / "a.h5", "prepared", settings={}, made_from={}) as file:
        for split in ("train", "validation", "test"):
            n = 3 if split == "train" else 0
            file[f"{split}/images"] = values[:n].astype(stored)
            file[f"{split}/labels"] = np.eye(3, dtype=stored)[:n]
            file[f"{split}/positions"] = np.arange(n)
        look = Appearance(paper=paper, ink=ink, on_paper=on_paper)
        Dataset(tuple(NAMES), (2, 3), "unit", paper, ink - paper, look).write(file)
    seen = pixels.reshape(3, 2, 3) / 255
    if on_paper and paper == 0:
        seen = 1 - seen  # white chalk on black is shown as ink on paper
    for figure in (plot.samples(tmp_path / "a.h5"), plot.classes(tmp_path / "a.h5")):
        sheet = shown(figure)
        np.testing.assert_allclose(sheet[1:3, 1:4], seen[0], atol=1e-6)
