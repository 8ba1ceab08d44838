"""`scrawl predict`: pictures in, answers out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scrawl import __main__ as cli
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.settings.experiment import Run
from scrawl.tools import predict

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
    assert head == f"{image} (6 × 4, {kind}, as it is): below"
    # The logits are ∓0.1 · 8 pixels of ink; softmax of ∓0.8 is 1/(1 + e^±1.6).
    assert [line[8:] for line in lines] == [
        f"above  16.80% {'█' * 4}",
        f"below  83.20% {'█' * 20}",
        "",
    ]


def test_json_has_every_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, blank = saved(tmp_path / "model.h5"), tmp_path / "b.png"
    Image.new("L", (30, 20), 255).save(blank)
    image = picture(tmp_path / "a.png", slice(3, 5))
    assert cli.main(["predict", str(file), str(image), str(blank), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["label"] == "below"
    assert first["probabilities"]["below"] == pytest.approx(1 / (1 + np.exp(-1.6)), rel=1e-6)
    assert second == {
        "picture": str(blank),
        "seen": "20 × 30, blank",
        "label": None,
        "probabilities": None,
    }


def test_a_blank_picture_gets_a_clear_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path / "model.h5")
    Image.new("L", (4, 6), 0).save(tmp_path / "b.png")
    assert cli.main(["predict", str(file), str(tmp_path / "b.png")]) == 0
    assert capsys.readouterr().out == (
        f"{tmp_path}/b.png (6 × 4, blank): nothing: the picture is blank\n"
    )


def test_a_dataset_is_seen_as_the_pipeline_prepares_it() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, *SHAPE)).astype(np.uint8)
    pixels[:, [0, -1]] = pixels[:, :, [0, -1]] = 0  # a dark border
    for offset, scale, name in ((0.0, 255.0, "unit"), (33.3, 78.6, "standard"), (0, 1, "none")):
        dataset = Dataset(("a",), SHAPE, name, offset, scale)
        expected = (pixels.reshape(5, -1).astype(np.float32) - np.float32(offset)) / np.float32(
            scale
        )
        for image, row in zip(pixels, expected, strict=True):
            prepared = predict.prepared(image / 255, dataset)
            np.testing.assert_allclose(prepared, row[None], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("normalisation", "offset", "scale", "white"),
    [
        ("unit", 0, 65_535, 65_535),
        ("standard", 0.13, 0.31, 1),
        ("standard", 33.3, 78.6, 255),
        ("standard", 9000.0, 20_000.0, 65_535),
        ("none", 0, 1, 255),
    ],
)
def test_white_is_told_from_the_normalisation(
    normalisation: str, offset: float, scale: float, white: float
) -> None:
    assert predict.white_of(Dataset(("a",), SHAPE, normalisation, offset, scale)) == white


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


def test_a_network_for_colours_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path / "model.h5", image_shape=(6, 4, 3))
    assert cli.main(["predict", str(file), "a.png"]) == 1
    assert "trained on images of shape (6, 4, 3); expected grey ones" in capsys.readouterr().err


def test_a_missing_picture_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", str(saved(tmp_path / "model.h5")), "nowhere.png"]) == 1
    assert "nowhere.png" in capsys.readouterr().err
