import numpy as np


def one_hot(labels, classes):
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels are {labels.min()} to {labels.max()}, of {classes} classes")
    rows = np.zeros((len(labels), classes), np.float32)
    rows[np.arange(len(labels)), labels] = 1
    return rows
