"""Which epoch to end with: wrappers around the epochs that `fit` yields.

    for epoch in keep_best(network, stop_early(fit(network, …), patience=5)):

An epoch is better than another if its validation accuracy is higher or, at the same accuracy, its
validation loss lower. Accuracy is what a network is judged by in the end; the loss often rises
again while accuracy still does, because the few wrong answers become surer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from scrawl.nn.fitting import Epoch
from scrawl.nn.network import Network


def stop_early(epochs: Iterable[Epoch], patience: int) -> Iterator[Epoch]:
    """Pass on epochs until `patience` of them in a row were not better than the best before.

    Parameters
    ----------
    epochs : iterable of Epoch
    patience : int

    Yields
    ------
    Epoch

    Raises
    ------
    ValueError
        If there are no validation examples to judge by, or no patience.
    """
    if patience < 1:
        raise ValueError(f"stopping early with a patience of {patience} epochs; give 1 or more")
    best, since = (-math.inf, -math.inf), 0
    for epoch in epochs:
        yield epoch
        since += 1
        if merit(epoch) > best:
            best, since = merit(epoch), 0
        if since == patience:
            return


def keep_best(network: Network, epochs: Iterable[Epoch]) -> Iterator[Epoch]:
    """Pass on epochs, and leave the network as it was after the best of them.

    Also when the caller stops, or training fails, before the last.

    Parameters
    ----------
    network : Network
        The one that is being trained.
    epochs : iterable of Epoch

    Yields
    ------
    Epoch

    Raises
    ------
    ValueError
        If there are no validation examples to judge by.
    """
    arrays = [network.parameters, *network.named_state().values()]
    best, kept = (-math.inf, -math.inf), [array.copy() for array in arrays]
    try:
        for epoch in epochs:
            if merit(epoch) > best:
                best, kept = merit(epoch), [array.copy() for array in arrays]
            yield epoch
    finally:
        for array, copy in zip(arrays, kept, strict=True):
            array[...] = copy


def merit(epoch: Epoch) -> tuple[float, float]:
    """Return what makes one epoch better than another: the larger, the better."""
    if math.isnan(epoch.validation_accuracy):
        raise ValueError(
            "the best epoch cannot be told without validation examples; "
            "split some off, or train for all epochs"
        )
    return epoch.validation_accuracy, -epoch.validation_loss
