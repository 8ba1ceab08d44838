"""Study failures: each broken network names its cause, and its cure has nothing to explain."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run
from scrawl.settings.yaml_files import read_yaml
from scrawl.training.examples import TrainingData
from scrawl.training.run import train

ROOT = Path(__file__).parents[2]
STUDY = read_yaml(ROOT / "workflow/studies/failures/config.yaml")
CURED = "-cured"
TRAINING, VALIDATION = 18_000, 2_000

CAUSES = {
    "rate-too-low": "rate-too-low",
    "rate-too-high": "rate-too-high",
    "zero-weights": "identical-units",
    "large-weights": "large-first-weights",
    "deep-sigmoids": "vanishing-gradients",
    "raw-pixels": "large-inputs",
    "strong-decay": "strong-decay",
    "strong-dropout": "strong-dropout",
    "pair-normalised": "few-normalised",
    "uphill": "uphill",
    "wrong-derivative": "wrong-gradient",
    "ended-early": "still-improving",
    "two-units": "underfitting",
    "learnt-by-heart": "overfitting",
}


@cache
def glyphs(scale: int) -> Examples:
    """Return the training glyphs and those for validation, with pixels up to 255 / `scale`."""
    n = TRAINING + VALIDATION
    pixels, labels = (
        idx.read(ROOT / f"data/glyphs/train-{kind}.idx.gz")[:n] for kind in ("images", "labels")
    )
    images = pixels.reshape(n, -1).astype(np.float32) / np.float32(scale)
    images.flags.writeable = False
    return Examples(images, np.eye(10, dtype=np.float32)[labels], (28, 28))


def found(experiment: str) -> list[str]:
    """Train on all training glyphs, as the suite does; return the names of the findings."""
    run = Run.parse(STUDY["experiments"][experiment])
    scale = 1 if run.normalisation == "none" else 255
    every = glyphs(scale)
    held = Examples(every.images[TRAINING:], every.labels[TRAINING:], (28, 28))
    dataset = Dataset(tuple("0123456789"), (28, 28), run.normalisation, 0.0, float(scale))
    data = TrainingData(every.first(run.first_images or TRAINING), held, dataset)
    return [finding.name for finding in train(run, data).findings]


def test_the_suite_is_of_pairs() -> None:
    pairs = [name for broken in CAUSES for name in (broken, broken + CURED)]
    assert STUDY["suites"]["failures"]["experiments"] == pairs
    assert sorted(STUDY["experiments"]) == sorted(pairs)


@pytest.mark.parametrize("name", CAUSES)
def test_a_failure_names_its_cause_and_its_cure_is_sound(name: str) -> None:
    assert found(name)[:1] == [CAUSES[name]]
    assert found(name + CURED) == []
