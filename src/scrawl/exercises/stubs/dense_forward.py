"""Exercise dense_forward. To check it: scrawl check dense_forward.py"""

import numpy as np


def dense_forward(inputs, weights, biases):
    """Forward pass of a dense layer.

    Each unit is a weighted sum of all inputs, plus its bias:

        outputs[b, o] = Σ inputs[b, i]·weights[i, o] + biases[o]          the sum over i

    scrawl's own: src/scrawl/nn/layers/base.py: Dense.forward

    Parameters
    ----------
    inputs : (batch, n_in) float32 or float64
    weights : (n_in, n_out), of the same type
    biases : (n_out,), of the same type

    Returns
    -------
    (batch, n_out), of the same type

    Examples
    --------
    >>> inputs, weights = np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [4.0, 1.0]])
    >>> dense_forward(inputs, weights, np.array([0.5, 0.0]))
    array([[11.5,  2. ]])
    """
    raise NotImplementedError
