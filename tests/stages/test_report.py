"""Stage report: what it says is what the runs left behind, whatever these lack or are called."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from browser import Browser, browser
from project import Project, without_measurements
from scrawl import __main__ as cli
from scrawl.artifacts import cautions, model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.figures.pictures import GAP
from scrawl.nn.diagnosis.findings import Finding
from scrawl.pages.report import dataset as dataset_section
from scrawl.pages.report import page as report_page
from scrawl.pages.report.data import Data
from scrawl.results import scoring
from scrawl.results.runs import HISTORY
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

Array = NDArray[Any]

NASTY = ["</script><b>", "\"'&amp;", "{{ zero }}", "お\\n"]
SHAPE = (4, 3)
N = {"train": 40, "validation": 8, "test": 24}


def prepared(path: Path, names: list[str] = NASTY, shape: tuple[int, ...] = SHAPE) -> Path:
    """Write random images whose classes take turns."""
    rng = np.random.default_rng(0)
    with store.writing(path, "prepared", settings={"normalisation": "unit"}, made_from={}) as f:
        for split, n in N.items():
            f[f"{split}/images"] = rng.random((n, int(np.prod(shape))), dtype=np.float32)
            f[f"{split}/labels"] = one_hot_labels(np.arange(n) % len(names), len(names))
            f[f"{split}/positions"] = np.arange(n)
        Dataset(tuple(names), shape, "unit", 0.0, 255.0).write(f)
    return path


def run_folder(data: Path, experiment: str = "dense", seed: int = 1, **changes: Any) -> Path:
    """Write what a run leaves behind beside the data; `changes` replace what is usual."""
    folder = data.parent / "runs" / experiment / str(seed)
    folder.mkdir(parents=True)
    with store.reading(data, "prepared") as file:
        dataset = Dataset.of(file)
        digest = store.sha256_of_content(file)
        images, labels = file["test/images"][...], file["test/labels"][...].argmax(axis=1)
    run = Run(**{"hidden": (5,), "epochs": 2, "seed": seed, **changes.get("settings", {})})
    classes = len(dataset.class_names)
    network = model.build(run, dataset.image_shape, classes, np.random.default_rng(seed))
    found = [Finding("x", words, {}) for words in changes.get("findings", [])]
    if changes.get("model", True):
        model.save(folder / "model.h5", network, run, dataset, digest, found)
        rows = changes.get("history", ["1,4,0.1,2.0,0.4,2.1,0.5", "2,8,0.1,1.0,0.6,1.2,0.75"])
        (folder / "history.csv").write_text("\n".join([",".join(HISTORY), *rows]))
        (folder / "environment.json").write_text(json.dumps({"numpy": "2.4", "blas": "<b>"}))
    answers = network.predict(images)
    probabilities = changes.get("probabilities", np.exp(answers) / np.exp(answers).sum(1)[:, None])
    made_from = {"prepared": digest, "model": "0" * 64}
    scoring.write_predictions(
        folder / "predictions.h5",
        probabilities.astype(np.float32),
        labels,
        dataset.class_names,
        settings={},
        made_from=made_from,
        groups=changes.get("groups"),
    )
    scores = scoring.scores(probabilities, labels, labels, dataset.class_names)
    settings = run.as_dict()
    scores |= {"findings": [f.as_dict() for f in found], "made_from": made_from}
    scoring.write_metrics(folder / "metrics.json", scores | {"settings": settings})
    return folder


def made(data: Path, *runs: Path, asked: tuple[str, ...] = ()) -> str:
    """Return the page that the command writes."""
    output = data.parent / "report.html"
    command = ["report", "--title", "<i>dots", "--data", data, "--runs", *runs, *asked]
    assert cli.main([*map(str, command), "--output", str(output)]) == 0
    return output.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Gathers a page's texts, addresses, elements and embedded JSON."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data.strip())

    def attributes(self, name: str) -> list[str]:
        """Return the values that an attribute has anywhere."""
        return [given[name] or "" for _, given in self.elements if name in given]


def cells_of(page: str) -> list[dict[str, Any]]:
    texts = re.findall(r'<script type="application/json" class="cells">(.*?)</script>', page)
    return [json.loads(text) for text in texts]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return prepared(tmp_path / "prepared.h5")


# --- what it says


def test_scores_under_corruptions_are_a_section_if_they_are_asked_for(data: Path) -> None:
    run = run_folder(data)
    words = ["--data", data, "--models", run / "model.h5", "--output", run / "corruptions.json"]
    assert cli.main(["corrupt", *map(str, words)]) == 0
    assert 'id="corruptions"' not in made(data, run)
    page = made(data, run, asked=("--corruptions",))
    assert 'href="#corruptions"' in page
    assert "errors relative to dense" in page


def test_accuracy_interval_and_neighbours_are_those_of_the_metrics(data: Path) -> None:
    truth = np.eye(4)[np.arange(24) % 4]
    one_wrong, six_wrong = (np.roll(truth, 1, axis=1) for _ in range(2))
    one_wrong[1:], six_wrong[6:] = truth[1:], truth[6:]
    runs = [
        run_folder(data, "worse", 1, probabilities=six_wrong),
        run_folder(data, "better", 1, probabilities=one_wrong),
        run_folder(data, "better", 2, probabilities=truth),
    ]
    page = made(data, *runs)
    reader = Reader(page)
    assert "97.92\u00a0%" in reader.texts  # (23 + 24)/48
    assert "75.00\u00a0%" in reader.texts
    first_row = page[page.index("<tbody>") :]
    assert first_row.index("better") < first_row.index("worse")
    # Five images that only the better one has right, none the other way: p = 2/2⁵.
    row = [text for text in Reader(page[page.index("is the difference luck?") :]).texts if text]
    at = row.index("in words") + 1
    # Only seed 1 is in common: its p stands alone.
    assert row[at : at + 6] == ["better", "worse", "5", "0", "0.062", "can be luck"]


def test_a_cell_opens_the_images_that_lie_behind_it(data: Path) -> None:
    truth = np.eye(4)[np.arange(24) % 4]
    answers = 0.7 * truth + 0.075
    answers[[5, 9]] = [[0.1, 0.2, 0.6, 0.1], [0.05, 0.05, 0.9, 0]]  # images of class 1
    page = made(data, run_folder(data, probabilities=answers))
    (cells,) = cells_of(page)
    assert [entry[1:] for entry in cells["1-2"][1:]] == [[9, 1, 0.9], [5, 1, 0.6]]
    assert (cells["1-2"][0], cells["1-1"][0], cells["0-0"][0]) == (2, 4, 6)
    assert "1-0" not in cells
    # The picture in that place of the sheet is that test image: dark where it is high.
    sheet = re.search(r"\.test \{(.*?)url\((data:image/png;base64,(.*?))\)", page)
    assert sheet
    columns = int(re.findall(r"--columns: (\d+)", sheet[1])[0])
    picture = np.asarray(Image.open(BytesIO(b64decode(sheet[3]))).convert("L")) / 255
    place = cells["1-2"][1][0]
    top, left = place // columns * (4 + GAP), place % columns * (3 + GAP)
    with store.reading(data, "prepared") as file:
        images = file["test/images"][...]
    image = 1 - (images[9] - images.min()) / np.ptp(images)
    np.testing.assert_allclose(
        picture[top : top + 4, left : left + 3].ravel(), image, atol=1 / 30 + 0.02
    )


def test_a_cell_of_several_seeds_counts_no_image_twice(data: Path) -> None:
    """Of 24 images 6 are of each class: two seeds that agree are no 12 images."""
    truth = np.eye(4)[np.arange(24) % 4]
    answers = 0.7 * truth + 0.075
    answers[[5, 9]] = [0.1, 0.2, 0.6, 0.1]
    runs = [run_folder(data, seed=seed, probabilities=answers) for seed in (1, 2)]
    (cells,) = cells_of(made(data, *runs))
    assert {name: found[0] for name, found in cells.items()} == {
        "0-0": 6,
        "1-1": 4,
        "1-2": 2,
        "2-2": 6,
        "3-3": 6,
    }


def test_what_was_doubtful_at_prepare_is_on_the_page(tmp_path: Path) -> None:
    data = prepared(tmp_path / "a.h5")
    with h5py.File(data, "r+") as file:
        cautions.write(file, ["no image of class <7>"])
        file.attrs["sha256"] = store.as_fixed_text(store.content_sha256(file))
    page = made(data, run_folder(data))
    assert "Warning of <code>scrawl prepare</code>: no image of class &lt;7&gt;" in page


def test_findings_are_told_once_with_their_seeds(data: Path) -> None:
    runs = [
        run_folder(data, seed=1, findings=["all is <lost>", "too fast"]),
        run_folder(data, seed=2, findings=["all is <lost>"]),
    ]
    page = made(data, *runs)
    assert page.count("all is &lt;lost&gt;") == 1
    assert "<b>seeds 1, 2</b>: all is" in page
    assert "<b>seed 1</b>: too fast" in page


def test_mean_images_and_counts_are_those_of_the_training_images(data: Path) -> None:
    read = Data.read(data)
    with store.reading(data, "prepared") as file:
        images, labels = file["train/images"][...], file["train/labels"][...]
    expected = np.einsum("nc,np->cp", labels, images, dtype=np.float64) / labels.sum(0)[:, None]
    np.testing.assert_allclose(dataset_section.mean_images(read), expected, rtol=1e-5)
    classes = dataset_section.dataset(read, [read])["classes"]
    assert [(each["train"], each["validation"], each["test"]) for each in classes] == [
        (10, 2, 6)
    ] * 4


def test_times_and_memory_are_those_that_the_runs_measured(data: Path) -> None:
    runs = [run_folder(data, seed=seed) for seed in (1, 2)]
    for run, seconds, mib in zip(runs, (90.0, 150.0), (200.5, 0.0), strict=True):
        cost = {"core_seconds": 300.0, "seconds": seconds, "memory_mib": mib, "resumed": 0}
        (run / "cost.json").write_text(json.dumps(cost))
    page = made(data, *runs)
    assert "2 trainings took" in page
    measured = re.findall(r'<data class="measured" value="([^"]*)">([^<]*)</data>', page)
    assert measured == [("240.0", "4.0 min"), ("120.0", "2.0 min"), ("200.5", "200 MiB")]
    assert b"4.0 min" not in without_measurements(page.encode())


def ensemble(data: Path, of: list[str], size: int) -> Path:
    """Write what an ensemble leaves behind: its settings name its members."""
    folder = run_folder(data, "together", model=False)
    metrics = json.loads((folder / "metrics.json").read_text())
    settings = {"settings": {"of": of, "size": size}}
    (folder / "metrics.json").write_text(json.dumps(metrics | settings))
    return folder


def test_settings_differ_between_networks_and_an_ensemble_is_told_in_words(data: Path) -> None:
    networks = [run_folder(data, "dense"), run_folder(data, "wide", settings={"hidden": (7,)})]
    page = made(data, ensemble(data, ["dense", "wide"], 2), *networks)
    table = page[page.index('data-file="&lt;i&gt;dots-settings"') :]
    head, body = table[: table.index("</thead>")], table[: table.index("</table>")]
    assert [word for word in Reader(head).texts if word][1:] == ["experiment", "hidden"]
    assert "together" not in body
    words = Reader(page).texts
    assert words[words.index("together", words.index("Settings that differ")) + 1] == (
        "averages the answers of 2 × dense and 2 × wide."
    )


def test_ensembles_alone_have_a_report(data: Path) -> None:
    page = made(data, ensemble(data, ["dense"], 5))
    assert "averages the answers of 5 × dense." in page
    assert "Settings that all share" not in page


# --- whatever is there


def test_names_are_escaped_everywhere(data: Path) -> None:
    page = made(data, run_folder(data))
    reader = Reader(page)
    assert json.loads(reader.attributes("data-names")[0]) == NASTY
    assert not any(tag in {"b", "i"} and not given for tag, given in reader.elements[:10])
    assert page.count("<script") == page.count("</script>") == 4  # two of them of the drawing
    assert "<i>dots" not in page
    assert set(NASTY) <= set(reader.texts)


def test_nothing_is_asked_for_outside_the_page(data: Path) -> None:
    page = made(data, run_folder(data))
    reader = Reader(page)
    assert reader.attributes("src") == []
    assert all(link.startswith(("#", "data:")) for link in reader.attributes("href"))
    assert all(url.startswith("data:") for url in re.findall(r"url\((.*?)\)", page))
    assert not re.search(r"@import|https?:|//cdn|fetch\(|import\(", page)


def test_what_a_run_lacks_is_left_out(data: Path) -> None:
    """Such as many networks together: metrics and predictions, but no model and no history."""
    page = made(data, run_folder(data, "ensemble", model=False), run_folder(data, "dense"))
    ensemble, dense = page.split('<section id="experiment-')[1:]
    for words in (
        "Weights of the first layer",
        "Saliency by integrated gradients: the pixels that decide",
        "Loss",
        "Accuracy",
    ):
        assert words in dense
        assert words not in ensemble
    for words in ("Calibration", "Confusion matrix"):
        assert words in ensemble


def test_filters_and_saliency_of_a_convolution_are_shown(tmp_path: Path) -> None:
    data = prepared(tmp_path / "a.h5", ["a", "b"], (12, 11))
    settings = {"filters": ((3,),), "kernel": 3, "hidden": (4,)}
    page = made(data, run_folder(data, settings=settings))
    layers = Reader(page[page.index('<ol class="layers">') : page.index("From the image to")]).texts
    words = [text for text in layers if text]
    assert words[:2] == ["input", "12 × 11"]
    # 3 filters of 3 × 3 and their biases; (12 − 3 + 1) × (11 − 3 + 1) outputs of each.
    at = words.index("3 filters of 3 × 3")
    assert words[at + 1 : at + 3] == ["10 × 9 × 3", "30 parameters"]
    assert "Feature maps" in page
    assert "All 3 filters" in page
    assert "Saliency by integrated gradients: the pixels that decide" in page


def test_a_run_without_validation_has_curves_of_training_only(data: Path) -> None:
    page = made(data, run_folder(data, history=["1,4,0.1,2.0,0.4,,", "2,8,0.1,1.0,0.6,,"]))
    assert "Validation accuracy" not in page
    assert '["epoch 1","training 2"]' in page.replace("&#34;", '"')


def test_an_untrained_network_is_reported_too(data: Path) -> None:
    curve = "<figcaption>Loss</figcaption>"
    assert curve in made(data, run_folder(data, seed=2))
    page = made(data, run_folder(data, settings={"epochs": 0}, history=[]))
    assert "Calibration" in page
    assert curve not in page


def test_scores_that_are_no_probabilities_have_no_calibration(data: Path) -> None:
    scores = np.eye(4)[np.arange(24) % 4] * 1.5 - 0.2
    page = made(data, run_folder(data, probabilities=scores))
    assert "<figcaption>Calibration" not in page
    assert "The outputs of this network are not probabilities" in page
    assert "There are no mistakes." in page


@pytest.mark.parametrize("shape", [(4, 3), (12,), (2, 2, 3), (28, 28)])
@pytest.mark.parametrize("classes", [2, 4])
def test_images_of_any_shape_are_shown(
    tmp_path: Path, shape: tuple[int, ...], classes: int
) -> None:
    data = prepared(tmp_path / "a.h5", [f"class {i}" for i in range(classes)], shape)
    page = made(data, run_folder(data), run_folder(data, "linear", settings={"hidden": ()}))
    assert f"images of {' × '.join(map(str, shape))}" in page


def test_long_class_names_keep_their_beginning_and_their_end(tmp_path: Path) -> None:
    names = [f"{i} begins, goes on for a long time, and ends with {i}" for i in range(4)]
    page = made(tmp_path / "p.h5", run_folder(prepared(tmp_path / "p.h5", names)))
    heads = re.findall(r'<th scope="col" title="([^"]*)"[^>]*><span>(.*?)</span>', page)
    assert heads == [(name, f"{i} begins, goe…with {i}") for i, name in enumerate(names)]
    assert all(len(short) == 20 for _, short in heads)


def test_more_pictures_than_fit_leave_fewer_behind_each_cell(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrawl.pages.report.images.TOP_MISTAKES", 1)
    monkeypatch.setattr(report_page, "EXPLAINED_MISTAKES", 0)
    run = run_folder(data, probabilities=np.eye(4)[np.arange(24) % 4])
    full = cells_of(made(data, run))[0]
    assert [len(full[f"{i}-{i}"][1:]) for i in range(4)] == [6] * 4
    monkeypatch.setattr(report_page, "MOST_PIXELS", 4 * 3 * 12)
    fewer = cells_of(made(data, run))[0]
    assert [len(fewer[f"{i}-{i}"][1:]) for i in range(4)] == [3] * 4
    assert fewer["0-0"][0] == 6
    monkeypatch.setattr(report_page, "MOST_PIXELS", 4 * 3 * 2)  # not even one of each
    least = cells_of(made(data, run))[0]
    assert [len(least[f"{i}-{i}"][1:]) for i in range(4)] == [1, 1, 0, 0]


def test_the_most_confident_mistakes_are_on_the_page_though_their_cell_holds_fewer(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "MOST_BEHIND", (1,))
    monkeypatch.setattr(report_page, "EXPLAINED_MISTAKES", 0)
    answers = np.eye(4)[np.arange(24) % 4]
    answers[1::4] = [0, 0, 1, 0]
    page = made(data, run_folder(data, probabilities=answers))
    (cells,) = cells_of(page)
    assert (cells["1-2"][0], len(cells["1-2"][1:])) == (6, 1)
    shown = page[page.index("The mistakes, the most confident first") :]
    images = re.findall(r"image (\d+)", shown[: shown.index("Back to the most confident")])
    assert sorted(map(int, images)) == [1, 5, 9, 13, 17, 21]


def test_where_the_network_looks_is_shown_for_each_class_and_the_five_most_confident_mistakes(
    data: Path,
) -> None:
    answers = np.eye(4)[np.arange(24) % 4]
    answers[1::4] = np.eye(4)[2]
    for image, doubt in zip(range(1, 24, 4), (0.3, 0.2, 0.1, 0.15, 0.05, 0.25), strict=True):
        answers[image] = [doubt, 0, 1 - doubt, 0]
    page = made(data, run_folder(data, probabilities=answers))
    shown = page[page.index("Saliency by integrated gradients: the pixels that decide") :]
    images = re.findall(r"test image (\d+)", shown[: shown.index("</ul>")])
    assert list(map(int, images)) == [0, 1, 2, 3, 17, 9, 13, 5, 21]


# --- what it promises


def test_intervals_and_differences_are_by_group_where_groups_are_known(data: Path) -> None:
    groups = np.arange(N["test"]) // 4
    right = np.eye(len(NASTY))[np.arange(N["test"]) % len(NASTY)]
    worse = right.copy()
    worse[:4] = np.roll(right[:4], 1, axis=1)
    runs = [
        run_folder(data, name, probabilities=answers, groups=groups)
        for name, answers in {"good": right, "bad": worse}.items()
    ]
    page = made(data, *runs)
    section = page[page.index('<section id="groups">') :].partition("</section>")[0]
    assert "The test images are of 6 groups" in section
    assert "+16.67" in section  # one group of six
    assert "0.00\u00a0% of 4" in section


def test_without_groups_there_is_no_section_of_them(data: Path) -> None:
    assert 'id="groups"' not in made(data, run_folder(data))


def test_accuracies_on_other_datasets_are_a_section_if_they_are_asked_for(data: Path) -> None:
    right = np.eye(len(NASTY))[np.arange(N["test"]) % len(NASTY)]
    worse = right.copy()
    worse[:6] = np.roll(right[:6], 1, axis=1)
    runs = []
    for name, probabilities in {"good": right, "bad": worse}.items():
        runs.append(run_folder(data, name, probabilities=probabilities))
        for other, groups in {"runes": np.arange(N["test"]) // 4, "lines": None}.items():
            elsewhere = run_folder(data, f"{name}-{other}", probabilities=worse, groups=groups)
            shutil.copytree(elsewhere, runs[-1] / "on" / other)
    runs.append(run_folder(data, "own-only"))
    assert 'id="elsewhere"' not in made(data, *runs)
    page = made(data, *runs, asked=("--on", "runes", "--on", "lines"))
    assert 'href="#elsewhere"' in page
    section = page[page.index('<section id="elsewhere">') :].partition("</section>")[0]
    section = section.replace("\u00a0", " ")
    assert "24 of runes, by 6 groups; 24 of lines." in section
    assert re.findall(r'href="#experiment-([^"]*)"', section) == ["good", "bad"]
    # Wilson's interval of 18 right of 24, by hand with z = 1.959964: 55.10 to 88.00 %.
    assert section.count("75.00 %") == 5  # of `bad` on its own images, and of both on the others
    assert section.count("55.10 – 88.00 %") == 4
    assert section.count("other groups</button>") == 1


def test_the_same_inputs_give_the_same_bytes(data: Path) -> None:
    runs = [run_folder(data, "dense"), run_folder(data, "other", 2)]
    assert made(data, *runs) == made(data, *runs)


def test_runs_on_other_data_are_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_folder(data)
    other = prepared(data.parent / "elsewhere" / "prepared.h5", ["a", "b", "c", "d"])
    words = ["report", "--title", "x", "--data", str(other), "--runs", str(run), "--output", "x"]
    assert cli.main(words) == 1
    message = capsys.readouterr().err
    assert (
        f"scrawl report: {run / 'metrics.json'}: was evaluated on data with the digest" in message
    )
    assert "Traceback" not in message


def test_predictions_for_other_images_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_folder(data)
    scoring.write_predictions(
        run / "predictions.h5",
        np.zeros((24, 4), np.float32),
        np.zeros(24, np.int64),
        NASTY,
        settings={},
        made_from={},
    )
    words = ["report", "--title", "x", "--data", str(data), "--runs", str(run), "--output", "x"]
    assert cli.main(words) == 1
    assert f"{run / 'predictions.h5'}: its labels are not" in capsys.readouterr().err


# --- in a browser


@pytest.fixture(scope="module")
def window() -> Any:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(data: Path) -> Path:
    truth = np.eye(4)[np.arange(24) % 4]
    answers = 0.7 * truth + 0.075
    answers[[5, 9, 14]] = [[0.1, 0.2, 0.6, 0.1], [0.05, 0.05, 0.9, 0], [0.8, 0.1, 0.1, 0]]
    runs = [
        run_folder(data, "good", seed, probabilities=answers, findings=["word " * 40])
        for seed in (1, 2)
    ]
    runs.append(run_folder(data, "bad", 1, settings={"learning_rate": 0.5}))
    made(data, *runs)
    return data.parent / "report.html"


def test_the_page_of_a_real_suite_opens_in_silence(window: Browser, finished: Project) -> None:
    window.open(finished.folder / "artifacts/dots/reports/tiny.html")
    assert window.complaints() == []
    assert [url for url in window.requests() if not url.endswith("/tiny.html")] == []
    assert window.run("return document.querySelectorAll('.experiment').length") == 2


def test_a_heading_sorts_its_table(window: Browser, page: Path) -> None:
    window.open(page)
    names = "return [...document.querySelectorAll('#results .sortable tbody')][0].innerText"
    click = "document.querySelectorAll('#results .sortable thead button')[arguments[0]].click()"
    assert [word for word in window.run(names).split() if word in {"good", "bad"}] == [
        "good",
        "bad",
    ]
    window.run(click, 0)  # by name
    assert window.run(names).split()[0] == "bad"
    assert window.run("return document.querySelector('[aria-sort]').ariaSort") == "ascending"
    window.run(click, 1)  # by accuracy, the largest on top
    assert window.run(names).split()[0] == "good"
    window.run(click, 1)
    assert window.run(names).split()[0] == "bad"


# What is not on the screen is not laid out, and has no text then.
SHOWN = """const one = document.querySelector('#experiment-good');
one.style.contentVisibility = 'visible';
return one.querySelector('.gallery').innerText"""


def test_a_cell_shows_its_images_by_pointer_and_by_keys(window: Browser, page: Path) -> None:
    window.open(page)
    before = window.run(SHOWN)
    assert "The mistakes, the most confident first" in before
    window.run(
        "document.querySelector('#experiment-good tbody').rows[1].cells[3].firstChild.click()"
    )
    shown = window.run(SHOWN)
    assert f"{NASTY[1]} taken for {NASTY[2]}: 2 images, the most confident first" in shown
    assert "0.900 · 2 of 2" in shown
    labels = "return [...document.querySelectorAll('#experiment-good .gallery .picture')]"
    assert window.run(f"{labels}.map(one => one.ariaLabel)") == [
        f"test image {i}: {NASTY[1]} → {NASTY[2]}" for i in (9, 5)
    ]
    window.press("\ue012")  # arrow to the left: to the right answers of the row
    window.press("\ue007")  # enter
    assert f"{NASTY[1]} recognised: 4 images, the least confident first" in window.run(SHOWN)
    window.press("\ue00c")  # escape
    assert window.run(SHOWN) == before
    assert window.complaints() == []


def test_charts_are_read_with_the_arrow_keys(window: Browser, page: Path) -> None:
    window.open(page)
    window.run("document.querySelector('.chart').focus()")
    window.press("\ue014\ue014")  # arrow to the right, twice
    said = window.run("return document.querySelector('.chart output').textContent")
    assert said == "epoch 2\ngood 75 %\nbad 75 %"


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(window: Browser, page: Path, dark: bool) -> None:
    window.look(360, dark=dark)
    window.open(page)
    window.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert window.overflow() <= 0
    window.look(1200)


# Relative luminance and contrast, as WCAG 2.2 defines them, of each text on what lies behind it.
CONTRAST = """
const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
const rgb = colour => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = rgb(getComputedStyle(one).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255];
};
const low = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (!own || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName)) continue;
  const style = getComputedStyle(element);
  const ink = rgb(element instanceof SVGElement ? style.fill : style.color);
  const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) low.push([element.tagName, element.textContent.trim(), contrast]);
}
return low;
"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out(window: Browser, page: Path, dark: bool) -> None:
    window.look(1200, dark=dark)
    window.open(page)
    assert window.run(CONTRAST) == []


def test_a_page_of_many_classes_shows_a_heat_map_and_the_most_confused_pairs(
    tmp_path: Path,
) -> None:
    classes = 62
    data = prepared(tmp_path / "prepared/unit.h5", [f"class {i}" for i in range(classes)])
    run = run_folder(data, probabilities=np.roll(np.eye(classes)[np.arange(24)], 1, axis=1))
    page = made(data, run)
    reader = Reader(page)
    assert not [tag for tag, given in reader.elements if given.get("class") == "confusion many"]
    buttons = [given["data-cell"] for _, given in reader.elements if "data-cell" in given]
    assert buttons == [f"{i}-{i + 1}" for i in range(24)]
    (words,) = re.findall(r'class="cells">(.*?)</script>', page)
    assert set(json.loads(words)) == set(buttons)
    assert any(given.get("class") == "heat" for tag, given in reader.elements if tag == "svg")
