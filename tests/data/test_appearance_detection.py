"""The look of datasets: paper and ink, ranges, axes and placement, found in the images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.appearance import Appearance
from scrawl.data import idx
from scrawl.data.appearance_detection import Found, difference, look, nominal
from scrawl.settings.dataset import Preparation

GLYPHS = Path(__file__).parents[2] / "data/glyphs"


@pytest.fixture(scope="module")
def glyphs() -> NDArray[Any]:
    return idx.read(GLYPHS / "train-images.idx.gz")[:1500]


def found(images: NDArray[Any], **settings: Any) -> Found:
    return look(images, np.ones(len(images), bool), Preparation(**settings))


def photographs(x: NDArray[Any]) -> NDArray[Any]:
    rng = np.random.default_rng(0)
    light = rng.uniform(0.7, 1, (len(x), 1, 1)) * np.linspace(1, 0.8, 28)[:, None]
    pixels = 220 * light * (1 - 0.75 * x / 255) + 5 * rng.standard_normal(x.shape)
    return pixels.clip(0, 255).astype(np.uint8)


VERSIONS: dict[str, tuple[Any, float, float]] = {
    "as they are": (lambda x: x, 0, 255),
    "inverted": (lambda x: 255 - x, 255, 0),
    "0 and 1": (lambda x: (x > 127).astype(np.uint8), 0, 1),
    "0 to 15": (lambda x: x // 16, 0, 15),
    "0 to 254": (lambda x: np.minimum(x, 254), 0, 255),
    "16 bits": (lambda x: x.astype(np.int32) * 257, 0, 65_535),
    "0 to 255 in 16 bits": (lambda x: x.astype(np.int16), 0, 255),
    "signed bytes": (lambda x: (x.astype(np.int16) - 128).astype(np.int8), -128, 127),
    "floats": (lambda x: (x / 255).astype(np.float32), 0, 1),
    "-1 to 1": (lambda x: (1 - x / 127.5).astype(np.float32), 1, -1),
    "low contrast": (lambda x: (100 + x // 5).astype(np.uint8), 100, 151),
    "low contrast, dark": (lambda x: (200 - x // 5).astype(np.uint8), 200, 149),
    "framed": (lambda x: np.pad(255 - x, ((0, 0), (1, 1), (1, 1))), 255, 0),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_paper_and_ink_are_found_in_every_version_of_a_dataset(
    glyphs: NDArray[Any], name: str
) -> None:
    change, paper, ink = VERSIONS[name]
    result = found(change(glyphs))
    assert (result.appearance.paper, result.appearance.ink) == (paper, ink)
    assert result.appearance.on_paper
    assert result.appearance.centred is (name != "framed")  # which leaves less of the image
    assert result.warnings == []


def test_paper_of_photographs_is_what_most_of_the_margin_is(glyphs: NDArray[Any]) -> None:
    result = found(photographs(glyphs)).appearance
    assert result.dark_on_light
    assert 150 < result.paper < 190
    assert result.ink < 40


def test_a_few_hot_pixels_do_not_stretch_the_range(glyphs: NDArray[Any]) -> None:
    images = glyphs.astype(np.int32)
    images[3, 4, 5] = 1_000_000
    assert found(images).appearance.ink == 255


def test_things_without_paper_are_shown_from_lowest_to_highest_and_say_so() -> None:
    rng = np.random.default_rng(0)
    waves = rng.uniform(-1, 1, (200, 8, 8))
    images = np.kron(waves, np.ones((4, 4))) * 127 + 128
    result = found(images.astype(np.uint8))
    assert not result.appearance.on_paper
    assert (result.appearance.paper, result.appearance.ink) == (0, 255)
    assert "no paper could be told from ink" in result.warnings[0]


def test_a_dataset_may_say_what_its_paper_and_ink_are(glyphs: NDArray[Any]) -> None:
    result = found(glyphs, paper=255, ink=0)
    assert (result.appearance.paper, result.appearance.ink) == (255, 0)
    with pytest.raises(ValueError, match="paper and ink: found 255 for both"):
        found(glyphs, paper=255)


def test_channels_that_come_first_and_swapped_axes_are_put_in_place() -> None:
    images = np.zeros((3, 3, 20, 30), np.uint8)
    images[:, 2, 7, 11] = 255
    for transposed in (False, True):
        shape = (30, 20, 3) if transposed else (20, 30, 3)
        result = found(images, transposed=transposed).appearance
        shown = result.as_shown(images)
        assert shown.shape == (3, *shape)
        assert np.argwhere(shown[0]).tolist() == [[11, 7, 2] if transposed else [7, 11, 2]]
        assert result.stored_shape(shape) == (3, 20, 30)


def test_ink_that_fills_the_image_is_not_centred_and_its_box_is_the_image(
    glyphs: NDArray[Any],
) -> None:
    result = found(glyphs[:, 4:24, 4:24]).appearance
    assert result.box == pytest.approx(1, abs=0.06)
    assert not result.centred


@pytest.mark.parametrize(("large", "small"), [(np.uint8, np.int8), (np.int32, np.int16)])
def test_negative_pixels_of_an_overflow_are_refused(
    glyphs: NDArray[Any], large: type, small: type
) -> None:
    pixels: NDArray[Any] = glyphs.astype(large) * (257 if large is np.int32 else 1)
    with pytest.raises(ValueError, match=r"found pixels of -\d+ to .* look like an overflow"):
        found(pixels.astype(small))


@pytest.mark.parametrize(
    ("low", "high", "doubtful"),
    [
        (0, 300, True),
        (-3, 5, True),
        (0, 100_000, True),
        (-300, 255, True),
        (0, 255, False),
        (0, 700, False),
        (0, 4000, False),
        (20, 180, False),
        (-1, 1, False),
        (-0.5, 0.5, False),
        (0, 0.4, False),
    ],
)
def test_a_range_that_no_image_type_has_is_a_warning(
    low: float, high: float, doubtful: bool
) -> None:
    images = np.full((20, 9, 9), low, np.float64)
    images[:, 3:6, 3:6] = high
    warnings = found(images).warnings
    assert bool(warnings) == doubtful
    if doubtful:
        assert f"pixels range from {low:g} to {high:g}" in warnings[0]


def test_images_of_one_grey_are_a_warning() -> None:
    assert "all pixels of the training images are 7" in found(np.full((3, 4, 4), 7)).warnings[0]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named_with_its_image(wrong: float) -> None:
    images = np.zeros((9, 4, 4), np.float32)
    images[5, 1, 1] = wrong
    with pytest.raises(ValueError, match=r"/train/images: .* not finite in image 5 of the train"):
        found(images)


def test_test_images_that_look_otherwise_are_a_warning(glyphs: NDArray[Any]) -> None:
    seen = found(glyphs)
    assert list(difference(seen, glyphs[:50])) == []
    assert "other way round" in "".join(difference(seen, 255 - glyphs[:50]))
    assert "range from 0 to 1," in "".join(difference(seen, glyphs[:50] > 127))


def test_ranges_of_types_are_those_that_are_nearly_filled() -> None:
    assert nominal(3, 250) == (0, 255)
    assert nominal(0, 200) == (0, 200)
    assert nominal(-127, 127) == (-128, 127)


# As attributes of an artifact.


def test_an_appearance_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["image_shape"] = np.array([2, 2])
        Appearance(255, 0, True, (1, 0), False, 1.0, 0.1, "int32").write(file)
        assert Appearance.of(file) == Appearance(255, 0, True, (1, 0), False, 1.0, 0.1, "int32")
        store.write_attributes(file, paper=0.0)
        with pytest.raises(ValueError, match="'paper' and 'ink' are both 0"):
            Appearance.of(file)
        store.write_attributes(file, paper=1.0)
        for axes in ([1, 1], [0], [2, 0], [-1, 0]):
            file.attrs["axes"] = np.array(axes)
            with pytest.raises(ValueError, match=r"'axes' is .* expected each axis once"):
                Appearance.of(file)
