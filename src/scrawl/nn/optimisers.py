"""Optimisers: how parameters follow their gradients, in a few lines over one flat vector.

Every `step` works in place and uses up the gradients, whose memory serves as scratch space. The
first `n_weights` parameters are weights, which may decay; the rest (biases, scales) never do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.parallel import Executor, serial
from scrawl.nn.state import restored

# Floats to a block: several passes over a block that stays in the cache are faster than one pass
# after the other over millions of parameters.
BLOCK = 131_072

# Pixels that are hardly ever lit leave moments that decay for ever, down to subnormal numbers, with
# which processors are slower. So whatever is smaller than TINY becomes zero every FLUSH_EVERY
# steps: in so many 0.9ᵗ falls by 4e4, and the subnormals lie 18 orders of magnitude below 1e-20.
TINY = 1e-20

FLUSH_EVERY = 100


class Optimiser:
    """Base class of optimisers: blocks, decay, state. Subclasses define the `update` of a block.

    Parameters
    ----------
    size : int
        The number of parameters.
    n_weights : int
        The number of them, from the first, that are weights.
    weight_decay : float
        λ of the penalty λ/2·Σw² that is added to the loss: λ·w joins the gradient of a weight.
    """

    moments: ClassVar[tuple[str, ...]] = ()
    """The names of its vectors of running values."""

    def __init__(self, size: int, n_weights: int, weight_decay: float = 0.0) -> None:
        if weight_decay < 0:
            raise ValueError(f"weight_decay is {weight_decay}; give 0 or more")
        self.steps = 0
        self.weight_decay = weight_decay
        self.blocks = [
            *((block, weight_decay) for block in _cut(0, n_weights)),
            *((block, 0.0) for block in _cut(n_weights, size)),
        ]
        # as large as the parameters, since several threads may each work on a block
        self.scratch: Array = np.empty(size, np.float32)
        self.executor: Executor = serial
        for moment in self.moments:
            setattr(self, moment, np.zeros(size, np.float32))

    def step(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
        """Change the parameters in place, and use up the gradients.

        Parameters
        ----------
        parameters, gradients : (size,) float32
        learning_rate : float
        """
        self.steps += 1

        def step(piece: tuple[slice, float]) -> None:
            block, decay = piece
            if decay:
                self.decay(block, parameters[block], gradients[block], learning_rate)
            self.update(block, parameters[block], gradients[block], learning_rate)

        self.executor(step, self.blocks)
        if self.steps % FLUSH_EVERY == 0:
            self.flush_subnormals()

    def decay(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:  # noqa: ARG002
        """Let the weights of one block decay: g ← g + λ·w."""
        g += np.multiply(p, self.weight_decay, out=self.scratch[block])

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:
        """Update the parameters of one block, whose place in the moments is `block`."""
        raise NotImplementedError

    def divide(self, executor: Executor) -> None:
        """Let an executor compute the blocks; no bit depends on how."""
        self.executor = executor

    def flush_subnormals(self) -> None:
        """Set to zero all moments that are smaller than TINY."""
        for vector in (getattr(self, name) for name in self.moments):
            for block, _ in self.blocks:
                scratch = np.abs(vector[block], out=self.scratch[block])
                np.greater_equal(scratch, TINY, out=scratch)
                vector[block] *= scratch

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return what another optimiser of the same kind needs to go on from here."""
        return {
            "steps": np.array(self.steps),
            **{name: getattr(self, name) for name in self.moments},
        }

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from where another of the same kind was; ValueError if it does not fit."""
        state = restored(type(self).__name__, self.state(), state)
        self.steps = int(state["steps"])
        for name in self.moments:
            getattr(self, name)[...] = state[name]


def _cut(start: int, stop: int) -> list[slice]:
    """Return the slices of at most BLOCK values that lead from start to stop."""
    return [slice(i, min(i + BLOCK, stop)) for i in range(start, stop, BLOCK)]


class GradientDescent(Optimiser):
    """p ← p − rate·g."""

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:  # noqa: ARG002
        """Update the parameters of one block."""
        g *= learning_rate
        p -= g


class Momentum(Optimiser):
    """v ← μ·v + g, p ← p − rate·v; with Nesterov p ← p − rate·(g + μ·v).

    The rate is outside of the velocity, as in PyTorch, so that a schedule acts at once. Sutskever,
    Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning",
    2013.

    Parameters
    ----------
    momentum : float
        μ, the part of the velocity that is left after a step, 0 ≤ μ < 1.
    nesterov : bool
        Whether to look ahead: step as if the next velocity were known.
    """

    moments = ("velocity",)
    velocity: Array

    def __init__(
        self,
        size: int,
        n_weights: int,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(size, n_weights, weight_decay)
        self.momentum = _fraction(momentum, "momentum")
        self.nesterov = nesterov

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:
        """Update the parameters of one block."""
        v = self.velocity[block]
        v *= self.momentum
        v += g
        if self.nesterov:
            g *= learning_rate
            p -= g
        ahead = self.momentum if self.nesterov else 1.0
        p -= np.multiply(v, learning_rate * ahead, out=g)


class RMSProp(Optimiser):
    """s ← ρ·s + (1 − ρ)·g², p ← p − rate·g/(√s + ε). Tieleman and Hinton, lecture 6.5, 2012.

    Parameters
    ----------
    rho : float
        The part of the mean square that is left after a step, 0 ≤ ρ < 1.
    epsilon : float
        Keeps the division finite.
    """

    moments = ("mean_square",)
    mean_square: Array

    def __init__(
        self,
        size: int,
        n_weights: int,
        rho: float = 0.99,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(size, n_weights, weight_decay)
        self.rho, self.epsilon = _fraction(rho, "rho"), epsilon

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:
        """Update the parameters of one block."""
        s, scratch = self.mean_square[block], self.scratch[block]
        np.multiply(g, g, out=scratch)
        scratch *= 1 - self.rho
        s *= self.rho
        s += scratch
        np.sqrt(s, out=scratch)
        scratch += self.epsilon
        g /= scratch
        g *= learning_rate
        p -= g


class Adam(Optimiser):
    """Momentum over the root mean square, both corrected for their start at zero.

    m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
    p ← p − rate·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε), t the number of steps. Kingma and Ba, "Adam: a
    method for stochastic optimization", 2015.

    The sums M = m/(1 − β₁) and V = v/(1 − β₂) are kept instead, which saves two passes over the
    vectors and a scratch vector; the factors go into the rate and ε.

    Parameters
    ----------
    beta1, beta2 : float
        The part of the sums that is left after a step, 0 ≤ β < 1.
    epsilon : float
        Keeps the division finite.
    """

    moments = ("gradient_sum", "square_sum")
    gradient_sum: Array
    square_sum: Array

    def __init__(
        self,
        size: int,
        n_weights: int,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(size, n_weights, weight_decay)
        self.beta1, self.beta2 = _fraction(beta1, "beta1"), _fraction(beta2, "beta2")
        self.epsilon = epsilon

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:
        """Update the parameters of one block."""
        mean = (1 - self.beta1) / (1 - self.beta1**self.steps)
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.steps))
        m, v = self.gradient_sum[block], self.square_sum[block]
        m *= self.beta1
        m += g
        g *= g
        v *= self.beta2
        v += g
        np.sqrt(v, out=g)
        g += self.epsilon / root
        np.divide(m, g, out=g)
        g *= learning_rate * mean / root
        p -= g


class AdamW(Adam):
    """Adam with decoupled weight decay: first w ← w·(1 − rate·λ), then Adam's step.

    So all weights decay alike, whatever their gradients. Loshchilov and Hutter, "Decoupled weight
    decay regularization", 2019.
    """

    def decay(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:  # noqa: ARG002
        """Let the weights of one block decay."""
        p *= 1 - learning_rate * self.weight_decay


def _fraction(value: float, name: str) -> float:
    """Return a value; a ValueError if it does not lie in [0, 1)."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name} is {value}; give 0 ≤ {name} < 1")
    return value


OPTIMISERS: dict[str, Callable[..., Optimiser]] = {
    "gradient-descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": partial(Momentum, nesterov=True),
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    # For runs of few steps: it averages over fewer of them.
    "adamw-brief": partial(AdamW, beta1=0.7, beta2=0.9),
}
