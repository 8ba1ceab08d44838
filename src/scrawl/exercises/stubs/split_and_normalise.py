"""Exercise split_and_normalise. To check it: scrawl check split_and_normalise.py"""

import numpy as np


def split_and_normalise(images, order, n_validation):
    """Images split and normalised, without a leak.

    Validation images stand for images that nobody has seen yet: no number that describes them
    may reach the training, not even their mean. So mean m and standard deviation s are those of
    all pixels of the training images, and both parts become

        value = (pixel − m) / s          with s = 1 where all training pixels are alike

    scrawl's own: src/scrawl/stages/prepare.py: pixel_scale

    Parameters
    ----------
    images : (n, pixels) uint8
    order : (n,) int
        The numbers of all images, shuffled.
    n_validation : int
        How many images are kept back for validation: the first ones of `order`.

    Returns
    -------
    train : (n − n_validation, pixels) float32
        In the order of `order`.
    validation : (n_validation, pixels) float32
        In the order of `order`.

    Examples
    --------
    >>> images = np.array([[1, 3], [200, 250], [5, 7]], np.uint8)
    >>> train, validation = split_and_normalise(images, np.array([1, 2, 0]), 1)
    >>> train.round(2)
    array([[ 0.45,  1.34],
           [-1.34, -0.45]], dtype=float32)
    >>> validation.round(2)
    array([[ 87.65, 110.01]], dtype=float32)
    """
    raise NotImplementedError
