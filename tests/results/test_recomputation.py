"""Scores computed again: a loss from logits and from stored probabilities are one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.results import recomputation

LABELS = np.arange(50) % 3
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]


@pytest.mark.parametrize("loss", [CrossEntropy(), CrossEntropy(0.1), Quadratic()])
@pytest.mark.parametrize("scale", [0.01, 1, 10, 100, 1000])
def test_a_true_loss_is_never_refused_however_sure_the_network(loss: Loss, scale: float) -> None:
    outputs = (np.random.default_rng(0).normal(size=(50, 3)) * scale).astype(np.float32)
    true = loss(outputs, ONE_HOT, np.empty_like(outputs))
    recomputation.check_loss(Path("m"), true, loss, loss.predictions(outputs), LABELS)


@pytest.mark.parametrize("found", [0.9, 1.2, None])
def test_a_wrong_loss_is_refused(found: float | None) -> None:
    uniform = np.full((50, 3), 1 / 3, np.float32)  # its loss is log 3 = 1.0986
    with pytest.raises(ValueError, match=r"m: loss: found .*, expected 1\.09861"):
        recomputation.check_loss(Path("m"), found, CrossEntropy(), uniform, LABELS)
    with pytest.raises(ValueError, match=r"m: loss: found 0\.1, expected 40"):
        one = np.array([[1, 4e-18, 4e-18]], np.float32)
        recomputation.check_loss(Path("m"), 0.1, CrossEntropy(), one, np.array([1]))
