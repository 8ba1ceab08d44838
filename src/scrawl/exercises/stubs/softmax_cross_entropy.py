"""Exercise softmax_cross_entropy. To check it: scrawl check softmax_cross_entropy.py"""

import numpy as np


def softmax_cross_entropy(logits, labels):
    """Mean cross-entropy after a softmax, and its gradient.

        p[b, c] = e^logits[b, c] / Σ e^logits[b, k]          the sum over all classes k
        loss    = −Σ labels[b, c]·log p[b, c] / batch        the sum over b and c

    Logits may be large: 1000 is one. While your function runs, overflow is an error here, as is
    log 0.

    scrawl's own: src/scrawl/nn/losses.py: CrossEntropy.__call__

    Parameters
    ----------
    logits : (batch, classes) float32 or float64
        The outputs of the last layer.
    labels : (batch, classes), of the same type, one-hot

    Returns
    -------
    loss : float
    gradient : (batch, classes), of the same type
        The derivative of the loss by each logit.

    Examples
    --------
    >>> loss, gradient = softmax_cross_entropy(np.zeros((1, 4)), np.array([[0.0, 1.0, 0.0, 0.0]]))
    >>> round(float(loss), 4)
    1.3863
    >>> gradient
    array([[ 0.25, -0.75,  0.25,  0.25]])
    """
    raise NotImplementedError
