import numpy as np


def evaluate(predict, images, labels, batch):
    predicted, right = [], 0
    for start in range(0, len(images), batch):
        answers = predict(images[start : start + batch]).argmax(axis=1)
        right += np.sum(answers == labels[start : start + batch])
        predicted.append(answers)
    return np.concatenate(predicted), right / len(images)
