"""The scattering layer of the study of records, against properties of wavelets."""

from __future__ import annotations

import runpy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from project import STUDIES
from scrawl.nn.diagnosis.parts import layer_fault

scattering = SimpleNamespace(**runpy.run_path(str(STUDIES / "records/scattering.py")))
ANGLES: int = scattering.ANGLES
SCALES: int = scattering.SCALES


def layer(shape: tuple[int, int], dtype: type = np.float64) -> Any:
    made = scattering.Scattering(shape)
    made.connect((shape[0] * shape[1],))
    made.reserve(4, dtype)
    return made


def moduli(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (paths, batch, rows, columns), those of the first moduli at [scale][angle]."""
    return np.stack(list(layer((28, 28)).paths(images)))


def first(scale: int, angle: int) -> int:
    """Return the place of a first modulus: those of the finest scale have others behind them."""
    behind = 1 + ANGLES * (SCALES - 1)
    return 1 + angle * behind if scale == 0 else 1 + ANGLES * behind + angle


@pytest.mark.parametrize("shape", [(28, 28), (16, 40), (9, 13)])
def test_gradients_are_the_slopes(shape: tuple[int, int]) -> None:
    images: Any = np.random.default_rng(0).random((4, shape[0] * shape[1]))
    images[:2, : images.shape[1] // 2] = 0  # paper, where waves vanish
    assert layer_fault(layer(shape), images, {}) is None


@pytest.mark.parametrize("scale", range(SCALES))
@pytest.mark.parametrize("angle", range(ANGLES))
def test_a_wave_is_answered_by_the_wavelet_of_its_direction(scale: int, angle: int) -> None:
    y, x = np.mgrid[:32, :32]
    theta = np.pi * angle / ANGLES
    wave = np.cos(0.75 * np.pi / 2**scale * (x * np.cos(theta) + y * np.sin(theta)))
    answers = moduli(wave[None])[:, 0, 3:5, 3:5].mean(axis=(1, 2))
    by_wavelet = {(s, a): answers[first(s, a)] for s in range(SCALES) for a in range(ANGLES)}
    assert max(by_wavelet, key=by_wavelet.__getitem__) == (scale, angle)


def test_a_shift_by_one_step_moves_the_averages_by_one() -> None:
    image = np.zeros((1, 32, 32))
    image[0, 8:20, 10:18] = np.random.default_rng(1).random((12, 8))
    moved = np.roll(image, (scattering.STEP, -scattering.STEP), axis=(1, 2))
    expected = np.roll(moduli(image), (1, -1), axis=(2, 3))
    np.testing.assert_allclose(moduli(moved), expected, atol=1e-12)


def test_an_even_image_is_answered_by_its_average_alone() -> None:
    answers = moduli(np.full((1, 32, 32), 0.7))
    np.testing.assert_allclose(answers[0], 0.7)
    first_ones = [first(s, a) for s in range(SCALES) for a in range(ANGLES)]
    np.testing.assert_allclose(answers[first_ones], scattering.SMOOTH, atol=1e-9)


def test_features_have_mean_0_and_variance_1() -> None:
    made = layer((28, 28), np.float32)
    images = np.random.default_rng(2).random((70, 784)).astype(np.float32)  # more than a block
    features = made.forward(images, training=False)
    assert features.shape == (70, made.n_out) == (70, 81 * 8 * 8)
    np.testing.assert_allclose(features.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(features.std(axis=1), 1, rtol=1e-4)
    alone = made.forward(images[41:42], training=False)
    np.testing.assert_allclose(alone[0], features[41], atol=1e-4)


def test_colour_is_refused_with_the_shape_found() -> None:
    with pytest.raises(ValueError, match=r"found images of shape \(28, 28, 3\), expected grey"):
        scattering.Scattering((28, 28, 3))
