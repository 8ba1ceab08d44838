"""Settings of evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scrawl.settings.arithmetic import Arithmetic
from scrawl.settings.constraints import Range
from scrawl.settings.experiment import Experiment
from scrawl.settings.parsing import Settings


@dataclass(frozen=True)
class Evaluation(Settings):
    """Settings of the evaluation of trained networks, which change nothing about their training."""

    arithmetic: Arithmetic = "portable"
    """The arithmetic, as that of training."""
    test_shift_pixels: Annotated[int, Range(low=0)] = 0
    """Test-time augmentation by shifts: the trained network sees each test image several times,
    moved by at most this many pixels to every side, and its answers are averaged: 1 makes 9
    positions, 2 makes 25, at as many times the cost. Nothing is trained anew. Judge it by the
    validation accuracy (`snakemake validated`), not by the test accuracy."""
    test_distortions: Annotated[int, Range(low=0)] = 0
    """Test-time augmentation by distortions, instead of `test_shift_pixels`: the trained network
    sees each test image this many times, each time distorted as training images are, and its
    answers are averaged. What is drawn follows from the run's seed, so that the members of an
    ensemble see an image in different ways. 8 to 32 are usual."""

    def __post_init__(self) -> None:
        if self.test_shift_pixels and self.test_distortions:
            raise ValueError(
                "test_distortions: there is test_shift_pixels, too; average answers in one way"
            )

    def check(self, experiment: Experiment) -> None:
        """Refuse test-time distortions of an experiment without distortions in training."""
        if self.test_distortions and not experiment.distortions:
            raise ValueError(
                "test_distortions: has no effect, as no training image is distorted; leave it "
                "out, or see test_shift_pixels"
            )
