"""Pictures as images of a dataset: its own files exactly, all others by their ink."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.data.preprocessing import Seen, seen

MNIST = Appearance()
INVERTED = Appearance(255, 0)


def dataset(
    look: Appearance = MNIST, shape: tuple[int, ...] = (28, 28), scale: float = 255.0
) -> Dataset:
    return Dataset(("a", "b"), shape, "unit", 0.0, scale, look)


def one(path: Path, of: Dataset) -> Seen:
    (found,) = [picture for block in seen(path, of) for picture in block]
    return found


def pixels(path: Path, of: Dataset) -> NDArray[Any]:
    found = one(path, of).pixels
    assert found is not None
    return found


def stroke(ink: float, ground: float, shape: tuple[int, int] = (90, 60)) -> NDArray[np.uint8]:
    """Draw an upright stroke of 40 × 8 pixels, off the middle."""
    picture = np.full(shape, ground)
    picture[10:50, 40:48] = ink
    return (255 * picture).astype(np.uint8)


@pytest.mark.parametrize(("ink", "ground"), [(0.0, 1.0), (1.0, 0.0), (0.1, 0.4), (0.9, 0.6)])
@pytest.mark.parametrize(
    "look",
    [  # not centred: lines keep their width, which test_line_width.py is about
        Appearance(centred=False),
        Appearance(255, 0, centred=False),
        Appearance(-1, 1, centred=False, pixel_type="float32"),
    ],
)
def test_ink_gets_the_datasets_ink_and_place_dark_or_light(
    tmp_path: Path, ink: float, ground: float, look: Appearance
) -> None:
    Image.fromarray(stroke(ink, ground)).save(tmp_path / "a.png")
    found = one(tmp_path / "a.png", dataset(look))
    # 40 × 8 becomes 20 × 4; 14 - 9.5 and 14 - 1.5 round to the even 4 and 12.
    expected = np.full((28, 28), look.paper)
    expected[4:24, 12:16] = look.ink
    assert found.pixels is not None
    np.testing.assert_allclose(found.pixels, expected, atol=1e-9)
    kind = "dark on light" if ink < ground else "light on dark"
    assert found.words == f"60 × 90, {kind}, centred"


def test_ink_fills_as_much_as_the_datasets_does(tmp_path: Path) -> None:
    Image.fromarray(stroke(0, 1)).save(tmp_path / "a.png")
    look = Appearance(centred=False, box=1.0)
    inked = pixels(tmp_path / "a.png", dataset(look)) > 0
    assert np.flatnonzero(inked.any(axis=1))[[0, -1]].tolist() == [0, 27]


@pytest.mark.parametrize("look", [MNIST, INVERTED])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_picture_of_the_datasets_size_is_only_turned(
    tmp_path: Path, look: Appearance, inverted: bool
) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[1:4, 2:20] = 80  # neither centred nor at full strength
    Image.fromarray(255 - image if inverted else image).save(tmp_path / "a.png")
    found = one(tmp_path / "a.png", dataset(look))
    expected = image if look is MNIST else 255 - image
    assert found.pixels is not None
    np.testing.assert_allclose(found.pixels, expected, atol=1e-9)
    assert found.words.endswith("as it is")


def test_a_photo_of_the_datasets_size_is_centred_like_any(tmp_path: Path) -> None:
    Image.fromarray(stroke(0.1, 0.7)).save(tmp_path / "a.png")
    assert one(tmp_path / "a.png", dataset(shape=(90, 60))).words.endswith("centred")


def test_a_thin_stroke_is_made_as_strong_as_a_broad_one(tmp_path: Path) -> None:
    page = np.full((280, 280), 255, np.uint8)
    page[np.arange(40, 240), np.arange(40, 240)] = 0  # a tenth of a pixel broad, when scaled
    Image.fromarray(page).save(tmp_path / "a.png")
    assert pixels(tmp_path / "a.png", dataset()).max() == pytest.approx(255)


@pytest.mark.parametrize("shape", [(10, 784), (10, 28, 28), (10, 28, 28, 1), (10, 1, 28, 28)])
@pytest.mark.parametrize("kind", ["npy", "idx"])
def test_arrays_of_a_datasets_images_are_taken_whatever_their_axes(
    tmp_path: Path, shape: tuple[int, ...], kind: str
) -> None:
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 10, 3:20] = 20 * np.arange(1, 11)[:, None]
    path = tmp_path / f"a.{kind}"
    if kind == "npy":
        np.save(path, images.reshape(shape))
    else:
        idx.write(path, images.reshape(shape))
    found = [picture for block in seen(path, dataset(), rows=4) for picture in block]
    assert [picture.name for picture in found] == [f"{path}[{i}]" for i in range(10)]
    for picture, image in zip(found, images, strict=True):
        assert picture.pixels is not None
        np.testing.assert_array_equal(picture.pixels, image)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (1, 28, 28), (784,)])
def test_a_single_image_is_one_picture(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[10, 3:20] = 200
    np.save(tmp_path / "a.npy", image.reshape(shape))
    np.testing.assert_array_equal(pixels(tmp_path / "a.npy", dataset()), image)


def test_floats_to_a_little_beyond_one_are_in_the_datasets_values(tmp_path: Path) -> None:
    image = np.zeros((3, 28, 28))
    image[:, 10:20, 12:15] = 1.02
    np.save(tmp_path / "a.npy", image)
    first = next(seen(tmp_path / "a.npy", dataset()))[0]
    assert first.pixels is not None
    assert first.pixels.max() == 255


def test_an_array_in_another_unit_than_the_dataset_is_converted(tmp_path: Path) -> None:
    image = np.zeros((2, 28, 28), np.uint8)
    image[:, 10:20, 12:15] = 255
    np.save(tmp_path / "a.npy", image)
    first = next(seen(tmp_path / "a.npy", dataset(Appearance(0, 15))))[0]
    assert first.pixels is not None
    assert (first.pixels.min(), first.pixels.max()) == (0, 15)


def test_colours_are_scaled_as_a_whole_for_a_dataset_in_colour(tmp_path: Path) -> None:
    page = np.zeros((64, 64, 3), np.uint8)
    page[:32, :, 0] = 255
    Image.fromarray(page).save(tmp_path / "a.png")
    of = dataset(Appearance(0, 255, on_paper=False), (32, 32, 3))
    expected = np.zeros((32, 32, 3))
    expected[:16, :, 0] = 255
    np.testing.assert_allclose(pixels(tmp_path / "a.png", of), expected, atol=1e-9)


def test_a_grey_picture_is_shown_to_a_network_for_one_channel(tmp_path: Path) -> None:
    Image.fromarray(stroke(0, 1)).save(tmp_path / "a.png")
    assert pixels(tmp_path / "a.png", dataset(shape=(28, 28, 1))).shape == (28, 28, 1)


def test_images_that_are_no_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"trained on images of shape \(7,\)"):
        list(seen(tmp_path / "a.png", dataset(shape=(7,))))
