"""Distortions of images: against SciPy's interpolation, and against identities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates

from scrawl.nn import Array
from scrawl.nn.distortion import SHARD, Distortion, Warper, affine, smoothing

ALL = Distortion(1.5, 20, 0.2, 0.3, 1.0, 3.0)
SHAPES = [(28, 28), (9, 14), (12, 7, 3), (1, 20), (1, 1)]


def pictures(n: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, *shape), dtype=np.float32)


def warped(
    distortion: Distortion, images: Array, draws: NDArray[np.float64], background: float = 0
) -> Array:
    """Return what becomes of images (n, height, width, channels), given what is drawn."""
    results = np.empty_like(images)
    Warper(distortion, images.shape[1:], background).warp(images, results, draws)
    return results


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("background", [0.0, -0.4])
def test_images_are_what_scipy_interpolates_at_the_same_places(
    shape: tuple[int, ...], background: float
) -> None:
    height, width, channels = (*shape, 1)[:3]
    images, n = pictures(5, height, width, channels), 5
    rng = np.random.default_rng(3)
    draws, noise = rng.uniform(-1, 1, (n, 6)), rng.random((n, 2, height, width)) - 0.5
    warper, results = Warper(ALL, (height, width, channels), background), np.empty_like(images)
    warper.noise[:n] = noise
    warper.warp(images, results, draws)
    for image, result, draw, values in zip(images, results, draws, noise, strict=True):
        # What is done to an image, one after the other, as matrices of (row, column).
        scaled = np.diag(1 + 0.2 * draw[3:5])
        sheared = np.array([[1, 0], [0.3 * draw[5], 1]])
        angle = math.radians(20) * draw[2]
        turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        centre = np.array([height - 1, width - 1])[:, None, None] / 2
        moved = np.mgrid[:height, :width] - centre - 1.5 * draw[:2, None, None]
        back = np.linalg.inv(turned @ sheared @ scaled)
        places = np.einsum("ij,jyx->iyx", back, moved) + centre
        places += math.sqrt(12) * np.einsum(
            "yj,ijk,xk->iyx", gaussian(height, 3.0), values, gaussian(width, 3.0)
        )
        for channel in range(channels):
            expected = map_coordinates(
                image[..., channel].astype(np.float64),
                places,
                order=1,
                mode="grid-constant",
                cval=background,
            )
            np.testing.assert_allclose(result[..., channel], expected, atol=2e-5)


def gaussian(length: int, sigma: float) -> Any:
    """Return SciPy's smoothing as a matrix whose rows have length 1."""
    far = 6 * length  # so far away nothing mirrors or wraps into the matrix
    rows = gaussian_filter1d(np.eye(length + 2 * far), sigma, axis=1, truncate=far)
    rows = rows[far:-far, far:-far]
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_not_distorted_keeps_every_bit(shape: tuple[int, ...]) -> None:
    images = pictures(4, *(*shape, 1)[:3])
    unbent = Distortion(1.5, 20, 0.2, 0.3)
    assert np.array_equal(warped(unbent, images, np.zeros((4, 6)), 0.3), images)


@pytest.mark.parametrize("quarters", [1, -1])
@pytest.mark.parametrize("side", [8, 9])
def test_a_turn_by_90_degrees_is_that_of_numpy(quarters: int, side: int) -> None:
    images = pictures(3, side, side, 1)
    draws = np.zeros((3, 6))
    draws[:, 2] = quarters
    found = warped(Distortion(rotation_degrees=90), images, draws, background=5)
    np.testing.assert_allclose(found, np.rot90(images, quarters, axes=(1, 2)), atol=2e-5)


@pytest.mark.parametrize("by", [(0, 0), (2, 0), (0, -3), (-1, 2), (20, 0)])
@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3)])
def test_a_shift_by_whole_pixels_rolls_the_image_and_leaves_background(
    by: tuple[int, int], shape: tuple[int, ...]
) -> None:
    image, reach = pictures(1, *shape), max(map(abs, by))
    draws = np.zeros((1, 6))
    draws[0, :2] = np.array(by) / max(reach, 1)
    bordered = np.pad(image[0], [(20, 20)] * 2 + [(0, 0)] * (len(shape) - 2), constant_values=0.25)
    expected = np.roll(bordered, by, axis=(0, 1))[20:-20, 20:-20]
    found = warped(Distortion(shift_pixels=reach), image.reshape(1, *(*shape, 1)[:3]), draws, 0.25)
    np.testing.assert_allclose(found.reshape(shape), expected, atol=1e-6)


def test_an_image_that_is_enlarged_covers_more_pixels() -> None:
    square = np.zeros((1, 21, 21, 1), np.float32)
    square[0, 8:13, 8:13] = 1
    draws = np.zeros((1, 6))
    draws[0, 3:5] = 1, -1
    found = warped(Distortion(scale_share=0.4), square, draws)[0, ..., 0]
    height, width = found[:, 10].sum(), found[10].sum()
    assert (height, width) == pytest.approx((5 * 1.4, 5 * 0.6), abs=0.05)


def test_amounts_reach_their_bounds_and_no_further() -> None:
    draws = np.random.default_rng(0).uniform(-1, 1, (20_000, 6))
    maps = affine(Distortion(rotation_degrees=30, scale_share=0.2, shear_share=0.1), draws)
    determinants = np.linalg.det(maps[:, :, :2].astype(np.float64))
    # The area is multiplied by height × width, the way back by one over that.
    assert determinants.min() == pytest.approx(1 / 1.2**2, rel=0.01)
    assert determinants.max() == pytest.approx(1 / 0.8**2, rel=0.01)
    turns = affine(Distortion(rotation_degrees=30), draws)[:, 0]
    angles = np.degrees(np.arctan2(turns[:, 1], turns[:, 0]))
    assert (angles.min(), angles.max()) == pytest.approx((-30, 30), abs=0.01)
    assert angles.std() == pytest.approx(30 / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("sigma", [0.5, 4, 100])
def test_elastic_displacements_have_their_standard_deviation_at_every_pixel(sigma: float) -> None:
    warper = Warper(Distortion(elastic_pixels=1.5, elastic_sigma_pixels=sigma), (10, 6, 1), 0)
    rng = np.random.default_rng(0)
    fields = []
    for _ in range(200):
        warper.noise[...] = rng.random(warper.noise.shape) - 0.5
        fields.append(warper.displacements(SHARD).copy())
    found = np.concatenate(fields)
    np.testing.assert_allclose(found.std(axis=0), 1.5, rtol=0.06)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=0.1)
    alike = np.corrcoef(found[:, 0, 4, 2], found[:, 0, 4, 3])[0, 1]
    # of two Gaussians one pixel apart, where the border is far
    assert alike == pytest.approx(math.exp(-1 / (4 * sigma**2)), abs=0.12)


def test_smoothing_over_a_long_way_moves_everything_alike() -> None:
    np.testing.assert_allclose(smoothing(4, 1e6), np.full((4, 4), 0.5), rtol=1e-6)
    np.testing.assert_allclose(smoothing(4, 1e-3), np.eye(4))
