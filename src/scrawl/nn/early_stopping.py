"""Early stopping, and the weights of the best epoch: wrappers around the epochs of a training.

An epoch is better than another if its validation accuracy is higher or, at the same accuracy, its
validation loss lower. Accuracy is what a network is judged by in the end; the loss often rises
again while accuracy still does, because the few wrong answers become more confident.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from scrawl.nn.fitting import Epoch
from scrawl.nn.network import Network
from scrawl.nn.state import State, restored


class Best:
    """The best epoch so far, and the network as it was after it.

    Parameters
    ----------
    network : Network, optional
        The one in training; without it, only the epoch is kept.

    Attributes
    ----------
    epoch : int
        Its number; 0 before the first.
    """

    def __init__(self, network: Network | None = None) -> None:
        self.epoch, self.merit = 0, (-math.inf, -math.inf)
        self.tables = network.tables() if network else {}
        self.kept = {name: array.copy() for name, array in self.tables.items()}

    def compare(self, epoch: Epoch) -> None:
        """Keep an epoch that has just ended, if it is the best so far."""
        if merit(epoch) > self.merit:
            self.epoch, self.merit = epoch.epoch, merit(epoch)
            _copy(self.tables, self.kept)

    def bring_back(self) -> None:
        """Restore the network as it was after the best epoch."""
        _copy(self.kept, self.tables)

    def state(self) -> State:
        """Return the epoch, its merit and the network's tables."""
        return {"epoch": np.array(self.epoch), "merit": np.array(self.merit), **self.kept}

    def restore(self, state: State) -> None:
        """Go on with the best epoch of another training; ValueError if it does not fit."""
        state = restored("the best epoch", self.state(), state)
        self.epoch, self.merit = int(state["epoch"]), tuple(state["merit"].tolist())
        _copy(state, self.kept)


def _copy(source: State, target: State) -> None:
    """Copy the values of each array of `target` from that of the same name."""
    for name, array in target.items():
        array[...] = source[name]


def stop_early(epochs: Iterable[Epoch], patience: int, best: Best | None = None) -> Iterator[Epoch]:
    """Yield epochs until `patience` of them in a row were not better than the best before.

    Parameters
    ----------
    epochs : iterable of Epoch
    patience : int
    best : Best, optional
        The best of the epochs before, if these are not the first.

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
    best = best or Best()
    for epoch in epochs:
        yield epoch
        best.compare(epoch)
        if epoch.epoch - best.epoch == patience:
            return


def keep_best(
    network: Network, epochs: Iterable[Epoch], best: Best | None = None
) -> Iterator[Epoch]:
    """Yield epochs, and leave the network as it was after the best of them.

    That holds even if the caller stops, or training fails, before the last.

    Parameters
    ----------
    network : Network
        The one in training.
    epochs : iterable of Epoch
    best : Best, optional
        The best of the epochs before, if these are not the first; of the same network.

    Yields
    ------
    Epoch

    Raises
    ------
    ValueError
        If there are no validation examples to judge by.
    """
    best = best or Best(network)
    try:
        for epoch in epochs:
            best.compare(epoch)
            yield epoch
    finally:
        best.bring_back()


def merit(epoch: Epoch) -> tuple[float, float]:
    """Return the validation accuracy and the negative loss: the larger, the better the epoch."""
    if math.isnan(epoch.validation_accuracy):
        raise ValueError(
            "there is no best epoch without validation examples; "
            "split some off, or train for all epochs"
        )
    return epoch.validation_accuracy, -epoch.validation_loss
