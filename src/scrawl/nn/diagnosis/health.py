"""Health of a network in training: a few numbers after each epoch, which `findings` puts in words.

Measured on a fixed set of images once an epoch, outside the training loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import LazyRows
from scrawl.nn.fitting import Epoch
from scrawl.nn.layers.activations import ReLU, Sigmoid, Tanh
from scrawl.nn.network import Network
from scrawl.nn.state import State, restored

# Images that a network is looked at with: enough that a unit which is zero for all of them is of
# little use. It takes 0.4 to 1 % as long as an epoch with 55,000 (one layer to 784-1024-512-10).
LOOKED_AT = 1000

# How near to its bound the output of a sigmoid or tanh must be to count as saturated: its slope
# there, 1 − 0.995², is a hundredth of the greatest. A unit is saturated if 99 % of its outputs are.
NEARLY_1 = 0.995
MOST_IMAGES = 0.99


@dataclass(frozen=True)
class Look:
    """Outputs of a network for some images.

    Attributes
    ----------
    answers : (n,) int64
        The class of the largest output.
    dead : dict of str to float
        For each layer of ReLUs, the share of units that are zero for every image.
    saturated : dict of str to float
        For each hidden layer of sigmoid or tanh, the share of units that are near a bound for
        nearly every image. (Outputs are meant to come near theirs.)
    """

    answers: npt.NDArray[np.int64]
    dead: dict[str, float]
    saturated: dict[str, float]


def look(network: Network, images: Array) -> Look:
    """Pass images (n, pixels) through a network, and count the units that do not respond."""
    watched = watched_layers(network)
    responses = {name: np.zeros(layer.shape_out[0], np.int64) for name, layer in watched.items()}
    answers = [np.zeros(0, np.int64)]
    for start in range(0, len(images), network.rows):
        with np.errstate(over="ignore", invalid="ignore"):  # as in `predict`
            answers.append(network.forward(images[start : start + network.rows]).argmax(axis=1))
        for name, layer in watched.items():
            responses[name] += np.count_nonzero(responsive(layer), axis=0)
    few = (1 - MOST_IMAGES) * len(images)
    dead, saturated = {}, {}
    for name, layer in watched.items():
        if isinstance(layer, ReLU):
            dead[name] = float(np.mean(responses[name] == 0))
        else:
            saturated[name] = float(np.mean(responses[name] <= few))
    return Look(np.concatenate(answers), dead, saturated)


def watched_layers(network: Network) -> dict[str, ReLU | Sigmoid | Tanh]:
    """Return the layers with units that can stop responding; bounded outputs are meant to."""
    return {
        name: layer
        for name, layer in zip(network.names, network.layers, strict=True)
        if isinstance(layer, ReLU)
        or (isinstance(layer, Sigmoid | Tanh) and layer is not network.layers[-1])
    }


def responsive(layer: ReLU | Sigmoid | Tanh) -> npt.NDArray[np.bool_]:
    """Return where the last outputs of a layer have a slope to speak of, (batch, units).

    A unit of images is a channel, for all its places share their weights: one place is enough.
    """
    outputs = layer.outputs
    if isinstance(layer, ReLU):
        sloping: npt.NDArray[np.bool_] = outputs > 0
    else:
        from_middle = 2 * outputs - 1 if isinstance(layer, Sigmoid) else outputs
        sloping = np.abs(from_middle) <= NEARLY_1
    if sloping.ndim == 4:  # (rows, channels, columns, batch)
        sloping = np.any(sloping, axis=(0, 2)).T
    return sloping


@dataclass(frozen=True)
class Health:
    """The figures of one epoch; nan where there is nothing to measure.

    Attributes
    ----------
    commonest_answer : float
        The share of the images looked at that get the commonest answer.
    dead_units, saturated_units : float
        The share in the worst of the layers that `Look` tells about.
    relative_update : float
        By how much the epoch changed the weights, over their size before: ‖Δw‖/‖w‖.
    loss_increases : int
        How many epochs so far had a higher loss than the one before.
    """

    commonest_answer: float
    dead_units: float
    saturated_units: float
    relative_update: float
    loss_increases: int


class Observer:
    """Measures the health of a network after each epoch.

    Parameters
    ----------
    network : Network
        With its first weights.
    images : (n, pixels) float32
        The first LOOKED_AT of them are looked at.

    Attributes
    ----------
    history : list of (Epoch, Health)
        Of the epochs observed so far.
    """

    def __init__(self, network: Network, images: Array | LazyRows) -> None:
        self.network, self.images = network, np.asarray(images[:LOOKED_AT])
        self.weights = network.parameters[: network.n_weights].copy()
        self.loss, self.increases = math.inf, 0
        self.history: list[tuple[Epoch, Health]] = []

    def observe(self, epoch: Epoch) -> None:
        """Add an epoch that has just ended to the history."""
        self.history.append((epoch, self.health(epoch)))

    def health(self, epoch: Epoch) -> Health:
        """Return the figures of an epoch that has just ended."""
        seen = look(self.network, self.images)
        self.increases += epoch.loss > self.loss
        self.loss = epoch.loss
        return Health(
            float(np.bincount(seen.answers).max() / len(seen.answers)),
            max(seen.dead.values(), default=math.nan),
            max(seen.saturated.values(), default=math.nan),
            self.relative_update(),
            self.increases,
        )

    def relative_update(self) -> float:
        """Return ‖Δw‖/‖w‖ since it was last called; nan if the weights were all zero."""
        weights = self.network.parameters[: self.network.n_weights]
        before = norm(self.weights)
        self.weights -= weights
        change = norm(self.weights)
        self.weights[...] = weights
        return change / before if before else math.nan

    def state(self) -> State:
        """Return what another observer needs to go on from here; the history by columns."""
        return {"weights": self.weights, **columns(self.history)}

    def restore(self, state: State) -> None:
        """Go on from where another observer of the same network was."""
        mine, saved = ({"weights": array} for array in (self.weights, state["weights"]))
        self.weights[...] = restored("the observer", mine, saved)["weights"]
        self.history[:] = rows(state)
        for epoch, health in self.history[-1:]:
            self.loss, self.increases = epoch.loss, health.loss_increases


KINDS = {"int": np.int64, "float": np.float64}


def columns(history: Sequence[tuple[Epoch, Health]]) -> State:
    """Return, for each field of `Epoch` and `Health`, its values (epochs,) as int64 or float64."""
    return {
        field.name: np.array(
            [getattr(row[i], field.name) for row in history], KINDS[str(field.type)]
        )
        for i, kind in enumerate((Epoch, Health))
        for field in fields(kind)
    }


def rows(state: State) -> list[tuple[Epoch, Health]]:
    """Return the history that `columns` made a table of."""
    of_epoch, of_health = (
        zip(*(state[field.name].tolist() for field in fields(kind)), strict=True)
        for kind in (Epoch, Health)
    )
    return [(Epoch(*e), Health(*h)) for e, h in zip(of_epoch, of_health, strict=True)]


def norm(vector: Array) -> float:
    """Return the length of a vector, in float64: weights that run away have enormous squares."""
    return float(np.linalg.norm(vector.astype(np.float64)))
