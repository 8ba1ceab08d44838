"""Pictures as files: formats, bits, transparency, arrays, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, features

from scrawl.data import idx, picture_files
from scrawl.data.picture_files import Arrays, pictures_of, read

# 2 rows of 3 pixels, each one different.
GREY = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)


def pictures(path: Path, channels: int = 1) -> list[picture_files.Picture]:
    found = read(path, channels=channels)
    return list(pictures_of(found) if isinstance(found, Arrays) else found)


def only(path: Path, channels: int = 1) -> NDArray[np.float64]:
    (picture,) = pictures(path, channels)
    return picture.values


def test_a_grey_picture_is_read_as_it_is(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    np.testing.assert_array_equal(only(tmp_path / "a.png"), GREY / 255)


def test_the_name_of_a_file_says_nothing_of_its_format(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.jpeg", format="PNG")
    np.testing.assert_array_equal(only(tmp_path / "a.jpeg"), GREY / 255)


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "CMYK", "LA", "RGBA", "YCbCr", "LAB"])
def test_every_kind_of_pixel_gives_black_and_white(tmp_path: Path, mode: str) -> None:
    black_and_white = np.array([[0, 255], [255, 0]], np.uint8)
    name = tmp_path / ("a.tif" if mode in {"CMYK", "YCbCr", "LAB"} else "a.png")
    image = Image.fromarray(black_and_white)
    (image.convert("RGB") if mode in {"YCbCr"} else image).convert(
        mode if mode != "LAB" else "RGB"
    ).save(name)
    np.testing.assert_allclose(only(name), black_and_white / 255, atol=0.01)


FORMATS = [
    ("PNG", {}),
    ("BMP", {}),
    ("TGA", {}),
    ("TGA", {"compression": "tga_rle"}),
    ("TIFF", {}),
    ("GIF", {}),
    ("PPM", {}),
    ("WEBP", {"lossless": True}),
    ("JPEG2000", {}),
    ("AVIF", {"quality": 100}),
    ("JPEG", {"quality": 100}),
    ("ICO", {"sizes": [(32, 32)]}),
]


@pytest.mark.parametrize(("kind", "options"), FORMATS)
def test_every_format_of_the_installed_pillow_is_read(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    needed = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}.get(kind)
    if needed and not features.check(needed):
        pytest.skip(f"this Pillow has no {kind}")
    page = np.full((32, 32), 255, np.uint8)
    page[4:28, 12:20] = 0
    Image.fromarray(page).save(tmp_path / "a", format=kind, **options)
    np.testing.assert_allclose(only(tmp_path / "a"), page / 255, atol=0.03)


def test_a_heic_picture_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    with pytest.raises(ValueError, match=r"a\.jpg: found a HEIC picture.*save it as JPEG or PNG"):
        pictures(tmp_path / "a.jpg")


def test_a_file_that_holds_eps_starts_no_program(tmp_path: Path) -> None:
    header = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    (tmp_path / "a.png").write_bytes(header)
    started = tmp_path / "started"
    for name in ("gs", "gswin64c"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {started}\n")
        (tmp_path / name).chmod(0o755)
    script = (
        "import sys; from pathlib import Path; from scrawl.data.picture_files import read\n"
        "list(read(Path(sys.argv[1])))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.png")],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "found none of the known formats" in result.stderr
    assert not started.exists()


def test_a_small_file_of_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (13_000, 13_000)).save(tmp_path / "a.png")
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from scrawl.data.picture_files import read\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "list(read(Path(sys.argv[1])))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.png")],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "found 13000 × 13000 pixels, expected at most 80,000,000" in result.stderr


def test_a_large_picture_is_made_smaller_by_the_mean_of_its_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    large = rng.integers(0, 256, (3000, 2050), np.uint8)
    Image.fromarray(large).save(tmp_path / "a.png")
    means = large.reshape(1500, 2, 1025, 2).mean(axis=(1, 3)) / 255
    np.testing.assert_allclose(only(tmp_path / "a.png"), means, atol=0.5 / 255 + 1e-9)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_ten_twelve_and_sixteen_bits_are_read_as_finely_as_they_are_written(
    tmp_path: Path, bits: int
) -> None:
    white = 2**bits - 1
    values = np.array([[0, 1, white // 2], [white, 256, 3]], np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(values).save(tmp_path / name)
        np.testing.assert_allclose(only(tmp_path / name), values / white, atol=1e-12)


def test_a_photo_that_lies_on_its_side_is_set_upright(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    image.getexif()[0x0112] = 6  # to be turned clockwise by a quarter
    image.save(tmp_path / "a.png", exif=image.getexif())
    np.testing.assert_array_equal(only(tmp_path / "a.png"), np.rot90(GREY, -1) / 255)


def test_every_page_of_a_tiff_and_a_gif_is_a_picture(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((3, 4), level, np.uint8)) for level in (0, 100, 255)]
    for name in ("a.tif", "a.gif"):
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
        found = pictures(tmp_path / name)
        assert [one.name for one in found] == [f"{tmp_path / name}[{i}]" for i in range(3)]
        assert [round(255 * one.values.mean()) for one in found] == [0, 100, 255]


def test_a_transparent_colour_of_a_palette_is_ground(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # both are black, but colour 1 is transparent
    image.save(tmp_path / "a.png", transparency=1)
    np.testing.assert_array_equal(only(tmp_path / "a.png"), [[0, 1], [1, 1]])


def test_transparent_edges_of_a_screenshot_are_paper_like_its_own(tmp_path: Path) -> None:
    pixels = np.full((100, 100, 4), 255, np.uint8)
    pixels[30:70, 45:55, :3] = 20
    pixels[[0, 1, -1, -2]] = pixels[:, [0, 1, -1, -2]] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    expected = np.ones((100, 100))
    expected[30:70, 45:55] = 20 / 255
    np.testing.assert_allclose(only(tmp_path / "a.png"), expected, atol=1e-9)


def test_colours_are_kept_for_networks_that_know_them(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    np.testing.assert_array_equal(only(tmp_path / "a.png", 3), colours / 255)
    assert only(tmp_path / "a.png").shape == (4, 5)


# Arrays.


@pytest.mark.parametrize("name", ["a.idx", "a.idx.gz", "a.idx.xz", "a.npy"])
def test_files_of_arrays_hold_one_picture_or_many(tmp_path: Path, name: str) -> None:
    def write(array: NDArray[np.uint8]) -> Path:
        path = tmp_path / name
        if name.endswith("npy"):
            np.save(path, array)
        else:
            idx.write(path, array)
        return path

    np.testing.assert_array_equal(only(write(GREY[:, 1:])), GREY[:, 1:] / 255)
    several = pictures(write(np.stack([GREY.T, 255 - GREY.T])))
    assert [one.name for one in several] == [f"{tmp_path / name}[{i}]" for i in (0, 1)]
    np.testing.assert_allclose(several[1].values, 1 - GREY.T / 255, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "white"),
    [
        ([0, 1], 1),
        ([0.0, 0.25], 1),
        ([False, True], 1),
        ([0, 15], 16),
        ([0, 200], 255),
        ([0, 300], 1023),
        ([0, 40_000], 65_535),
    ],
)
def test_white_is_the_least_that_no_value_exceeds(
    tmp_path: Path, values: list[float], white: float
) -> None:
    np.save(tmp_path / "a.npy", np.array([values, values]))
    np.testing.assert_array_equal(only(tmp_path / "a.npy")[0], np.array(values) / white)


def test_floats_a_little_beyond_white_are_white_and_minus_one_is_black(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[-0.02, 0.5, 1.02]]))
    np.testing.assert_array_equal(only(tmp_path / "a.npy"), [[0, 0.5, 1]])
    np.save(tmp_path / "a.npy", np.array([[-1.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(only(tmp_path / "a.npy"), [[0, 0.5, 1]])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), r"shape \(5,\), expected pictures"),
        (np.zeros((5, 5, 2, 2)), r"shape \(5, 5, 2, 2\), expected pictures"),
        (np.zeros((0, 5)), "expected pixels"),
        (np.full((2, 2), -3.0), "values from -3 to -3, expected 0 for black"),
        (np.full((2, 2), np.nan), "not finite"),
        (np.array([["a", "b"]]), "expected pixels"),
        (np.array([[{}, {}]]), "not a whole NumPy file"),
        (np.zeros((2, 2), [("a", int)]), "expected pixels"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(
    tmp_path: Path, array: NDArray[np.float64], message: str
) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=message):
        pictures(tmp_path / "a.npy")


def test_an_array_that_promises_terabytes_claims_no_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((9, 8), np.uint8))
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content.replace(b"(9, 8)", b"(9999999, 999999)", 1))
    with pytest.raises(ValueError, match=r"a\.npy: not a whole NumPy file"):
        pictures(tmp_path / "a.npy")


def test_damaged_and_foreign_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<html>")
    with pytest.raises(ValueError, match=r"a\.png: found none of the known formats, expected a"):
        pictures(tmp_path / "a.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50), np.uint8)).save(
        tmp_path / "b.png"
    )
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:900])
    with pytest.raises(ValueError, match=r"b\.png: a damaged, too large or unknown picture"):
        pictures(tmp_path / "b.png")
    np.save(tmp_path / "c.npy", GREY)
    (tmp_path / "c.npy").write_bytes((tmp_path / "c.npy").read_bytes()[:-2])
    with pytest.raises(ValueError, match=r"c\.npy: not a whole NumPy file"):
        pictures(tmp_path / "c.npy")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    for name in ("a.png", "."):
        with pytest.raises(ValueError, match="found no regular file"):
            pictures(tmp_path / name)


def test_pillow_is_not_loaded_for_arrays() -> None:
    assert "PIL" not in vars(picture_files)


def npy(header: bytes) -> bytes:
    """Return a NumPy file of version 1 with this header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


DDS = b"DDS " + (124).to_bytes(4, "little") + bytes(68) + (32).to_bytes(4, "little")
SHAPE = b"{'descr': '<f4', 'fortran_order': False, 'shape': "


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", npy(SHAPE + b"(2, 2)")),
        ("a.npy", npy(b"(" * 5000)),
        ("a.npy", npy(SHAPE + b"(1" + b"0" * 23 + b",), }")),
        ("a.dds", DDS + (1 << 20).to_bytes(4, "little") + bytes(512)),
    ],
    ids=["without its brace", "parentheses", "beyond 64 bits", "unknown pixels"],
)
def test_headers_that_cannot_be_meant_are_refused_in_words(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.(npy|dds): (not a whole NumPy|a damaged)"):
        pictures(tmp_path / name)
