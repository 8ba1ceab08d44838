"""Exercise dense_backward. To check it: scrawl check dense_backward.py"""

import numpy as np


def dense_backward(inputs, weights, output_gradient):
    """Gradients of a dense layer.

    They follow from the gradient of its outputs. On the way forward it computed

        outputs[b, o] = Σ inputs[b, i]·weights[i, o] + biases[o]          the sum over i

    A number that has a part in several outputs gets the sum of what comes back from each.

    scrawl's own: src/scrawl/nn/layers/base.py: Dense.parameter_gradients

    Parameters
    ----------
    inputs : (batch, n_in) float32 or float64
    weights : (n_in, n_out), of the same type
    output_gradient : (batch, n_out), of the same type
        The derivative of the loss by each output. The loss is a mean over the batch already.

    Returns
    -------
    weight_gradient : (n_in, n_out), of the same type
    bias_gradient : (n_out,), of the same type
    input_gradient : (batch, n_in), of the same type

    Examples
    --------
    >>> inputs, weights = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    >>> for part in dense_backward(inputs, weights, np.array([[10.0]])):
    ...     print(part.tolist())
    [[10.0], [20.0]]
    [10.0]
    [[30.0, 40.0]]
    """
    raise NotImplementedError
