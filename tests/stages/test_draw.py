"""Stage draw: from runs to a page, and errors that name the file."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pictures import Pictures, first_of_each
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

NAMES = ("ki", "su", "tsu")


def prepared(path: Path, shape: tuple[int, ...] = (4, 5), **changes: Any) -> Path:
    """Write a prepared file: bright squares on dark paper, one class as good as another."""
    counts = {"train": 30, "validation": 12, "test": 9} | changes.get("counts", {})
    offset, scale = changes.get("scaling", (0.0, 255.0))
    settings = changes.get("settings", {})
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, n in counts.items():
            pixels = np.zeros((n, *shape), np.float32)
            pixels[:, 1:-1] = np.random.default_rng(n).integers(0, 256, pixels[:, 1:-1].shape)
            pixels = pixels.reshape(n, int(np.prod(shape)))
            pixels = 255 - pixels if changes.get("dark_ink") else pixels
            file[f"{split}/images"] = (pixels - np.float32(offset)) / np.float32(scale)
            classes = np.resize(changes.get("classes", [0, 1, 2]), n)
            file[f"{split}/labels"] = one_hot_labels(classes, 3)
            file[f"{split}/positions"] = np.arange(n)
        look = Appearance(255.0, 0.0) if changes.get("dark_ink") else Appearance()
        Dataset(NAMES, shape, "unit", offset, scale, look).write(file)
    return path


def run_folder(folder: Path, experiment: str, seed: int = 1, **changes: Any) -> Path:
    """Write an untrained model."""
    path = folder / "runs" / experiment / str(seed)
    run = Run.parse({"hidden": [changes.get("hidden", 3)], "seed": seed, "epochs": 0})
    shape = changes.get("shape", (4, 5))
    dataset = Dataset(changes.get("names", NAMES), shape, "unit", 0.0, 255.0)
    network = model.build(run, dataset.image_shape, 3, np.random.default_rng(seed))
    if "answer" in changes:
        network.named_parameters()["3-dense/biases"][changes["answer"]] = 1000
    model.save(path / "model.h5", network, run, dataset, "0" * 64)
    return path


def written(data: Path, *runs: Path) -> str:
    """Run the command; return the page."""
    output = data.with_name("draw.html")
    words = ["draw", "--data", data, "--runs", *runs, "--output", output]
    assert cli.main(list(map(str, words))) == 0
    return output.read_text(encoding="utf-8")


def told(page: str) -> dict[str, Any]:
    """Return what a page is told."""
    about = page.split('<script type="application/json">')[1].split("</script>")[0]
    return dict(json.loads(about))


def drawn(data: Path, *runs: Path) -> dict[str, Any]:
    """Run the command; return what the page is told."""
    return told(written(data, *runs))


def read(file: Path) -> Pictures:
    with store.reading(file, "prepared") as opened:
        return Pictures.of(opened)


def test_the_network_that_is_best_in_validation_comes_first(tmp_path: Path) -> None:
    # Each answers one class, whatever it is shown.
    runs = [run_folder(tmp_path, name, seed, answer=seed) for name, seed in [("a", 0), ("b", 1)]]
    data = prepared(tmp_path / "a.h5", classes=[0, 2, 2, 1, 2, 1])
    about = drawn(data, *runs, run_folder(tmp_path, "b", 2, answer=2))
    assert [one["title"] for one in about["models"]] == ["b, seed 2", "b, seed 1", "a"]


def test_a_network_is_judged_by_its_answer_to_each_validation_image(tmp_path: Path) -> None:
    labels = {"train": [0], "validation": [1] * 5 + [0] * 7, "test": [0] * 5 + [1] * 7}
    with store.writing(tmp_path / "a.h5", "prepared", settings={}, made_from={}) as file:
        for split, classes in labels.items():
            bright = np.resize([1] * 5 + [0] * 7, len(classes))  # tells the class, but in the test
            file[f"{split}/images"] = np.array([[50, 0], [200, 0]], np.float32)[
                bright
            ] / np.float32(255)
            file[f"{split}/labels"] = one_hot_labels(np.array(classes), 2)
            file[f"{split}/positions"] = np.arange(len(classes))
        Dataset(("dark", "bright"), (1, 2), "unit", 0.0, 255.0).write(file)
    run = Run(hidden=())
    dataset = Dataset(("dark", "bright"), (1, 2), "standard", 125.0, 75.0)
    models = []
    for name, weights, biases in [
        ("constant", [[0, 0], [0, 0]], [1, 0]),
        ("sees", [[-1, 1], [0, 0]], [0, 0]),
    ]:
        network = model.build(run, (1, 2), 2, np.random.default_rng(0))
        network.named_parameters()["1-dense/weights"][...] = weights
        network.named_parameters()["1-dense/biases"][...] = biases
        models.append((name, model.Model(network, model.loss_of(run), run, dataset, [], "")))
    with store.reading(tmp_path / "a.h5", "prepared") as file:
        assert [name for name, _ in drawing.by_validation(models, file)] == ["sees", "constant"]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    pages = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        drawn(prepared(folder / "a.h5"), run_folder(folder, "a"))
        pages.append((folder / "draw.html").read_bytes())
    assert pages[0] == pages[1]


def test_networks_of_other_normalisations_share_a_page(tmp_path: Path) -> None:
    unit = prepared(tmp_path / "unit.h5")
    standard = prepared(tmp_path / "standard.h5", scaling=(31.7, 77.3))
    run = run_folder(tmp_path, "a")
    one, other = drawn(unit, run), drawn(standard, run)
    measured = [(one["pen"], other["pen"])]
    measured.append((one["models"][0].pop("novelty"), other["models"][0].pop("novelty")))
    for facts, others in measured:
        assert facts.keys() == others.keys()
        for name in facts:
            np.testing.assert_allclose(facts[name], others[name], rtol=1e-4)
    del one["pen"], other["pen"]
    assert one == other  # the pixels are the same, to the last


def test_dark_ink_on_bright_paper_is_ink_too(tmp_path: Path) -> None:
    bright = read(prepared(tmp_path / "bright.h5"))
    dark = read(prepared(tmp_path / "dark.h5", dark_ink=True))
    assert (bright.paper, bright.ink, dark.paper, dark.ink) == (0, 255, 255, 0)
    assert bright.references is not None
    assert dark.references is not None
    np.testing.assert_array_equal(
        bright.references.likeness.pictures, dark.references.likeness.pictures
    )


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (20,), (2, 2, 5, 1)])
def test_images_of_any_shape_make_a_page(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = prepared(tmp_path / "a.h5", shape)
    about = drawn(data, run_folder(tmp_path, "a", shape=shape))
    sizes = (about["rows"], about["columns"], about["channels"])
    assert sizes == {(4, 5): (4, 5, 1), (4, 5, 3): (4, 5, 3)}.get(shape, (1, 20, 1))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_without_images_makes_a_page(tmp_path: Path, split: str) -> None:
    data = prepared(tmp_path / "a.h5", counts={split: 0})
    about = drawn(data, run_folder(tmp_path, "a"))
    assert (about["likeness"] is None) == (split != "test")
    assert about["images"]["labels"] == ([] if split == "test" else [0, 0, 0, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize(("classes", "each"), [(10, 10), (30, 4), (62, 1), (120, 1)])
def test_the_first_images_of_every_class_are_taken_fewer_where_there_are_many_classes(
    classes: int, each: int
) -> None:
    labels = np.tile(np.arange(classes), 20)
    chosen = first_of_each(labels, classes)
    assert labels[chosen].tolist() == np.repeat(np.arange(classes), each).tolist()
    assert chosen.max() < classes * each


def test_of_more_classes_than_images_some_have_one_from_the_first_to_the_last() -> None:
    chosen = first_of_each(np.tile(np.arange(1623), 2), 1623)
    assert len(set(chosen.tolist())) == 120
    assert (chosen[0], chosen[-1] > 1600, np.diff(chosen).max()) == (0, True, 14)
    assert first_of_each(np.arange(3), 3, most=0).tolist() == []


@pytest.mark.parametrize("hidden", [1, 2])
def test_large_images_make_a_small_page_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: int
) -> None:
    shape = (560, 560)
    data = prepared(tmp_path / "a.h5", shape)  # training images of 38 MB
    run = run_folder(tmp_path, "a", shape=shape, hidden=hidden)
    monkeypatch.setattr("scrawl.data.reference_images.PIXELS_AT_A_TIME", 560 * 560)
    tracemalloc.start()
    try:
        page = written(data, run)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000
    assert len(page.encode()) < 3_000_000
    if hidden == 1:
        about = told(page)
        assert [one["title"] for one in about["models"]] == ["a"]
        assert len(about["images"]["labels"]) == 1
        return
    assert "each has more than 1.8 MB of weights: a." in page
    assert "application/json" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (5, 4)}, r"runs/b/1: trained on image_shape \(5, 4\), but --data has \(4, 5\)"),
        ({"names": ("a", "b", "c")}, r"runs/b/1: trained on class_names \('a', 'b', 'c'\), but"),
    ],
)
def test_runs_on_another_dataset_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    data = prepared(tmp_path / "a.h5")
    runs = [run_folder(tmp_path, "a"), run_folder(tmp_path, "b", **changes)]
    words = ["draw", "--data", data, "--runs", *runs, "--output", tmp_path / "draw.html"]
    assert cli.main(list(map(str, words))) == 1
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "draw.html").exists()


@pytest.mark.parametrize("same", [True, False])
def test_a_run_of_the_same_classes_and_shape_on_other_images_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], same: bool
) -> None:
    unit = {"normalisation": "unit"}
    data = prepared(tmp_path / "a.h5", settings=unit)
    other = prepared(tmp_path / "b.h5", settings=unit, classes=[0, 1, 1])
    with store.reading(data if same else other, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    run = Run.parse({"hidden": [3], "epochs": 0})
    network = model.build(run, dataset.image_shape, 3, np.random.default_rng(1))
    model.save(tmp_path / "runs/a/1/model.h5", network, run, dataset, digest)
    words = [
        "draw",
        "--data",
        data,
        "--runs",
        tmp_path / "runs/a/1",
        "--output",
        tmp_path / "p.html",
    ]
    assert cli.main(list(map(str, words))) == (0 if same else 1)
    assert ("a.h5: not the data that" in capsys.readouterr().err) == (not same)
