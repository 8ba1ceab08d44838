import numpy as np


def shuffled_batches(n, batch, rng):
    order = rng.permutation(n)
    return [order[start : start + batch] for start in range(0, n, batch)]
