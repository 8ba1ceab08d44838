import numpy as np


def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = -np.sum(labels * (shifted - np.log(sums))) / len(logits)
    return loss, (exponentials / sums - labels) / len(logits)
