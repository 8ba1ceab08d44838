"""Initialisers: the first weights, `scale` times random draws of known variance.

Biases start at zero. A layer sums n_in products, so the variance of its outputs is n_in times that
of its weights: if it is too large, sigmoids saturate; if it is too small, the signal vanishes. The
last three keep it level.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from scrawl.nn import Array


class Initialiser(Protocol):
    """Draws the weights of one layer.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    n_in, n_out : int
        The number of values that enter and leave the layer.
    scale : float
        A factor on every weight; the variance is multiplied by its square.

    Returns
    -------
    (n_in, n_out) float32
    """

    def __call__(
        self, rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0
    ) -> Array:
        """Draw the weights."""


def zeros(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:  # noqa: ARG001
    """Return zeros: variance 0. For a single layer only: hidden units would stay all alike.

    Examples
    --------
    >>> zeros(np.random.default_rng(0), 2, 3)
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    return np.zeros((n_in, n_out), np.float32)


def uniform(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:
    """Draw uniformly from [0, scale): mean scale/2, variance scale²/12.

    Examples
    --------
    >>> uniform(np.random.default_rng(0), 1, 3).round(4)
    array([[0.8506, 0.637 , 0.5111]], dtype=float32)
    """
    weights = rng.random((n_in, n_out), dtype=np.float32)
    weights *= scale
    return weights


def normal(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:
    """Draw from the normal distribution of mean 0 and standard deviation `scale`.

    Examples
    --------
    >>> normal(np.random.default_rng(0), 1, 3, scale=0.01).round(4)
    array([[ 0.0112, -0.0139, -0.0043]], dtype=float32)
    """
    weights = rng.standard_normal((n_in, n_out), dtype=np.float32)
    weights *= scale
    return weights


def lecun(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:
    """Draw normally with variance scale²/n_in: outputs vary as much as inputs.

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.6.

    Examples
    --------
    >>> round(784 * float(lecun(np.random.default_rng(0), 784, 128).var()), 2)
    0.99
    """
    return normal(rng, n_in, n_out, scale * math.sqrt(1 / n_in))


def xavier(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:
    """Draw normally with variance 2·scale²/(n_in + n_out): level both forward and backward.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 12.

    Examples
    --------
    >>> round((784 + 128) * float(xavier(np.random.default_rng(0), 784, 128).var()), 2)
    1.99
    """
    return normal(rng, n_in, n_out, scale * math.sqrt(2 / (n_in + n_out)))


def he(rng: np.random.Generator, n_in: int, n_out: int, scale: float = 1.0) -> Array:
    """Draw normally with variance 2·scale²/n_in: level through ReLU, which drops half of it.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, equation 10.

    Examples
    --------
    >>> round(784 * float(he(np.random.default_rng(0), 784, 128).var()), 2)
    1.99
    """
    return normal(rng, n_in, n_out, scale * math.sqrt(2 / n_in))


INITIALISERS: dict[str, Initialiser] = {
    "zeros": zeros,
    "uniform": uniform,
    "normal": normal,
    "lecun": lecun,
    "xavier": xavier,
    "he": he,
}
