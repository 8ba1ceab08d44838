"""Set-up of a run from its settings and its dataset."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run
from scrawl.training.setup import augmentation


@pytest.mark.parametrize("amounts", [{"shift_pixels": 2}, {"rotation_degrees": 30}])
@pytest.mark.parametrize(
    ("normalisation", "offset", "scale", "paper"),
    [("none", 0.0, 1.0, 255.0), ("standard", 190.0, -80.0, -0.8125), ("unit", 255.0, -255.0, 0.0)],
)
def test_what_enters_an_augmented_image_from_outside_is_paper_on_light_paper_too(
    amounts: dict[str, float], normalisation: str, offset: float, scale: float, paper: float
) -> None:
    """An empty sheet stays one, whichever way it is moved."""
    dark_on_light = Appearance(paper=255.0, ink=0.0)
    dataset = Dataset(("a", "b"), (8, 8), normalisation, offset, scale, dark_on_light)
    run = Run.parse({"normalisation": normalisation, **amounts})
    augment = augmentation(run, dataset, np.random.default_rng(1))
    assert augment
    sheets = np.full((20, 64), paper, np.float32)
    np.testing.assert_allclose(augment(sheets, step=0), sheets, rtol=1e-6)
