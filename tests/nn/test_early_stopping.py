"""Ending early, and with the best epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from scrawl.nn.architectures import dense_network
from scrawl.nn.early_stopping import keep_best, stop_early
from scrawl.nn.fitting import Epoch
from scrawl.nn.network import Network


def epochs(accuracies: list[float], network: Network | None = None) -> Iterator[Epoch]:
    """Yield epochs of these accuracies, after each of which the network holds its number."""
    for number, accuracy in enumerate(accuracies, start=1):
        if network:
            network.parameters[:] = number
            for array in network.named_state().values():
                array[:] = number
        yield Epoch(number, number, 0.1, 1.0, 0.5, 1.0 - accuracy, accuracy)


def small() -> Network:
    return dense_network(2, [3], 2, batch_normalisation=True, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("accuracies", "seen"),
    [
        ([0.1, 0.2, 0.3, 0.4], 4),
        ([0.5, 0.4, 0.3, 0.2, 0.1], 3),
        ([0.5, 0.4, 0.6, 0.5, 0.6, 0.9], 5),
        ([0.5, 0.5, 0.5, 0.5], 3),
    ],
)
def test_training_stops_when_patience_is_over(accuracies: list[float], seen: int) -> None:
    assert len(list(stop_early(epochs(accuracies), patience=2))) == seen


def test_a_lower_loss_at_the_same_accuracy_is_better() -> None:
    falling = [Epoch(k, k, 0.1, 1.0, 0.5, 1 / k, 0.9) for k in range(1, 7)]
    assert list(stop_early(falling, patience=1)) == falling


def test_the_network_is_left_as_after_its_best_epoch() -> None:
    network = small()
    assert len(list(keep_best(network, epochs([0.1, 0.8, 0.9, 0.7], network)))) == 4
    assert np.all(network.parameters == 3)
    assert all(np.all(array == 3) for array in network.named_state().values())


def test_the_best_epoch_is_kept_when_the_caller_stops_or_patience_is_over() -> None:
    network = small()
    for epoch in (kept := keep_best(network, epochs([0.9, 0.8, 0.7], network))):
        if epoch.epoch == 2:
            break
    kept.close()  # type: ignore[attr-defined]
    assert np.all(network.parameters == 1)
    list(keep_best(network, stop_early(epochs([0.9, 0.8, 0.7, 0.6], network), patience=2)))
    assert np.all(network.parameters == 1)


def test_without_validation_examples_there_is_no_best_epoch() -> None:
    with pytest.raises(ValueError, match="validation examples"):
        list(stop_early(epochs([math.nan]), patience=1))


def test_stopping_without_patience_is_refused() -> None:
    with pytest.raises(ValueError, match="patience of 0"):
        list(stop_early(epochs([0.5]), patience=0))
