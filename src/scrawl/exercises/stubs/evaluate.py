"""Exercise evaluate. To check it: scrawl check evaluate.py"""

import numpy as np


def evaluate(predict, images, labels, batch):
    """Accuracy over every image, a batch at a time.

    Memory is limited: the network takes a batch at a time.

    scrawl's own: src/scrawl/nn/fitting.py: score

    Parameters
    ----------
    predict : function
        Takes images (at most `batch` of them, pixels) and returns the scores (of as many, classes).
        The answer is the class with the highest score.
    images : (n, pixels) float64
    labels : (n,) int
        The true class of each image.
    batch : int

    Returns
    -------
    predicted : (n,) int
        The answer to each image.
    accuracy : float
        The share of all n images that are answered rightly.

    Examples
    --------
    >>> predicted, accuracy = evaluate(lambda images: images, np.eye(3), np.array([0, 2, 2]), 2)
    >>> predicted, round(float(accuracy), 4)
    (array([0, 1, 2]), 0.6667)
    """
    raise NotImplementedError
