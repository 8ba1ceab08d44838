import numpy as np


def split_and_normalise(images, order, n_validation):
    train = images[order[n_validation:]].astype(np.float32)
    validation = images[order[:n_validation]].astype(np.float32)
    mean, deviation = train.mean(), train.std()
    if deviation == 0:
        deviation = np.float32(1)
    return (train - mean) / deviation, (validation - mean) / deviation
