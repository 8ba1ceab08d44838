"""Uneven light is evened and hard edges are smoothed, and only where the images ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import convolve

from project import HOUSE
from scrawl.artifacts.appearance import Appearance
from scrawl.data import idx
from scrawl.data.appearance_detection import look
from scrawl.data.treatment import evened, smoothed, treated
from scrawl.settings.dataset import Preparation

GLYPHS = idx.read(HOUSE / "data/glyphs/test-images.idx.gz")[:300]
LIGHT = np.linspace(0.4, 1, len(GLYPHS))[:, None, None]
DARK_ON_LIGHT = 220 - 0.7 * GLYPHS


def found(images: NDArray[Any], **settings: Any) -> Appearance:
    chosen = np.ones(len(images), bool)
    return look(images, chosen, Preparation(**settings)).appearance


KINDS: dict[str, tuple[NDArray[Any], tuple[str, ...]]] = {
    "as they are": (GLYPHS, ()),
    "inverted": (255 - GLYPHS, ()),
    "0 and 1": ((GLYPHS > 127).astype(np.uint8), ("smoothed",)),
    "0 and 255, dark": (np.where(GLYPHS > 127, 0, 255).astype(np.uint8), ("smoothed",)),
    "-1 and 1": (np.where(GLYPHS > 127, 1.0, -1.0).astype(np.float32), ("smoothed",)),
    "one channel": ((GLYPHS > 127).astype(np.uint8)[..., None], ("smoothed",)),
    "three levels": ((GLYPHS // 100).astype(np.uint8), ()),
    "dark, in the same light": (np.rint(DARK_ON_LIGHT).astype(np.uint8), ()),
    "dark, in uneven light": (np.rint(DARK_ON_LIGHT * LIGHT).astype(np.uint8), ("evened",)),
    "as floats": ((DARK_ON_LIGHT * LIGHT / 255).astype(np.float32), ("evened",)),
    "light on dark, in uneven light": (np.rint(GLYPHS * LIGHT).astype(np.uint8), ()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_treatment_follows_from_the_images(kind: str) -> None:
    images, treatment = KINDS[kind]
    assert found(images).treatment == treatment


@pytest.mark.parametrize("settings", [{"normalisation": "none"}, {"stored_as": "uint8"}])
def test_pixels_that_are_to_stay_as_they_are_get_no_treatment_and_a_warning(
    settings: dict[str, Any],
) -> None:
    images, _ = KINDS["0 and 1"]
    seen = look(images, np.ones(len(images), bool), Preparation(**settings))
    assert seen.appearance.treatment == ()
    assert any("keeps pixels as they are" in warning for warning in seen.warnings)


def test_evened_images_are_those_in_the_same_light_again() -> None:
    shown = evened(DARK_ON_LIGHT * LIGHT, 220.0)
    np.testing.assert_allclose(shown, DARK_ON_LIGHT, rtol=1e-5)


def test_smoothing_is_a_convolution_of_the_ink() -> None:
    images = (GLYPHS[:20] > 127).astype(np.uint8)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    ink = [convolve(image.astype(float), kernel, mode="constant", cval=0) for image in images]
    np.testing.assert_allclose(smoothed(images, 0, 1), ink, atol=1e-6)
    np.testing.assert_allclose(smoothed(9 - 7 * images, 9, 2), 9 - 7 * np.array(ink), atol=1e-5)


def test_images_of_no_treatment_are_returned_as_they_are() -> None:
    assert treated(GLYPHS, Appearance()) is GLYPHS
