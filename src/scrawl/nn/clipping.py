"""Gradient clipping by global norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.parallel import Executor


class Clipped(Optimiser):
    """An optimiser whose gradients are clipped before the step of another.

    A rare and enormous gradient then costs one step, not the whole training. Pascanu, Mikolov
    and Bengio, "On the difficulty of training recurrent neural networks", 2013.

    Parameters
    ----------
    optimiser : Optimiser
        Takes the step.
    largest_norm : float
        Of the vector of all gradients, whose direction is kept.
    """

    def __init__(self, optimiser: Optimiser, largest_norm: float) -> None:
        # no super().__init__(): blocks, moments and state are those of the other optimiser
        if not largest_norm > 0:
            raise ValueError(f"gradients are clipped to norm {largest_norm}; give more than 0")
        self.optimiser, self.largest_norm = optimiser, largest_norm

    def step(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
        """Change the parameters in place, and use up the gradients."""
        clip(gradients, self.largest_norm)
        self.optimiser.step(parameters, gradients, learning_rate)

    def divide(self, executor: Executor) -> None:
        """Let an executor compute the other optimiser's blocks."""
        self.optimiser.divide(executor)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the other optimiser's state."""
        return self.optimiser.state()

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Restore the other optimiser's state."""
        self.optimiser.restore(state)


def clip(gradients: Array, largest_norm: float) -> None:
    """Shorten gradients in place to a norm; leave those that are not finite.

    >>> gradients = np.array([3e30, -4e30], np.float32)  # their squares overflow, they don't
    >>> clip(gradients, 1)
    >>> gradients.round(6)
    array([ 0.6, -0.8], dtype=float32)
    """
    with np.errstate(over="ignore"):
        norm = math.sqrt(float(np.dot(gradients, gradients)))
    if largest_norm < norm < math.inf:
        gradients *= largest_norm / norm
    elif norm == math.inf:  # of the squares, not necessarily of the gradients
        norm = float(np.linalg.norm(gradients.astype(np.float64)))
        if largest_norm < norm < math.inf:
            factor = np.float64(largest_norm / norm)  # may be below the smallest float32
            np.multiply(gradients, factor, out=gradients, casting="same_kind")
