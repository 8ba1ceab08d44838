"""Weight averaging over the steps of training, which evens out the noise of single steps.

Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.state import restored


class Average:
    """A running average of a vector of parameters: values ← values + w·(parameters − values).

    Subclasses define by `weight` how much the newest counts.

    Parameters
    ----------
    size : int
        The number of parameters.
    """

    def __init__(self, size: int) -> None:
        self.values: Array = np.zeros(size, np.float32)
        self.scratch: Array = np.empty(size, np.float32)
        self.count = 0

    def update(self, parameters: Array, done: float) -> None:
        """Include the parameters after a step.

        Parameters
        ----------
        parameters : (size,) float32
        done : float
            The part of training that is done, from 0 to 1.
        """
        self.count += 1
        newest = self.weight(done)
        if newest == 1.0:
            self.values[...] = parameters
            return
        np.subtract(parameters, self.values, out=self.scratch)
        self.scratch *= newest
        self.values += self.scratch

    def weight(self, done: float) -> float:
        """Return how much the newest parameters count, from 0 to 1."""
        raise NotImplementedError

    def exchange(self, parameters: Array) -> None:
        """Swap the average with the parameters; a second call swaps them back."""
        self.scratch[...] = parameters
        parameters[...] = self.values
        self.values[...] = self.scratch

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return what another average of the same kind needs to go on from here."""
        return {"count": np.array(self.count), "values": self.values}

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from where another average of the same kind was; ValueError if it does not fit."""
        state = restored(type(self).__name__, self.state(), state)
        self.count, self.values[...] = int(state["count"]), state["values"]


class ExponentialAverage(Average):
    """Exponential moving average over about 1/(1 − decay) steps.

    The first steps are averaged evenly, until the newest of t would count for less than 1 − decay,
    so that the first weights, which are random, are soon forgotten.

    Parameters
    ----------
    size : int
        The number of parameters.
    decay : float
        The part of the average that is left after a step, 0 ≤ decay < 1.
    """

    def __init__(self, size: int, decay: float = 0.999) -> None:
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"the average decays by {decay}; give 0 ≤ decay < 1")
        super().__init__(size)
        self.decay = decay

    def weight(self, done: float) -> float:  # noqa: ARG002
        """Return how much the newest parameters count, from 0 to 1."""
        return max(1.0 - self.decay, 1.0 / self.count)


class TailAverage(Average):
    """The mean over the last part of training; before that, the newest parameters.

    Parameters
    ----------
    size : int
        The number of parameters.
    share : float
        The part of training, counted from its end, that is averaged, 0 < share ≤ 1.
    """

    def __init__(self, size: int, share: float = 0.25) -> None:
        if not 0.0 < share <= 1.0:
            raise ValueError(f"the last {share} of training is averaged; give 0 < share ≤ 1")
        super().__init__(size)
        self.share = share

    def weight(self, done: float) -> float:
        """Return how much the newest parameters count, from 0 to 1."""
        if done <= 1.0 - self.share:
            self.count = 0
            return 1.0
        return 1.0 / self.count


AVERAGES: dict[str, type[Average] | None] = {
    "none": None,
    "exponential": ExponentialAverage,
    "tail": TailAverage,
}
