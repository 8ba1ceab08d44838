"""Pictures of real pen strokes have the pen and the size that the table names."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.pens import MANNERS, picture

STICK = [np.array([[0.0, 0.0], [0.0, 1000.0]])]


@pytest.mark.parametrize(
    ("manner", "pen", "side"),
    [
        ("quarter pen", 6, 168),
        ("half pen", 12, 168),
        ("normal", 24, 168),
        ("double pen", 48, 168),
        ("small", 24, 70),
        ("large", 24, 238),
    ],
)
def test_a_stick_is_as_wide_as_the_pen_and_as_long_as_named(
    manner: str, pen: int, side: int
) -> None:
    ink = 1 - picture(STICK, MANNERS[manner])
    assert ink[140].sum() == pytest.approx(pen, abs=1)
    assert ink[:, 140].sum() == pytest.approx(side + pen, abs=1)
