"""Exercise convolution_forward. To check it: scrawl check convolution_forward.py"""

import numpy as np


def convolution_forward(images, kernels, biases):
    """Forward pass of a convolution.

    Each filter is a weighted sum of a window of all channels, at every place:

        outputs[b, f, y, x] = biases[f] + Σ kernels[f, c, i, j]·images[b, c, y + i, x + j]

    The sum is over channels c, rows i and columns j of the kernel, which stays inside the image.
    Loops are fine: the images are small.

    scrawl's own: src/scrawl/nn/layers/convolution.py: Convolution.forward

    Parameters
    ----------
    images : (batch, channels, rows, columns) float32 or float64
    kernels : (filters, channels, kernel_rows, kernel_columns), of the same type
    biases : (filters,), of the same type

    Returns
    -------
    (batch, filters, rows − kernel_rows + 1, columns − kernel_columns + 1), of the same type

    Examples
    --------
    >>> images, kernels = np.arange(6.0).reshape(1, 1, 2, 3), np.array([[[[1.0, 10.0]]]])
    >>> convolution_forward(images, kernels, np.array([0.5]))
    array([[[[10.5, 21.5],
             [43.5, 54.5]]]])
    """
    raise NotImplementedError
