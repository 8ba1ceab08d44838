"""Exercise relu_backward. To check it: scrawl check relu_backward.py"""

import numpy as np


def relu_backward(z, output_gradient):
    """Gradient of a ReLU.

    On its way back through max(z, 0) a gradient becomes

        z_gradient = output_gradient · (slope of max(z, 0))

    The slope is 0 left of 0 and 1 right of it. At 0 itself there is none; it is taken as 0.

    scrawl's own: src/scrawl/nn/layers/activations.py: ReLU.derivative

    Parameters
    ----------
    z : (batch, units) float32 or float64
        What entered on the way forward.
    output_gradient : (batch, units), of the same type
        The derivative of the loss by each max(z, 0).

    Returns
    -------
    (batch, units), of the same type
        The derivative of the loss by each z.

    Examples
    --------
    >>> relu_backward(np.array([[3.0, -3.0]]), np.array([[5.0, 5.0]]))
    array([[5., 0.]])
    """
    raise NotImplementedError
