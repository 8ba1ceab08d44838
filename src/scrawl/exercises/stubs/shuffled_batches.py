"""Exercise shuffled_batches. To check it: scrawl check shuffled_batches.py"""

import numpy as np


def shuffled_batches(n, batch, rng):
    """Shuffled batches that lose no image.

    The numbers of all images are shuffled, then cut into batches: none is lost, none comes twice.
    An epoch is a walk through all images, in another order each time. All chance comes from the
    generator, so that the same seed gives the same training.

    scrawl's own: src/scrawl/nn/examples.py: batches

    Parameters
    ----------
    n : int
        The number of images; they are numbered from 0 to n − 1.
    batch : int
        How many make a batch. The last one takes what is left.
    rng : numpy.random.Generator

    Returns
    -------
    list of (batch,) int arrays

    Examples
    --------
    >>> [len(numbers) for numbers in shuffled_batches(7, 3, np.random.default_rng(0))]
    [3, 3, 1]
    """
    raise NotImplementedError
