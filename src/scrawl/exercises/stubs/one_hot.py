"""Exercise one_hot. To check it: scrawl check one_hot.py"""

import numpy as np


def one_hot(labels, classes):
    """Labels as one-hot rows.

    A row for each image has a one in the column of the image's class. A network answers with a
    number for each class, so it is told what to answer in the same form.

    scrawl's own: src/scrawl/stages/prepare.py: one_hot_labels

    Parameters
    ----------
    labels : (n,) uint8 or int64
        The class of each image, from 0 to classes − 1.
    classes : int

    Returns
    -------
    (n, classes) float32

    Raises
    ------
    ValueError
        If a label is none of the classes.

    Examples
    --------
    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    raise NotImplementedError
