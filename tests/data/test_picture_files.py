"""Pictures as files: what is read, what is ink, where it is placed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scrawl.data import idx, picture_files
from scrawl.data.picture_files import read, shown

FIELD = (28, 28)

# 2 rows of 3 pixels, each one different.
GREY = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)


def only(path: Path) -> NDArray[np.float64]:
    (picture,) = read(path, FIELD)
    return picture.brightness


def stroke(ink: float, ground: float, shape: tuple[int, int] = (90, 60)) -> NDArray[np.float64]:
    """Draw an upright stroke of 40 × 8 pixels, off the middle."""
    picture = np.full(shape, ground)
    picture[10:50, 40:48] = ink
    return picture


# Reading.


def test_a_grey_picture_is_read_as_it_is(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    np.testing.assert_array_equal(only(tmp_path / "a.png"), GREY / 255)


def test_the_name_of_a_file_says_nothing_of_its_format(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.jpeg", format="PNG")
    np.testing.assert_array_equal(only(tmp_path / "a.jpeg"), GREY / 255)


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "CMYK", "LA", "RGBA"])
def test_every_kind_of_pixel_gives_black_and_white(tmp_path: Path, mode: str) -> None:
    black_and_white = np.array([[0, 255], [255, 0]], np.uint8)
    name = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(black_and_white).convert(mode).save(name)
    np.testing.assert_allclose(only(name), black_and_white / 255, atol=0.01)


def test_sixteen_bits_are_read_as_finely_as_they_are_written(tmp_path: Path) -> None:
    values = np.array([[0, 1, 40_000], [65_535, 256, 3]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    np.testing.assert_allclose(only(tmp_path / "a.png"), values / 65_535, atol=1e-12)


def test_a_photo_that_lies_on_its_side_is_set_upright(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    image.getexif()[0x0112] = 6  # to be turned clockwise by a quarter
    image.save(tmp_path / "a.png", exif=image.getexif())
    np.testing.assert_array_equal(only(tmp_path / "a.png"), np.rot90(GREY, -1) / 255)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_seen_whether_black_or_white(
    tmp_path: Path, ink: int
) -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)  # transparent
    pixels[10:30, 18:22] = (ink, ink, ink, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (picture,) = read(tmp_path / "a.png", FIELD)
    seen = shown(picture.brightness, FIELD)
    assert seen.ink is not None
    np.testing.assert_allclose(seen.ink.sum(), 20 * 4, rtol=1e-6)


def test_a_transparent_colour_of_a_palette_is_ground(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # both are black, but colour 1 is transparent
    image.save(tmp_path / "a.png", transparency=1)
    np.testing.assert_array_equal(only(tmp_path / "a.png"), [[0, 1], [1, 1]])


@pytest.mark.parametrize("name", ["a.idx", "a.idx.gz", "a.idx.xz", "a.npy"])
def test_files_of_arrays_hold_one_picture_or_many(tmp_path: Path, name: str) -> None:
    def write(array: NDArray[np.uint8]) -> Path:
        path = tmp_path / name
        if name.endswith("npy"):
            np.save(path, array)
        else:
            idx.write(path, array)
        return path

    np.testing.assert_array_equal(only(write(GREY[:, :2])), GREY[:, :2] / 255)
    several = list(read(write(np.stack([GREY.T, 255 - GREY.T])), FIELD))
    assert [one.name for one in several] == [f"{tmp_path / name}[{i}]" for i in (0, 1)]
    np.testing.assert_allclose(several[1].brightness, 1 - GREY.T / 255, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "white"),
    [([0, 1], 1), ([0.0, 0.25], 1), ([False, True], 1), ([0, 200], 255), ([0, 300], 65_535)],
)
def test_white_is_the_least_that_no_value_exceeds(
    tmp_path: Path, values: list[float], white: float
) -> None:
    np.save(tmp_path / "a.npy", np.array([values, values]))
    np.testing.assert_array_equal(only(tmp_path / "a.npy")[0], np.array(values) / white)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), r"shape \(5,\), expected grey pictures"),
        (np.zeros((5, 5, 3)), r"shape \(5, 5, 3\), expected grey pictures"),
        (np.zeros((0, 5)), "expected pixels"),
        (np.full((2, 2), -1.0), "values from -1 to -1, expected 0 for black"),
        (np.full((2, 2), np.nan), "values from nan"),
        (np.array([["a", "b"]]), "expected pixels"),
        (np.array([[{}, {}]]), "allow_pickle"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(
    tmp_path: Path, array: NDArray[np.float64], message: str
) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=message):
        list(read(tmp_path / "a.npy", FIELD))


def test_an_array_as_wide_as_there_are_colours_is_several_pictures_if_the_dataset_is(
    tmp_path: Path,
) -> None:
    np.save(tmp_path / "a.npy", np.zeros((5, 6, 4)))
    assert len(list(read(tmp_path / "a.npy", (6, 4)))) == 5


def test_damaged_and_foreign_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<html>")
    with pytest.raises(ValueError, match=r"a\.png: found none of the known formats, expected a"):
        list(read(tmp_path / "a.png", FIELD))
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50), np.uint8)).save(
        tmp_path / "b.png"
    )
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:900])
    with pytest.raises(ValueError, match=r"b\.png: a damaged or too large picture"):
        list(read(tmp_path / "b.png", FIELD))
    np.save(tmp_path / "c.npy", GREY)
    (tmp_path / "c.npy").write_bytes((tmp_path / "c.npy").read_bytes()[:-2])
    with pytest.raises(ValueError, match=r"c\.npy: not a whole NumPy file"):
        list(read(tmp_path / "c.npy", FIELD))


# What is shown to a network.


@pytest.mark.parametrize(("ink", "ground"), [(0.0, 1.0), (1.0, 0.0), (0.1, 0.4), (0.9, 0.6)])
def test_ink_is_what_differs_from_the_border_dark_or_light(ink: float, ground: float) -> None:
    seen = shown(stroke(ink, ground), FIELD)
    # 40 × 8 becomes 20 × 4; 14 - 9.5 and 14 - 1.5 round to the even 4 and 12.
    expected = np.zeros(FIELD)
    expected[4:24, 12:16] = 1.0
    assert seen.ink is not None
    np.testing.assert_allclose(seen.ink, expected, atol=1e-9)
    assert seen.words == f"90 × 60, {'dark on light' if ink < ground else 'light on dark'}, centred"


def test_thin_ink_is_as_strong_as_any() -> None:
    picture = np.ones((400, 400))
    picture[100:300, 200] = 0.0
    seen = shown(picture, FIELD)
    assert seen.ink is not None
    assert seen.ink.max() == 1.0


def test_grain_and_shadow_are_no_ink() -> None:
    rng = np.random.default_rng(0)
    light = np.linspace(1.0, 0.8, 90)[:, None]  # from top to bottom
    photo = stroke(0.1, 0.85) * light + 0.02 * rng.standard_normal((90, 60))
    seen, clean = shown(np.clip(photo, 0, 1), FIELD), shown(stroke(0.0, 1.0), FIELD)
    assert seen.ink is not None
    assert clean.ink is not None
    assert np.count_nonzero(seen.ink) == np.count_nonzero(clean.ink)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_picture_of_the_datasets_size_is_only_turned_to_light_on_dark(inverted: bool) -> None:
    image = np.zeros(FIELD)
    image[1:4, 2:20] = 0.3  # neither centred nor at full strength
    seen = shown(1 - image if inverted else image, FIELD)
    assert seen.ink is not None
    np.testing.assert_allclose(seen.ink, image, atol=1e-12)
    assert seen.words.endswith("as it is")


def test_a_photo_of_the_datasets_size_is_centred_like_any() -> None:
    seen = shown(stroke(0.1, 0.7, (90, 60)), (90, 60))
    assert seen.words.endswith("centred")


@pytest.mark.parametrize("ground", [0.0, 0.5, 1.0])
def test_paper_with_nothing_on_it_is_blank(ground: float) -> None:
    grain = np.random.default_rng(0).uniform(-0.04, 0.04, (50, 40))
    for picture in (np.full(FIELD, ground), np.clip(ground + grain, 0, 1)):
        seen = shown(picture, FIELD)
        assert seen.ink is None
        assert seen.words.endswith("blank")


def test_every_pixel_counts_of_a_picture_of_one_pixel() -> None:
    assert shown(np.array([[0.5]]), FIELD).ink is None


def test_pillow_is_not_loaded_for_arrays() -> None:
    assert "PIL" not in vars(picture_files)


def test_a_thin_stroke_is_made_as_white_as_a_broad_one() -> None:
    page = np.ones((280, 280))
    page[np.arange(40, 240), np.arange(40, 240)] = 0  # a tenth of a pixel broad, when scaled
    ink = shown(page, (28, 28)).ink
    assert ink is not None
    assert ink.max() == 1
