"""Exercise convolution_backward. To check it: scrawl check convolution_backward.py"""

import numpy as np


def convolution_backward(images, kernels, output_gradient):
    """Gradients of a convolution.

    They follow from the gradient of its outputs. On the way forward it computed

        outputs[b, f, y, x] = biases[f] + Σ kernels[f, c, i, j]·images[b, c, y + i, x + j]

    with the sum over c, i and j. Loops are fine: the images are small.

    scrawl's own: src/scrawl/nn/layers/convolution.py: Convolution.parameter_gradients

    Parameters
    ----------
    images : (batch, channels, rows, columns) float32 or float64
    kernels : (filters, channels, kernel_rows, kernel_columns), of the same type
    output_gradient : (batch, filters, rows − kernel_rows + 1, columns − kernel_columns + 1)
        Of the same type: the derivative of the loss by each output.

    Returns
    -------
    kernel_gradient, bias_gradient, image_gradient
        Of the shapes of kernels, biases (filters,) and images, and of the same type.

    Examples
    --------
    >>> images, kernels = np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[5.0, 7.0]]]])
    >>> for part in convolution_backward(images, kernels, np.array([[[[10.0, 100.0]]]])):
    ...     print(part.tolist())
    [[[[210.0, 320.0]]]]
    [110.0]
    [[[[50.0, 570.0, 700.0]]]]
    """
    raise NotImplementedError
