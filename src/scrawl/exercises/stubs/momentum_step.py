"""Exercise momentum_step. To check it: scrawl check momentum_step.py"""

import numpy as np


def momentum_step(parameters, gradient, velocity, learning_rate, momentum):
    """One step of gradient descent with momentum.

        new velocity   = momentum · velocity + gradient
        new parameters = parameters − learning_rate · new velocity

    scrawl's own: src/scrawl/nn/optimisers.py: Momentum.update

    Parameters
    ----------
    parameters, gradient, velocity : (size,) float32
        They stay as they are.
    learning_rate, momentum : float

    Returns
    -------
    parameters : (size,) float32
        The new ones.
    velocity : (size,) float32
        The new one.

    Examples
    --------
    >>> momentum_step(np.float32([1]), np.float32([2]), np.float32([4]), 0.125, 0.5)
    (array([0.5], dtype=float32), array([4.], dtype=float32))
    """
    raise NotImplementedError
