"""Corruptions: against SciPy, Pillow and probability theory, and against identities."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, stats

from scrawl.data import idx
from scrawl.data.corruptions import geometry, resolution, values
from scrawl.data.corruptions.catalogue import BLOCK, CORRUPTIONS, corrupted, drawn, of_values
from scrawl.nn import Array

GLYPHS = Path(__file__).parents[3] / "data/glyphs/test-images.idx.gz"
SHAPES = [(28, 28, 1), (9, 14, 1), (12, 7, 3), (1, 20, 1), (1, 1, 1), (5, 6, 2)]
BY_NAME = pytest.mark.parametrize("name", CORRUPTIONS)


@pytest.fixture(scope="module")
def digits() -> Array:
    """Amounts of ink of 100 digits, (n, 28, 28, 1)."""
    return (idx.read(GLYPHS)[:100, ..., None] / 255).astype(np.float32)


def pictures(n: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, *shape), dtype=np.float32)


def wide_stroke() -> Array:
    ink = np.zeros((1, 30, 30, 1), np.float32)
    ink[:, 5:25, 10:20] = 1
    return ink


@BY_NAME
def test_each_severity_takes_digits_further_from_what_they_were(name: str, digits: Array) -> None:
    distances = [float(np.abs(image - digits).mean()) for image in corrupted(name, digits)]
    assert [0.0, *distances] == sorted({0.0, *distances})


@BY_NAME
@pytest.mark.parametrize("shape", SHAPES)
def test_values_stay_amounts_of_ink_in_images_of_any_shape(
    name: str, shape: tuple[int, ...]
) -> None:
    images = pictures(3, *shape)
    for severity in corrupted(name, images.copy()):
        assert severity.shape == images.shape
        assert severity.dtype == np.float32
        assert 0 <= severity.min() <= severity.max() <= 1


@BY_NAME
def test_images_given_are_not_changed(name: str, digits: Array) -> None:
    images = digits[:3].copy()
    list(corrupted(name, images))
    np.testing.assert_array_equal(images, digits[:3])


@BY_NAME
def test_an_image_by_itself_becomes_what_it_becomes_among_others(name: str, digits: Array) -> None:
    together = list(corrupted(name, digits, first=7))
    number = BLOCK + 5
    alone = list(corrupted(name, digits[number : number + 1], first=7 + number))
    for severity, images in zip(alone, together, strict=True):
        np.testing.assert_allclose(severity[0], images[number], atol=1e-5)


@BY_NAME
def test_a_seed_reproduces_every_bit(name: str, digits: Array) -> None:
    first, second = (list(corrupted(name, digits[:5], seed=3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["rotation", "elastic", "gaussian noise", "shot noise", "stripes"])
def test_another_seed_is_other_luck(name: str, digits: Array) -> None:
    first, second = (list(corrupted(name, digits[:20], seed=seed))[2] for seed in (0, 1))
    assert np.abs(first - second).max() > 0.1


WITHOUT_PAPER = {"gaussian noise", "salt and pepper", "brightness", "inversion", "stripes"}


@pytest.mark.parametrize("name", sorted(CORRUPTIONS.keys() - WITHOUT_PAPER))
def test_an_empty_sheet_stays_empty(name: str) -> None:
    for severity in corrupted(name, np.zeros((2, 12, 10, 1), np.float32)):
        np.testing.assert_allclose(severity, 0, atol=0.02)  # JPEG rounds


def test_rotation_is_what_scipy_rotates(digits: Array) -> None:
    for draw, degrees in ((0.2, -30), (0.8, 30)):
        found = geometry.rotated(digits[:1], 30, np.array([[draw]], np.float32))
        expected = ndimage.rotate(digits[:1], degrees, axes=(2, 1), reshape=False, order=1)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_blur_is_what_scipy_blurs() -> None:
    images = np.pad(pictures(2, 8, 8, 3), [(0, 0), (20, 20), (20, 20), (0, 0)])
    expected = ndimage.gaussian_filter(images, (0, 2.4, 2.4, 0), truncate=8)
    np.testing.assert_allclose(resolution.blurred(images, 0.05), expected, atol=1e-5)


@pytest.mark.parametrize(("change", "scipy"), [
    (geometry.thicker, ndimage.grey_dilation), (geometry.thinner, ndimage.grey_erosion),
])  # fmt: skip
def test_strokes_of_whole_pixels_are_what_scipy_grows(change: Any, scipy: Any) -> None:
    images = pictures(2, 12, 12, 1)
    cross = ndimage.generate_binary_structure(2, 1)
    once, twice = (change(images, pixels / 12)[..., 0] for pixels in (1, 2))
    for image, first, second in zip(images[..., 0], once, twice, strict=True):
        expected = scipy(image, footprint=cross)
        np.testing.assert_allclose(first, expected, atol=1e-6)
        np.testing.assert_allclose(second, scipy(expected, size=(3, 3)), atol=1e-6)


@pytest.mark.parametrize("pixels", [0.3, 1, 1.75])
def test_outlines_of_a_stroke_move_by_as_many_pixels(pixels: float) -> None:
    stroke, share = wide_stroke(), pixels / 30
    widths = [
        float(change(stroke, share)[0, 15].sum()) for change in (geometry.thinner, geometry.thicker)
    ]
    np.testing.assert_allclose(widths, [10 - 2 * pixels, 10 + 2 * pixels], atol=1e-5)


def test_gaussian_noise_has_the_standard_deviation_that_its_amount_names() -> None:
    grey = np.full((32, 28, 28, 1), 0.5, np.float32)
    noise = next(corrupted("gaussian noise", grey)) - grey  # 0.1: five deviations to either end
    n = noise.size
    assert abs(noise.mean()) < 5 * 0.1 / math.sqrt(n)
    assert abs(noise.std() - 0.1) < 5 * 0.1 / math.sqrt(2 * n)


@pytest.mark.parametrize("photons", [2, 20])
def test_shot_noise_counts_are_scipys_poisson_quantiles(photons: float) -> None:
    images, luck = pictures(3, 16, 16, 1), pictures(3, 16, 16, 1, seed=1)
    counts = photons * values.as_shot(images, photons, luck)
    expected = stats.poisson.ppf(luck.astype(float), photons * images.astype(float))
    np.testing.assert_allclose(counts, expected, atol=1e-4)


def test_shot_noise_has_mean_and_variance_of_a_poisson_distribution() -> None:
    grey = np.full((64, 28, 28, 1), 0.3, np.float32)
    luck = drawn("shot noise", of_values, (28, 28, 1), range(64), 0)
    counts, n = 10 * values.as_shot(grey, 10, luck).astype(float), grey.size
    # A variance of λ, whose own deviation is √((λ + 2λ²)/n) for a Poisson distribution.
    assert abs(counts.mean() - 3) < 5 * math.sqrt(3 / n)
    assert abs(counts.var() - 3) < 5 * math.sqrt((3 + 2 * 9) / n)


def test_salt_and_pepper_alter_as_many_pixels_as_their_amount_says() -> None:
    grey = np.full((32, 28, 28, 1), 0.5, np.float32)
    worst = list(corrupted("salt and pepper", grey))[-1]
    n = grey.size
    for extreme in (0, 1):
        share = np.mean(worst == extreme)
        assert abs(share - 0.15) < 5 * math.sqrt(0.15 * 0.85 / n)
    assert np.isin(worst, [0, 0.5, 1]).all()


def test_contrast_is_lost_around_the_mean(digits: Array) -> None:
    for amount, images in zip(
        (0.4, 0.55, 0.7, 0.8, 0.9), corrupted("contrast", digits), strict=True
    ):
        deviation, mean = (getattr(images, name)(axis=(1, 2, 3)) for name in ("std", "mean"))
        np.testing.assert_allclose(deviation, (1 - amount) * digits.std(axis=(1, 2, 3)), rtol=1e-4)
        np.testing.assert_allclose(mean, digits.mean(axis=(1, 2, 3)), rtol=1e-4)


def test_the_last_inversion_is_that_of_the_whole_image(digits: Array) -> None:
    np.testing.assert_allclose(list(corrupted("inversion", digits))[-1], 1 - digits, atol=1e-6)


@pytest.mark.parametrize("draw", [0.1, 0.4, 0.6, 0.9])
def test_an_inverted_part_is_as_large_as_its_amount(draw: float) -> None:
    found = values.inverted(
        np.zeros((1, 7, 11, 1), np.float32), 0.3, np.array([[draw]], np.float32)
    )
    assert found.mean() == pytest.approx(0.3)


def test_an_occluded_square_has_the_side_of_its_amount() -> None:
    full = np.ones((1, 28, 40, 1), np.float32)
    found = values.blanked(full, 0.25, np.array([[0.31, 0.77]], np.float32))
    assert (1 - found).sum() == pytest.approx((0.25 * 28) ** 2, rel=1e-4)


def test_stripes_are_as_many_as_their_amount_says() -> None:
    sheet = np.zeros((1, 28, 28, 1), np.float32)
    found = values.ruled(sheet, 4, np.array([[0.5, 0.1]], np.float32))[0, :, 0, 0]
    assert ndimage.label(found > 0)[1] == 4
    assert found.sum() == pytest.approx(4 * 28 / 14)


def test_pixelation_is_the_mean_of_each_larger_pixel() -> None:
    images = pictures(2, 8, 12, 3)
    means = images.reshape(2, 4, 2, 6, 2, 3).mean(axis=(2, 4))
    expected = means.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(resolution.pixelated(images, 0.5), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 14, 3)])
def test_many_images_in_one_jpeg_are_what_each_is_in_its_own(shape: tuple[int, ...]) -> None:
    images = pictures(5, *shape)
    for found, image in zip(resolution.compressed(images, 20), images, strict=True):
        np.testing.assert_allclose(found, alone_as_jpeg(image, 20), atol=1e-6)


def alone_as_jpeg(image: Array, quality: int) -> NDArray[np.float64]:
    file = BytesIO()
    levels = np.rint(255 * image).astype(np.uint8)
    picture = Image.fromarray(levels.squeeze())
    picture.save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file)).reshape(image.shape) / 255
