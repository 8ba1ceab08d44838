"""Exercise dropout. To check it: scrawl check dropout.py"""

import numpy as np


def dropout(inputs, rate, training, rng):
    """Dropout that keeps the mean.

    In training each number becomes 0 with the probability `rate`, each by a chance of its own;
    those that are left are multiplied with 1/(1 − rate). Outside of training nothing is done.

    scrawl's own: src/scrawl/nn/layers/base.py: Dropout.forward

    Parameters
    ----------
    inputs : (batch, units) float32
    rate : float
        The probability with which a number is dropped, 0 ≤ rate < 1.
    training : bool
    rng : numpy.random.Generator
        All chance comes from it.

    Returns
    -------
    (batch, units) float32

    Examples
    --------
    >>> outputs = dropout(np.ones((50, 40), np.float32), 0.75, True, np.random.default_rng(0))
    >>> np.unique(outputs)
    array([0., 4.], dtype=float32)
    """
    raise NotImplementedError
