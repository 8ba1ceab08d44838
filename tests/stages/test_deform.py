"""Stage deform: many images of few; the distortions themselves are tested elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.data import idx
from scrawl.settings.dataset import Deformation
from scrawl.stages import deform
from scrawl.training.workers import workers

STILL = {
    "shift_pixels": 0,
    "rotation_degrees": 0,
    "scale_share": 0,
    "shear_share": 0,
    "elastic_pixels": 0,
}


def originals(n: int = 7) -> NDArray[np.uint8]:
    """Return images of one blot each, in different places."""
    images = np.zeros((n, 12, 10), np.uint8)
    for i in range(n):
        images[i, 3 + i % 4 : 7 + i % 4, 3 : 6 + i % 3] = 255 - i
    return images


def files(folder: Path, images: NDArray[Any], labels: NDArray[Any]) -> dict[str, Path]:
    arrays = {
        "train-images": images,
        "train-labels": labels,
        "test-images": images[:2] // 2,
        "test-labels": labels[:2],
    }
    for part, array in arrays.items():
        idx.write(folder / f"{part}.idx.gz", array)
    return {part: folder / f"{part}.idx.gz" for part in arrays}


def called(paths: dict[str, Path], folder: Path, settings: str) -> int:
    words = [word for part, path in paths.items() for word in (f"--{part}", str(path))]
    return cli.main(["deform", "--settings", settings, *words, "--output", str(folder)])


def all_of(images: NDArray[np.uint8], settings: Deformation) -> NDArray[np.uint8]:
    return np.concatenate(list(deform.deformed(images, settings)))


def test_images_are_taken_in_turn_with_their_labels_and_test_images_stay(tmp_path: Path) -> None:
    labels = np.array([[3, 0], [1, 0], [4, 1]], np.int32)
    paths = files(tmp_path / "few", originals(3), labels)
    settings = Deformation.parse({**STILL, "images": 8})
    assert called(paths, tmp_path / "many", settings.canonical()) == 0
    found = {part: idx.read(tmp_path / f"many/{part}.idx") for part in paths}
    turns = [0, 1, 2, 0, 1, 2, 0, 1]
    assert np.array_equal(found["train-images"], originals(3)[turns])
    assert np.array_equal(found["train-labels"], labels[turns])
    assert np.array_equal(found["test-images"], originals(3)[:2] // 2)
    assert np.array_equal(found["test-labels"], labels[:2])


def test_fewer_images_are_the_beginning_of_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deform, "BLOCK", 64)
    many = all_of(originals(), Deformation(images=200))
    for images in (1, 33, 64, 100, 199):
        assert np.array_equal(all_of(originals(), Deformation(images=images)), many[:images])


def test_images_on_light_paper_are_surrounded_by_light_paper() -> None:
    settings = Deformation.parse({**STILL, "images": 30, "shift_pixels": 2.5})
    dark = all_of(originals(), settings)
    np.testing.assert_array_equal(all_of(255 - originals(), settings), 255 - dark)


def test_no_two_deformations_of_an_image_are_alike_and_none_is_far_from_it() -> None:
    n = 70
    images = originals(1)
    found = all_of(images, Deformation(images=n)).astype(np.float64)
    assert len(np.unique(found.reshape(n, -1), axis=0)) == n
    mean = found.mean(axis=0)
    assert np.corrcoef(mean.ravel(), images[0].ravel())[0, 1] > 0.8
    assert found.max() <= 255


def test_seed_and_amounts_decide_and_the_number_of_threads_does_not() -> None:
    settings = Deformation(images=300)
    with workers(3) as executor:
        threaded = np.concatenate(list(deform.deformed(originals(), settings, executor)))
    assert np.array_equal(threaded, all_of(originals(), settings))
    for other in (replace(settings, seed=1), replace(settings, rotation_degrees=3.0)):
        assert not np.array_equal(threaded, all_of(originals(), other))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (originals().astype(np.int16), np.arange(7, dtype=np.uint8), "(7, 12, 10) int16"),
        (originals(), np.arange(6, dtype=np.uint8), "6 labels, expected images (n, height, width)"),
        (originals(2).reshape(2, -1), np.arange(2, dtype=np.uint8), "found (2, 120) uint8"),
        (originals(0), np.zeros(0, np.uint8), "found (0, 12, 10) uint8 and 0 labels"),
    ],
)
def test_what_cannot_be_deformed_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    images: NDArray[Any],
    labels: NDArray[Any],
    message: str,
) -> None:
    assert called(files(tmp_path, images, labels), tmp_path / "out", '{"images": 3}') == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
