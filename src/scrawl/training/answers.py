"""Answers of a trained network, to images seen once or in several views."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts.model import Model
from scrawl.nn.distortion import shifted
from scrawl.nn.examples import Examples, LazyRows
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.settings.evaluation import Evaluation
from scrawl.training.setup import Streams, augmentation

ONCE = Evaluation()


def answers(
    trained: Model, examples: Examples, settings: Evaluation = ONCE
) -> tuple[NDArray[np.float32], float]:
    """Return a network's answers for images, and its loss.

    Parameters
    ----------
    trained : Model
        The network and the loss that it was trained for.
    examples : Examples
        Every one is used: the last batch may be a short one.
    settings : Evaluation
        How an image is shown; answers for several views are averaged.

    Returns
    -------
    probabilities : (n, classes) float32
        Probabilities if the loss is cross-entropy, else the outputs of the last layer.
    loss : float
        The mean over all images.

    Raises
    ------
    ValueError
        If an answer is not a number: it would count as the first class.
    """
    # One thread, as in training: with more, the sums' order and so their last bits would depend
    # on the machine.
    with threadpool_limits(1, user_api="blas"):
        if settings != ONCE:
            probabilities = averaged(trained, examples.images, settings)
            outputs = trained.loss.outputs(probabilities)
        else:
            outputs = trained.network.predict(examples.images)
            probabilities = trained.loss.predictions(outputs)
        check_numbers(probabilities, examples.images)
        labels = np.asarray(examples.labels, np.float32)
        return probabilities, trained.loss(outputs, labels, np.empty_like(outputs))


def check_numbers(
    probabilities: NDArray[np.float32], images: NDArray[np.float32] | LazyRows
) -> None:
    """Refuse answers (n, classes) for images (n, pixels) that are not numbers."""
    unanswered = np.flatnonzero(np.isnan(probabilities).any(axis=1))
    if not len(unanswered):
        return
    first = int(unanswered[0])
    cause = (
        "the weights are too large or not finite; train the network again with a lower rate"
        if np.isfinite(images[first : first + 1]).all()
        else "its pixels are not all finite; decode and prepare the dataset again"
    )
    raise ValueError(
        f"found no answer (NaN) for {len(unanswered):,} of {len(images):,} images, the first for "
        f"number {first}, counted from 0: {cause}"
    )


def averaged(
    trained: Model, images: NDArray[np.float32] | LazyRows, settings: Evaluation
) -> NDArray[np.float32]:
    """Return the mean answers (n, classes) for several views of images (n, pixels)."""
    dataset, times = trained.dataset, settings.test_distortions
    augment = augmentation(trained.run, dataset, Streams.of(trained.run).evaluation)
    views: Iterator[NDArray[np.float32]]
    means = []
    for start in range(0, len(images), PREDICTION_BATCH):
        batch = images[start : start + PREDICTION_BATCH]
        if times and augment:  # steps of which no two have the same number
            views = (augment(batch, start * times + i) for i in range(times))
        else:
            reach = settings.test_shift_pixels
            views = shifted(batch, dataset.image_shape, dataset.background, reach)
        means.append(np.mean([trained.predict(view) for view in views], axis=0))
    return np.concatenate(means)
