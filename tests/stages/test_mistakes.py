"""Stages mistakes and explain: neighbours by brute force, and what the page says of a mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.results import doubts_table, scoring
from scrawl.results.doubts_table import Doubt
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

NAMES = ("a", "<b>", "c")
TRAIN, TEST = 90, 30
DISPUTED = {"source": "Somebody, 2020", "readings": {"7": "neither"}}


def images(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 36), np.float32)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a prepared dataset with groups; test image 7 is training image 50."""
    path = tmp_path / "prepared.h5"
    with store.writing(path, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        for seed, (split, n) in enumerate({"train": TRAIN, "validation": 0, "test": TEST}.items()):
            file[f"{split}/images"] = images(n, seed)
            file[f"{split}/labels"] = one_hot_labels(np.arange(n) % 3, 3)
            file[f"{split}/positions"] = np.arange(n)
            file[f"{split}/groups"] = np.arange(n) // 10
        file["test/images"][7] = images(TRAIN, 0)[50]
        Dataset(NAMES, (6, 6), "unit", 0.0, 255.0, Appearance()).write(file)
    return path


def runs(data: Path, experiment: str, hidden: list[int], *wrong: list[int]) -> list[str]:
    """Write runs that are right but for some images, where they answer the next class."""
    with store.reading(data, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    folders = []
    for seed, images in enumerate(wrong, start=1):
        folder = data.parent / "runs" / experiment / str(seed)
        run = Run.parse({"hidden": hidden, "seed": seed})
        network = model.build(run, (6, 6), 3, np.random.default_rng(seed))
        labels = np.arange(TEST) % 3
        answers = labels.copy()
        answers[images] = (answers[images] + 1) % 3
        scoring.write_predictions(
            folder / "predictions.h5",
            np.eye(3, dtype=np.float32)[answers],
            labels,
            list(NAMES),
            settings={},
            made_from={"prepared": digest},
        )
        model.save(folder / "model.h5", network, run, dataset, digest)
        folders.append(str(folder))
    return folders


def found(data: Path, folders: list[str], *more: str) -> Path:
    output = data.parent / f"{Path(folders[0]).parent.name}.h5"
    words = ["--data", str(data), "--output", str(output), "--runs", *folders, *more]
    assert cli.main(["mistakes", *words]) == 0
    return output


def explained(data: Path, folders: list[str], *mistakes: Path, more: Sequence[str] = ()) -> str:
    output = data.parent / "page.html"
    words = ["--title", "digits", "--name", "quick", "--data", str(data), "--output", str(output)]
    words += ["--runs", *folders, "--mistakes", *map(str, mistakes)]
    assert cli.main(["explain", *words, *more, "--disputed", json.dumps(DISPUTED)]) == 0
    return output.read_text(encoding="utf-8")


def test_neighbours_are_the_nearest_training_images_in_pixels_and_in_hidden_values(
    data: Path,
) -> None:
    folders = runs(data, "deep", [8], [7, 3], [7])
    path = found(data, folders, "--model", f"{folders[0]}/model.h5")
    test, train = images(TEST, 2).astype(float), images(TRAIN, 0).astype(float)
    test[7] = train[50]
    with store.reading(Path(folders[0]) / "model.h5", "model") as file:
        weights, biases = (file[f"layers/1-dense/{name}"][...] for name in ("weights", "biases"))
    with store.reading(path, "mistakes") as file:
        assert file["images"][...].tolist() == [7, 3]
        assert file["wrong"][...].tolist() == [2, 1]
        for space, (few, many) in {
            "pixels": (test, train),
            "hidden": [np.maximum(rows @ weights + biases, 0) for rows in (test, train)],
        }.items():
            distances = np.linalg.norm(few[[7, 3], None] - many, axis=2)
            nearest = np.argsort(distances, axis=1)[:, :5]
            np.testing.assert_array_equal(file[f"{space}/places"], nearest)
            assert file[f"{space}/places"][0, 0] == 50
            expected = np.take_along_axis(distances, nearest, axis=1)
            np.testing.assert_allclose(file[f"{space}/distances"], expected, atol=1e-5)


def test_a_linear_network_and_runs_without_a_network_have_neighbours_in_pixels_alone(
    data: Path,
) -> None:
    folders = runs(data, "linear", [], [1])
    for more in ([], ["--model", f"{folders[0]}/model.h5"]):
        with store.reading(found(data, folders, *more), "mistakes") as file:
            assert "pixels" in file
            assert "hidden" not in file


def test_training_images_that_speak_for_a_wrong_answer_are_in_the_file_and_on_the_page(
    data: Path,
) -> None:
    folders = runs(data, "linear", [], [1], [1])
    path = found(data, folders, "--model", f"{folders[0]}/model.h5")
    with store.reading(Path(folders[0]) / "model.h5", "model") as file:
        weights, biases = (file[f"layers/1-dense/{name}"][...] for name in ("weights", "biases"))
    train, test = images(TRAIN, 0).astype(float), images(TEST, 2)[1].astype(float)
    exponentials = np.exp(train @ weights + biases)
    gradients = (
        exponentials / exponentials.sum(axis=1, keepdims=True) - np.eye(3)[np.arange(TRAIN) % 3]
    )
    expected = (gradients[:, 1] - gradients[:, 2]) * (train @ test + 1)  # answer 2, label 1
    with store.reading(path, "mistakes") as file:
        places = file["influence/places"][0]
        np.testing.assert_array_equal(places, np.argsort(-expected)[:5])
        np.testing.assert_allclose(file["influence/values"][0], expected[places], rtol=1e-4)
    html = explained(data, folders, path)
    shown = html[html.index("speak most for “c”") :]
    assert re.findall(r"train image (\d+):", shown)[:5] == [str(place) for place in places]
    assert f"<small>{expected[places[0]]:+.1f}</small>" in shown


def test_the_stroke_that_mends_a_mistake_is_drawn_over_it(data: Path) -> None:
    """Of one layer: the answer moves by weight times ink, and so does the stroke's picture."""
    folders = runs(data, "linear", [], [1, 2, 3, 4, 5, 6])
    path = found(data, folders, "--model", f"{folders[0]}/model.h5")
    with store.reading(path, "mistakes") as file:
        ink, lines = file["mending/ink"][...], file["mending/lines"][...]
        places = file["images"][...]
    with store.reading(Path(folders[0]) / "model.h5", "model") as file:
        weights, biases = (file[f"layers/1-dense/{name}"][...] for name in ("weights", "biases"))
    centres = np.stack(np.meshgrid(np.arange(6) + 0.5, np.arange(6) + 0.5), 2).reshape(-1, 2)
    for image, amount, line in zip(images(TEST, 2)[places], ink, lines, strict=True):
        label = int((image[:, None] == images(TEST, 2).T).all(axis=0).argmax()) % 3
        if amount and np.isfinite(amount):
            ends = np.linspace(line[:2], line[2:4], 201)
            near = np.linalg.norm(centres[:, None] - ends, axis=2).min(axis=1) <= line[4] + 1e-3
            changed = np.where(near, float(amount > 0), image)
            np.testing.assert_allclose(np.abs(changed - image).sum(), abs(amount), atol=2e-3)
            assert (changed @ weights + biases).argmax() == label
        elif amount == 0:
            assert (image @ weights + biases).argmax() == label
    drawn = np.flatnonzero((ink != 0) & np.isfinite(ink))
    assert len(drawn)
    html = explained(data, folders, path)
    x0, y0, x1, y1, radius = lines[drawn[0]]
    assert f'd="M{x0:.2f} {y0:.2f}L{x1:.2f} {y1:.2f}" stroke-width="{2 * radius:.2f}"' in html
    assert f"{'adding' if ink[drawn[0]] > 0 else 'erasing'} {abs(ink[drawn[0]]):.1f} pixels" in html


def test_the_same_mistakes_give_the_same_bytes(data: Path) -> None:
    folders = runs(data, "deep", [8], [7, 3])
    once = found(data, folders, "--model", f"{folders[0]}/model.h5").read_bytes()
    assert found(data, folders, "--model", f"{folders[0]}/model.h5").read_bytes() == once


def test_the_page_tells_answers_disputes_neighbours_and_the_writers_other_images(
    data: Path,
) -> None:
    deep, linear = runs(data, "deep", [8], [7, 3], [7]), runs(data, "linear", [], [1], [1])
    mistakes = [found(data, deep, "--model", f"{deep[0]}/model.h5"), found(data, linear)]
    html = explained(data, [*deep, *linear], *mistakes)
    first, second, third = html.split('<article class="mistake">')[1:]
    assert "<h3>&lt;b&gt; → c</h3>" in first
    assert "test image 7; wrong with 2 of 2 seeds" in first
    assert "People read: neither" in first
    assert "People read" not in second + third
    assert "Somebody, 2020" in html
    assert 'aria-label="train image 50: c"' in first
    others = re.search(r"same group: 0, 10 test images.*?</ul>", first, re.DOTALL)
    assert others
    # the same label first
    assert re.findall(r"no\. (\d)", others[0]) == ["1", "4", "0", "2", "3", "5"]
    said = re.sub(r"<[^>]*>", "", first[first.index('class="said"') :])
    assert "deep: c c" in said
    assert "linear: &lt;b&gt; &lt;b&gt;" in said
    assert "<b>" not in re.sub(r"<b class", "", html)


def test_doubtful_images_stand_beside_mistakes_and_by_themselves(data: Path) -> None:
    folders, table = runs(data, "deep", [8], [7, 3]), data.parent / "doubts.csv"
    doubts = [
        Doubt("train", 4, 4, "<b>", "c", 0.75),
        Doubt("train", 50, 50, "c", twin=7),
        Doubt("test", 3, 3, "a", "<b>", 0.5),
        Doubt("test", 7, 7, "<b>", twin=50),
    ]
    doubts_table.write(table, doubts)
    html = explained(data, folders, found(data, folders), more=["--doubts", str(table)])
    cases = {
        int(re.findall(r"test image (\d+);", part)[0]): part
        for part in html.split('<article class="mistake">')[1:]
    }
    assert "Looks mislabelled: like “&lt;b&gt;”, by 0.50" in cases[3]
    assert "Is training image 50, too, with the label “c”" in cases[7]
    assert "Looks mislabelled" not in cases[7].partition("</article>")[0]
    section = html[html.index('<section id="doubts">') :]
    assert "1 of 90: a fit to all other training images" in section
    assert re.findall(r'aria-label="train image (\d+)', section) == ["4"]
    assert "c? 0.75" in section
    assert "1 test image has the same pixels" in section
    assert "training: c, no. 50" in section


def test_a_table_of_doubts_of_another_dataset_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders, table = runs(data, "deep", [8], [7]), data.parent / "doubts.csv"
    words = ["--title", "d", "--data", str(data), "--output", "x.html", "--runs", *folders]
    words += ["--mistakes", str(found(data, folders)), "--doubts", str(table)]
    for doubt in (Doubt("train", 4, 4, "a", "c", 0.75), Doubt("test", 30, 30, "a", twin=1)):
        doubts_table.write(table, [doubt])
        assert cli.main(["explain", *words]) == 1
        assert f"has {doubt.split} image {doubt.image} with the label a" in capsys.readouterr().err


def test_networks_without_mistakes_have_a_page_too(data: Path) -> None:
    folders = runs(data, "deep", [8], [])
    html = explained(data, folders, found(data, folders, "--model", f"{folders[0]}/model.h5"))
    assert "Every test image is answered correctly." in html


def test_files_of_mistakes_that_are_not_those_of_the_runs_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deep, linear = runs(data, "deep", [8], [7]), runs(data, "linear", [], [1])
    path = str(found(data, deep))
    words = ["--title", "d", "--data", str(data), "--output", "x.html", "--mistakes", path]
    assert cli.main(["explain", *words, "--runs", *deep, *linear]) == 1
    assert "found 1 files, expected one for each experiment" in capsys.readouterr().err
