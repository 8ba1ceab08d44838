"""What the page and the pipeline give each other: exported drawings are a test set as it stands.

Two small chains of the bundled digits are built in this process; their pages are opened, drawn on,
and the files that Chromium downloads go through `scrawl decode`, `prepare` and `predict`.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from browser import Browser, browser
from project import HOUSE
from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.data import idx

PAGE = "const page = document.querySelector('.scrawl-draw').scrawl;"
PART = "const part = (one) => document.querySelector('.scrawl-draw').shadowRoot.querySelector(one);"
PARTS = tuple(f"{split}-{kind}" for split in ("train", "test") for kind in ("images", "labels"))
COUNTS = {"train": 600, "test": 40}
PATIENCE = 10  # seconds for two files of a few kilobytes

# A stick, a cross and a dash, in shares of the sheet.
DRAWINGS = (
    [[(0.5, 0.2), (0.5, 0.8)]],
    [[(0.3, 0.2), (0.7, 0.8)], [(0.7, 0.2), (0.3, 0.8)]],
    [[(0.2, 0.5), (0.8, 0.5)]],
)
SAID = (1, 8, 7)


@dataclass(frozen=True)
class Chain:
    """A dataset as files, and what was made of it: `prepared/unit.h5`, a run, `draw.html`."""

    folder: Path
    settings: dict[str, Any]

    def call(self, *words: object) -> None:
        """Run a command of scrawl."""
        assert cli.main([str(word) for word in words]) == 0

    def decode(self, output: Path, **files: Path) -> None:
        """Decode the dataset's files, or others in their place."""
        paths = {part: files.get(part.replace("-", "_"), self.folder / part) for part in PARTS}
        options = [word for part, path in paths.items() for word in (f"--{part}", path)]
        self.call("decode", *options, "--output", output)

    def prepare(self, data: Path, output: Path) -> None:
        """Prepare a decoded file with the settings of the dataset."""
        self.call(
            *("prepare", "--settings", json.dumps({"normalisation": "unit", **self.settings})),
            *("--data", data, "--output", output),
        )


def chain(folder: Path, settings: dict[str, Any], images: Any, labels: Any) -> Chain:
    """Build a chain of images and labels by split."""
    made = Chain(folder, settings)
    for split, n in COUNTS.items():
        idx.write(folder / f"{split}-images", images[split][:n])
        idx.write(folder / f"{split}-labels", labels[split][:n])
    prepared, run = folder / "prepared/unit.h5", folder / "runs/linear/1"
    made.decode(folder / "decoded.h5")
    made.prepare(folder / "decoded.h5", prepared)
    settings = {"hidden": [], "epochs": 3, "batch_size": 16, "learning_rate": 0.1, "seed": 1}
    made.call(
        *("train", "--settings", json.dumps(settings), "--data", prepared),
        *("--model", run / "model.h5", "--history", run / "history.csv"),
    )
    made.call("draw", "--data", prepared, "--runs", run, "--output", folder / "draw.html")
    return made


@pytest.fixture(scope="module", params=["as MNIST", "axes swapped, labels from 1, dark ink"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Return a chain of digits, whose files are like MNIST's or unlike them in every way."""
    folder = tmp_path_factory.mktemp("chain")
    images, labels = (
        {split: idx.read(HOUSE / f"data/glyphs/{split}-{kind}.idx.gz") for split in COUNTS}
        for kind in ("images", "labels")
    )
    if request.param == "as MNIST":
        return chain(folder, {}, images, labels)
    names = [f"digit {n}" for n in range(10)]
    settings = {"transposed": True, "first_label": 1, "class_names": names}
    turned = {s: 255 - one[:, :, 4:24].swapaxes(1, 2).astype(np.int16) for s, one in images.items()}
    return chain(folder, settings, turned, {s: one + 1 for s, one in labels.items()})


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@dataclass(frozen=True)
class Exported:
    """Files that the page saved, and what it said of the drawings in them."""

    images: Path
    labels: Path
    seen: NDArray[np.float64]  # (n, rows, columns): ink as the networks were shown it
    scores: list[float]


@pytest.fixture(scope="module")
def exported(made: Chain, window: Browser, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Draw, say what it was, and save: with the buttons of the page."""
    folder = tmp_path_factory.mktemp("downloads")
    allow = {"behavior": "allow", "downloadPath": str(folder)}
    window.driver.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    window.open(made.folder / "draw.html")
    box = window.run(f"{PART} return part('.paper').getBoundingClientRect().toJSON()")
    seen, scores = [], []
    for strokes, label in zip(DRAWINGS, SAID, strict=True):
        for stroke in strokes:
            window.drag(
                [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            )
        told = window.run(f"""{PAGE} {PART} page.show();
            const told = [Array.from(page.state.planes[0]), page.noveltyScore()];
            part('.what button[value="{label}"]').click(); return told;""")
        seen.append(told[0])
        scores.append(told[1])
    window.run(f"{PART} part('.save-idx').click()")
    files = [folder / f"test-{kind}.idx" for kind in ("images", "labels")]
    end = time.monotonic() + PATIENCE
    while not all(file.is_file() and file.stat().st_size for file in files):
        assert time.monotonic() < end, [*folder.iterdir()]
        time.sleep(0.05)
    assert window.complaints() == []
    shape = window.run(f"{PAGE} return [page.about.rows, page.about.columns]")
    return Exported(files[0], files[1], np.reshape(seen, (len(SAID), *shape)), scores)


def test_kept_drawings_are_a_test_set_of_the_pipeline_as_they_stand(
    made: Chain, exported: Exported, tmp_path: Path
) -> None:
    made.decode(tmp_path / "decoded.h5", test_images=exported.images, test_labels=exported.labels)
    made.prepare(tmp_path / "decoded.h5", tmp_path / "prepared.h5")
    with store.reading(tmp_path / "prepared.h5", "prepared") as file:
        labels, images = file["test/labels"][...], file["test/images"][...]
    assert labels.argmax(axis=1).tolist() == list(SAID)
    np.testing.assert_allclose(
        images.reshape(exported.seen.shape), exported.seen, atol=0.5 / 255 + 1e-6
    )


def test_predict_gives_drawings_the_novelty_score_of_the_page(
    made: Chain, exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    made.call("predict", made.folder / "runs/linear/1", exported.images, "--json")
    found = [one["novelty"]["score"] for one in json.loads(capsys.readouterr().out)]
    # The files hold 256 levels of ink.
    np.testing.assert_allclose(found, exported.scores, atol=0.02)
    assert min(exported.scores) < max(exported.scores) - 0.1


def test_predict_remarks_on_noise_but_on_nothing_without_the_training_data(
    made: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = idx.read(made.folder / "train-images")[:1]
    noise = np.random.default_rng(0).integers(0, 256, known.shape).astype(known.dtype)
    idx.write(tmp_path / "two.idx", np.concatenate([known, noise]))
    model = Path(shutil.copy(made.folder / "runs/linear/1/model.h5", tmp_path))
    said = []
    for run in (made.folder / "runs/linear/1", model):
        capsys.readouterr()
        made.call("predict", run, tmp_path / "two.idx")
        first, second = capsys.readouterr().out.split("two.idx[1]")
        said.append(["unlike the training data" in text for text in (first, second)])
    assert said == [[False, True], [False, False]]
