"""`scrawl predict`: pictures in, answers out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.settings.dataset import Preparation
from scrawl.settings.experiment import Run
from scrawl.settings.normalisation import Normalisation
from scrawl.stages.decode import decode
from scrawl.stages.prepare import prepare

SHAPE = (6, 4)


def saved(path: Path, **dataset: object) -> Path:
    """Write a network that answers by where the ink is: above the middle, or below it."""
    facts = {"image_shape": SHAPE, "normalisation": "unit", "offset": 0.0, "scale": 255.0}
    shown = Dataset(class_names=("above", "below"), **{**facts, **dataset})  # type: ignore[arg-type]
    run = Run(hidden=())
    network = model.build(run, shown.image_shape, 2, np.random.default_rng(0))
    weights = network.named_parameters()["1-dense/weights"].reshape(6, -1, 2)
    weights[:3], weights[3:] = (0.1, -0.1), (-0.1, 0.1)
    model.save(path, network, run, shown, "0")
    return path


def picture(path: Path, rows: slice, ink: int = 255) -> Path:
    pixels = np.full(SHAPE, 255 - ink, np.uint8)
    pixels[rows] = ink
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("ink", [0, 255])
def test_a_picture_is_answered_with_its_class_and_a_bar_for_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ink: int
) -> None:
    file = saved(tmp_path / "model.h5")
    image = picture(tmp_path / "a.png", slice(3, 5), ink)
    assert cli.main(["predict", str(file), str(image)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    kind = "light on dark" if ink else "dark on light"
    assert head == f"{image} (4 × 6, {kind}, as it is): below"
    # The logits are ∓0.1 · 8 pixels of ink; softmax of ∓0.8 is 1/(1 + e^±1.6).
    assert [line[8:] for line in lines] == [
        f"above  16.80 % {'█' * 4}",
        f"below  83.20 % {'█' * 20}",
        "",
    ]


def test_json_has_every_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, blank = saved(tmp_path / "model.h5"), tmp_path / "b.png"
    Image.new("L", (30, 20), 255).save(blank)
    image = picture(tmp_path / "a.png", slice(3, 5))
    assert cli.main(["predict", str(file), str(image), str(blank), "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["label"] == "below"
    assert first["probabilities"]["below"] == pytest.approx(1 / (1 + np.exp(-1.6)), rel=1e-6)
    assert second == {
        "picture": str(blank),
        "seen": "30 × 20, blank",
        "trouble": "blank",
        "label": None,
        "probabilities": None,
        "novelty": None,
    }


def test_a_blank_picture_gets_a_clear_answer_and_another_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path / "model.h5")
    Image.new("L", (4, 6), 0).save(tmp_path / "b.png")
    assert cli.main(["predict", str(file), str(tmp_path / "b.png")]) == 1
    out, err = capsys.readouterr()
    assert out == f"{tmp_path}/b.png (4 × 6, blank): no answer: blank\n"
    assert err == "scrawl predict: 1 of 1 pictures got no answer\n"


LABELS = np.arange(120) % 4


def strokes(shape: tuple[int, int], margin: int = 5) -> NDArray[np.uint8]:
    """Draw bars of random grey at four places, 120 images, with smooth ends."""
    rng = np.random.default_rng(1)
    images = np.zeros((120, *shape), np.uint8)
    h, w = (n - 2 * margin for n in shape)
    for image, label in zip(images, LABELS, strict=True):
        inner = image[margin : margin + h, margin : margin + w]
        row, column = divmod(int(label), 2)
        part = inner[row * h // 2 : (row + 1) * h // 2, column * w // 2 : (column + 1) * w // 2]
        part[:, 1:3] = rng.integers(150, 256)
        part[:, 3] = 90
        inner[h // 2, rng.integers(0, w)] = 255
    images[0, margin, margin] = 255
    return images


def colour(x: NDArray[Any]) -> NDArray[Any]:
    return np.stack([x, x // 2, x], axis=-1)


def in_uneven_light(x: NDArray[Any]) -> NDArray[Any]:
    light = np.random.default_rng(3).uniform(0.4, 1, (len(x), 1, 1))
    return np.rint((230 - 0.8 * x.astype(float)) * light).astype(np.uint8)


DATASETS: dict[str, tuple[Any, dict[str, Any]]] = {
    "as it is": (lambda x: x, {}),
    "inverted": (lambda x: 255 - x, {}),
    "transposed": (lambda x: x, {"transposed": True}),
    "inverted and transposed": (lambda x: 255 - x, {"transposed": True}),
    "0 and 1": (lambda x: (x > 120).astype(np.uint8), {}),
    "0 and 255, dark": (lambda x: np.where(x > 120, 0, 255).astype(np.uint8), {}),
    "0 and 1, one channel": (lambda x: (x > 120).astype(np.uint8)[..., None], {}),
    "uneven light": (in_uneven_light, {}),
    "uneven light, as bytes": (in_uneven_light, {"stored_as": "uint8"}),
    "0 to 15": (lambda x: x // 16, {}),
    "16 bits": (lambda x: x.astype(np.int32) * 257, {}),
    "0 to 255 in 16 bits": (lambda x: x.astype(np.int16), {}),
    "floats of 0 to 1": (lambda x: (x / 255).astype(np.float32), {}),
    "floats of -1 to 1": (lambda x: x / 127.5 - 1, {}),
    "signed bytes": (lambda x: (x.astype(np.int16) - 128).astype(np.int8), {}),
    "low contrast": (lambda x: 180 - x // 4, {}),
    "touching borders": (lambda x: x[:, 5:-5, 5:-5], {}),
    "touching borders, dark": (lambda x: 255 - x[:, 5:-5, 5:-5], {}),
    "one channel": (lambda x: x[..., None], {}),
    "colour": (colour, {}),
    "dark colour": (lambda x: 255 - colour(x), {}),
    "channels first": (lambda x: np.moveaxis(colour(x), -1, 1), {}),
    "channels first, transposed": (lambda x: np.moveaxis(colour(x), -1, 1), {"transposed": True}),
    "noise": (lambda x: np.random.default_rng(2).integers(0, 256, x.shape, np.uint8), {}),
    "range of no type": (lambda x: x.astype(np.int32) * 3 - 100, {}),
    "said to be otherwise": (lambda x: x, {"paper": 255, "ink": 0}),
    "bytes": (lambda x: 255 - x, {"stored_as": "uint8"}),
    "with a blank image": (lambda x: np.concatenate([x[:60], 0 * x[60:]]), {}),
}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("shape", [(20, 20), (24, 18)])
@pytest.mark.parametrize("normalisation", ["unit", "standard", "none"])
def test_a_datasets_own_test_file_gets_exactly_the_answers_of_predictions_h5(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    shape: tuple[int, int],
    normalisation: Normalisation,
) -> None:
    change, more = DATASETS[name]
    images = change(strokes(shape))
    labels = LABELS.astype(np.uint8)
    for part, rows in (("train", slice(0, 80)), ("test", slice(40, 120))):
        idx.write(tmp_path / f"{part}-images.idx", images[rows])
        idx.write(tmp_path / f"{part}-labels.idx", labels[rows])
    parts = ("train-images", "train-labels", "test-images", "test-labels")
    decode({part: tmp_path / f"{part}.idx" for part in parts}, tmp_path / "decoded.h5")
    settings = Preparation(normalisation=normalisation, validation=4, **more)
    prepare(settings, tmp_path / "decoded.h5", tmp_path / "prepared.h5")
    run = Run(hidden=(5,), normalisation=normalisation)
    with store.reading(tmp_path / "prepared.h5", "prepared") as file:
        known, digest = Dataset.of(file), store.sha256_of_content(file)
    network = model.build(run, known.image_shape, 4, np.random.default_rng(0))
    model.save(tmp_path / "model.h5", network, run, known, digest)
    files = {"--data": "prepared.h5", "--model": "model.h5", "--metrics": "metrics.json"}
    words = [word for key, file in files.items() for word in (key, str(tmp_path / file))]
    assert cli.main(["evaluate", *words, "--predictions", str(tmp_path / "predictions.h5")]) == 0
    with store.reading(tmp_path / "predictions.h5", "predictions") as file:
        expected = file["probabilities"][...]
    np.save(tmp_path / "test-images.npy", images[40:120])
    for copy in ("test-images.idx", "test-images.npy"):
        capsys.readouterr()
        file = str(tmp_path / copy)
        assert cli.main(["predict", str(tmp_path / "model.h5"), file, "--json"]) == 0
        found = [list(one["probabilities"].values()) for one in json.loads(capsys.readouterr().out)]
        np.testing.assert_array_equal(np.array(found, np.float32), expected)


def test_many_pictures_of_one_file_are_numbered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.zeros((2, *SHAPE), np.uint8)
    images[0, 1], images[1, 4] = 255, 255
    idx.write(tmp_path / "many.idx", images)
    cli.main(["predict", str(saved(tmp_path / "model.h5")), str(tmp_path / "many.idx"), "--json"])
    answers = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in answers] == ["above", "below"]
    assert [one["picture"][-3:] for one in answers] == ["[0]", "[1]"]


def test_weights_that_ran_away_are_no_invalid_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path / "model.h5", scale=1e-40, normalisation="none")
    image = picture(tmp_path / "a.png", slice(3, 5))
    assert cli.main(["predict", str(file), str(image), "--json"]) == 0
    assert "NaN" not in capsys.readouterr().out
    assert cli.main(["predict", str(file), str(image)]) == 0


def test_a_missing_picture_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", str(saved(tmp_path / "model.h5")), "nowhere.png"]) == 1
    assert "nowhere.png" in capsys.readouterr().err
