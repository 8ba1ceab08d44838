"""First weights: what is measured of them, against closed forms and differences."""

from __future__ import annotations

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import convolutional_network, dense_network
from scrawl.nn.diagnosis.initial_state import Start
from scrawl.nn.examples import Examples
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network

N, PIXELS, CLASSES = 64, 16, 3  # all of them are passed


def examples() -> Examples:
    rng = np.random.default_rng(0)
    images = rng.random((N, PIXELS), dtype=np.float32)
    return Examples(images, np.eye(CLASSES, dtype=np.float32)[np.arange(N) % CLASSES])


def twin(hidden: list[int], **kinds: str | bool | float) -> Network:
    rng = np.random.default_rng(1)
    return dense_network(PIXELS, hidden, CLASSES, dtype=np.float64, rng=rng, **kinds)


def slope(network: Network, table: Array, place: tuple[int, ...], shown: Examples) -> float:
    """Return ∂loss/∂weight by central differences."""
    losses, kept = [], float(table[place])
    images, labels = (np.asarray(a, np.float64) for a in (shown.images, shown.labels))
    for step in (1e-6, -1e-6):
        table[place] = kept + step
        outputs = network.forward(images, training=True)  # type: ignore[arg-type]
        losses.append(CrossEntropy()(outputs, labels, np.empty_like(outputs)))  # type: ignore[arg-type]
    table[place] = kept
    return (losses[0] - losses[1]) / 2e-6


@pytest.mark.parametrize("normalised", [False, True])
def test_gradients_are_slopes_over_the_size_of_the_weights(normalised: bool) -> None:
    network = twin([4], activation="tanh", initialiser="xavier", batch_normalisation=normalised)
    found = Start.of(network, CrossEntropy(), examples())
    for name, table in network.named_parameters().items():
        layer, _, kind = name.partition("/")
        if kind != "weights":
            continue
        slopes = [slope(network, table, place, examples()) for place in np.ndindex(table.shape)]
        by_differences = np.linalg.norm(slopes) / np.linalg.norm(table)
        assert found.gradients[layer] == pytest.approx(by_differences, rel=1e-6)


def test_signals_are_the_spread_from_image_to_image() -> None:
    network = twin([4], activation="sigmoid")
    found = Start.of(network, CrossEntropy(), examples())
    tables = network.named_parameters()
    sums = np.asarray(examples().images, np.float64) @ tables["1-dense/weights"]
    outputs = 1 / (1 + np.exp(-sums)) @ tables["3-dense/weights"]
    assert found.signals["1-dense"] == pytest.approx(sums.std(axis=0).mean())
    assert found.signals["3-dense"] == pytest.approx(outputs.std(axis=0).mean())
    z = outputs - outputs.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    assert found.loss == pytest.approx(-logs[np.arange(N), np.arange(N) % CLASSES].mean())


def test_units_are_alike_only_if_all_their_weights_are() -> None:
    def alike(network: Network) -> tuple[str, ...]:
        return Start.of(network, CrossEntropy(), examples()).alike

    assert alike(twin([4, 4], initialiser="zeros")) == ("1-dense", "3-dense")
    assert alike(twin([4, 4])) == ()
    assert alike(twin([], initialiser="zeros")) == ()  # outputs have labels of their own
    assert alike(twin([1], initialiser="zeros")) == ()
    network = twin([4, 4])
    weights = network.named_parameters()["3-dense/weights"]
    weights[:] = weights[:, :1]
    assert alike(network) == ("3-dense",)


def test_filters_may_be_alike_too() -> None:
    rng = np.random.default_rng(0)
    network = convolutional_network((4, 4), [[3]], [], CLASSES, kernel=3, dtype=np.float64, rng=rng)
    filters = network.named_parameters()["2-convolution/weights"]
    filters[:] = filters[:1]
    found = Start.of(network, CrossEntropy(), examples())
    assert found.alike == ("2-convolution",)
    assert found.units["4-relu"] == 3


def test_silent_units_are_those_without_a_slope_for_any_image() -> None:
    network = twin([4])
    tables = network.named_parameters()
    tables["1-dense/weights"][:] = 0
    tables["1-dense/biases"][:] = [-1, 1, 1, 1]
    found = Start.of(network, CrossEntropy(), examples())
    assert (found.silent, found.units) == ({"2-relu": 0.25}, {"2-relu": 4})


def test_the_parameters_are_kept_as_they_began() -> None:
    network = twin([4])
    found = Start.of(network, CrossEntropy(), examples())
    network.parameters[:] = 7
    assert not (found.parameters == 7).any()
    assert found.parameters.dtype == np.float32
