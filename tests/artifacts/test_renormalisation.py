"""Images of another dataset are shown as a network's own: worked out in pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.artifacts.renormalisation import check_same_kind, renormalised

LIGHT = Dataset(("0", "1"), (2, 2), "unit", 0.0, 255.0)
PIXELS = np.array([[0, 51, 204, 255]], np.float64)


def test_images_of_the_same_pixel_values_and_normalisation_come_back_themselves() -> None:
    images = (PIXELS / 255).astype(np.float32)
    assert renormalised(images, LIGHT, replace(LIGHT, class_names=("a", "b"))) is images


def test_mean_and_deviation_are_those_of_training() -> None:
    trained = replace(LIGHT, normalisation="standard", offset=30.0, scale=80.0)
    other = replace(LIGHT, normalisation="standard", offset=60.0, scale=50.0)
    found = renormalised(((PIXELS - 60) / 50).astype(np.float32), other, trained)
    np.testing.assert_allclose(found[0:1], (PIXELS - 30) / 80, rtol=1e-5, atol=1e-6)


def test_dark_ink_on_light_paper_becomes_the_ink_that_the_network_knows() -> None:
    dark = Appearance(paper=1.0, ink=0.0, pixel_type="float32")
    other = Dataset(("0", "1"), (2, 2), "standard", 0.7, -0.2, dark)
    shares = PIXELS / 255
    prepared = ((1 - shares) - 0.7) / -0.2
    found = renormalised(prepared.astype(np.float32), other, LIGHT)
    np.testing.assert_allclose(found[0:1], shares, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_shape": (4, 1)}, r"found images of shape \(4, 1\), but m.h5 .* on \(2, 2\)"),
        ({"class_names": ("1", "0")}, r"found the classes \('1', '0'\), but m.h5 was trained"),
    ],
)
def test_other_shapes_and_classes_are_refused(change: dict[str, object], message: str) -> None:
    other = replace(LIGHT, **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        check_same_kind(LIGHT, other, Path("m.h5"), Path("d.h5"))
