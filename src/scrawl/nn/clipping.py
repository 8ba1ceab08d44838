"""Gradients that are not to be longer than they should."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.pieces import Share


class Clipped(Optimiser):
    """Another optimiser, whose gradients are shortened to a norm that they must not exceed.

    One rare and enormous gradient then costs one step, not the whole training. Pascanu, Mikolov
    and Bengio, "On the difficulty of training recurrent neural networks", 2013.

    Parameters
    ----------
    optimiser : Optimiser
        What takes the step.
    largest_norm : float
        Of the vector of all gradients; its direction is kept.
    """

    def __init__(self, optimiser: Optimiser, largest_norm: float) -> None:
        # no super().__init__(): blocks, moments and state are those of the other optimiser
        if not largest_norm > 0:
            raise ValueError(f"gradients are clipped to norm {largest_norm}; give more than 0")
        self.optimiser, self.largest_norm = optimiser, largest_norm

    def step(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
        """Change the parameters in place, and use up the gradients."""
        norm = math.sqrt(float(np.dot(gradients, gradients)))
        if self.largest_norm < norm < math.inf:  # an infinite one is for `fit` to report
            gradients *= self.largest_norm / norm
        self.optimiser.step(parameters, gradients, learning_rate)

    def divide(self, share: Share) -> None:
        """Let the other optimiser's blocks be shared out."""
        self.optimiser.divide(share)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the other optimiser's state."""
        return self.optimiser.state()

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Restore the other optimiser's state."""
        self.optimiser.restore(state)
