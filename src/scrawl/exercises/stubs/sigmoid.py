"""Exercise sigmoid. To check it: scrawl check sigmoid.py"""

import numpy as np


def sigmoid(z):
    """A sigmoid that cannot overflow.

        σ(z) = 1 / (1 + e⁻ᶻ)

    e¹⁰⁰⁰ is larger than any number that a computer holds. While your function runs, overflow is
    an error here, as are 0/0 and ∞ − ∞.

    scrawl's own: src/scrawl/nn/layers/activations.py: Sigmoid.apply

    Parameters
    ----------
    z : (batch, units) float32 or float64

    Returns
    -------
    (batch, units), of the type of z

    Examples
    --------
    >>> sigmoid(np.array([[0.0, 2.0, -2.0, -1000.0]])).round(4)
    array([[0.5   , 0.8808, 0.1192, 0.    ]])
    """
    raise NotImplementedError
