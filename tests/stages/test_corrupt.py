"""Stage corrupt: the scores of corrupted test images, against answers computed one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forged import forged
from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.data.corruptions.catalogue import CORRUPTIONS, corrupted
from scrawl.results.robustness import MEASURES, Robustness
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

N, NAMES = 70, ("a", "b", "c")
DARK_ON_LIGHT = Appearance(paper=255.0, ink=0.0)


def ink_of(shape: tuple[int, ...]) -> Any:
    """Amounts of ink of some images, a dot or three on paper."""
    rng = np.random.default_rng(3)
    return (rng.random((N, *shape)) * (rng.random((N, *shape)) < 0.3)).astype(np.float32)


def prepared(
    path: Path,
    shape: tuple[int, ...] = (6, 7),
    look: Appearance | None = None,
    offset: float = 0.0,
    scale: float = 255.0,
) -> Path:
    """Write a prepared file with images that hold the same ink, whatever their look."""
    look = look or Appearance()
    pixels = look.pixels(ink_of(shape).astype(np.float64))
    values = ((pixels - offset) / scale).reshape(N, -1).astype(np.float32)
    settings = {"normalisation": "unit"}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, n in {"train": 6, "validation": 0, "test": N}.items():
            file[f"{split}/images"] = values[:n]
            file[f"{split}/labels"] = one_hot_labels(np.arange(n) % 3, 3)
            file[f"{split}/positions"] = np.arange(n)
        Dataset(NAMES, shape, "unit", offset, scale, look).write(file)
    return path


def trained(path: Path, data: Path, seed: int = 1, **settings: Any) -> Path:
    """Write a network with its first weights."""
    run = Run.parse({"hidden": [], "initialiser": "uniform", "seed": seed, **settings})
    with store.reading(data, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path, model.build(run, dataset.image_shape, 3, rng), run, dataset, digest)
    return path


def corrupt(data: Path, *networks: Path) -> dict[str, Any]:
    output = data.parent / "corruptions.json"
    words = ["--data", data, "--output", output, "--models", *networks]
    assert cli.main(["corrupt", *map(str, words)]) == 0
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("shape", [(6, 7), (5, 6, 3)])
def test_scores_are_those_of_the_corrupted_images(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = prepared(tmp_path / "prepared.h5", shape)
    network = trained(tmp_path / "model.h5", data)
    found = corrupt(data, network)
    with store.reading(network, "model") as file:
        weights, biases = (file[f"layers/1-dense/{name}"][...] for name in ("weights", "biases"))
    ink, labels = ink_of(shape), np.arange(N) % 3
    ink = ink.reshape(N, *(*shape, 1)[:3])
    assert list(found["corruptions"]) == list(CORRUPTIONS)
    for name in ("rotation", "shot noise", "jpeg"):
        scores = found["corruptions"][name]
        for severity, images in enumerate((ink, *corrupted(name, ink))):
            logits = images.reshape(N, -1).astype(float) @ weights.astype(float) + biases
            powers = np.exp(logits)
            said = powers / powers.sum(axis=1, keepdims=True)
            right = said.argmax(axis=1) == labels
            assert scores["accuracy"][severity] == pytest.approx(right.mean())
            loss = -np.log(said[np.arange(N), labels]).mean()
            assert scores["loss"][severity] == pytest.approx(loss, rel=1e-4)
            confidence = said.max(axis=1).mean()
            assert scores["confidence"][severity] == pytest.approx(confidence, rel=1e-4)
    assert found["made_from"].keys() == {"prepared", "model"}
    assert found["risk"].keys() == {"confidence"}


def test_dark_ink_on_light_paper_is_corrupted_as_light_ink_on_dark_paper(tmp_path: Path) -> None:
    scores = []
    for folder, look, offset, scale in (
        ("light", None, 0.0, 255.0),
        ("dark", DARK_ON_LIGHT, 255.0, -255.0),
        ("centred", DARK_ON_LIGHT, 200.0, -64.0),
    ):
        (tmp_path / folder).mkdir()
        data = prepared(tmp_path / folder / "prepared.h5", (6, 7), look, offset, scale)
        network = trained(tmp_path / folder / "model.h5", data)
        if folder == "centred":  # undo what the network is shown
            with forged(network) as file:
                weights = file["layers/1-dense/weights"]
                weights[...] *= np.float32(64 / 255)
                shown = (255 - 200) / -64
                file["layers/1-dense/biases"][...] -= shown * weights[...].sum(axis=0)
        scores.append(corrupt(data, network)["corruptions"])
    for other in scores[1:]:
        for name, one in scores[0].items():
            np.testing.assert_allclose(one["loss"], other[name]["loss"], rtol=1e-4)
            np.testing.assert_allclose(one["accuracy"], other[name]["accuracy"], atol=1.01 / N)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data)
    contents = []
    for _ in range(2):
        corrupt(data, network)
        contents.append((tmp_path / "corruptions.json").read_bytes())
    assert contents[0] == contents[1]


def test_members_of_an_ensemble_answer_together_and_agree_or_not(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    networks = [trained(tmp_path / f"runs/plain/{seed}/model.h5", data, seed) for seed in (1, 2, 3)]
    found = corrupt(data, *networks)
    assert found["made_from"].keys() == {"prepared", "plain/1", "plain/2", "plain/3"}
    models, images = [model.load(path) for path in networks], ink_of((6, 7)).reshape(N, -1)
    each = np.array([one.predict(images) for one in models])
    together, labels = each.mean(axis=0).argmax(axis=1), np.arange(N) % 3
    assert found["corruptions"]["blur"]["accuracy"][0] == pytest.approx((together == labels).mean())
    # Those that all three agree on come first.
    unanimous = (each.argmax(axis=2) == together).all(axis=0)
    error = float(np.mean(together[unanimous] != labels[unanimous]))
    covered = [place for place, share in enumerate(found["coverage"]) if share <= unanimous.mean()]
    risks = found["risk"]["agreement"][0]
    np.testing.assert_allclose([risks[place] for place in covered], error)
    assert risks[-1] == pytest.approx(np.mean(together != labels))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    data = prepared(tmp_path / "prepared.h5")
    found = corrupt(data, trained(tmp_path / "model.h5", data, loss="quadratic", output="linear"))
    read = Robustness.read(tmp_path / "corruptions.json")
    assert read.names == tuple(found["corruptions"])
    for measure in MEASURES:
        written = [one[measure] for one in found["corruptions"].values()]
        np.testing.assert_array_equal(read.scores[measure], np.array(written, float))
    assert np.isnan(read.scores["calibration_error"]).any()  # no probabilities


def test_images_that_are_no_pictures_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "prepared.h5", (12,))
    network = trained(tmp_path / "model.h5", data)
    output = tmp_path / "corruptions.json"
    words = ["--data", data, "--output", output, "--models", network]
    assert cli.main(["corrupt", *map(str, words)]) == 1
    assert "of shape (12,), expected one at least, with a shape of" in capsys.readouterr().err
    assert not output.exists()
