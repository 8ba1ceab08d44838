import numpy as np


def dropout(inputs, rate, training, rng):
    if not training:
        return inputs
    kept = rng.random(inputs.shape) >= rate
    return inputs * kept / (1 - rate)
