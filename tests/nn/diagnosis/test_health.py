"""Figures of a network's health, counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import convolutional_network, dense_network
from scrawl.nn.diagnosis.health import LOOKED_AT, Observer, look
from scrawl.nn.fitting import Epoch
from scrawl.nn.network import Network


def network(activation: str, output: str = "linear", hidden: int = 4) -> Network:
    """Return a network of one input whose units see just their biases: all weights are zero."""
    rng = np.random.default_rng(0)
    kinds = {"activation": activation, "output": output, "initialiser": "zeros"}
    return dense_network(1, [hidden], 3, rng=rng, **kinds)


def images(n: int) -> Array:
    return np.linspace(-1, 1, n, dtype=np.float32)[:, None]


def epoch(loss: float) -> Epoch:
    return Epoch(1, 1, 0.1, loss, 0.5, math.nan, math.nan)


# More than one batch of a forward pass; and fewer than one.
@pytest.mark.parametrize("n", [700, 20])
def test_a_relu_is_dead_if_it_is_zero_for_every_image(n: int) -> None:
    net = network("relu")
    tables = net.named_parameters()
    # always on; on for some; always off; on for the very last image only
    tables["1-dense/weights"][:] = [0, 1, 0, 1]
    tables["1-dense/biases"][:] = [1, 0, -1, -1 + 1e-6]
    seen = look(net, images(n))
    assert seen.dead == {"2-relu": 0.25}
    assert seen.saturated == {}


def test_a_channel_is_dead_if_it_is_zero_at_every_place_of_every_image() -> None:
    rng = np.random.default_rng(0)
    net = convolutional_network((2, 2), [[4]], [], 3, kernel=1, pooling="none", rng=rng)
    tables = net.named_parameters()
    # always on; on at a single place of a single image; off; off
    tables["2-convolution/weights"][:, 0, 0, 0] = [0, 1, 0, 1]
    tables["2-convolution/biases"][:] = [1, -0.9, -1, -2]
    some = np.zeros((100, 4), np.float32)
    some[70, 2] = 1
    assert look(net, some).dead == {"3-relu": 0.5}


def test_dead_outputs_count_and_a_relu_with_a_wrong_derivative_is_a_relu() -> None:
    net = network("relu-with-unit-derivative", "relu")
    net.named_parameters()["3-dense/biases"][:] = [-1, 0, 1]
    assert look(net, images(9)).dead == {
        "2-relu-with-unit-derivative": 1.0,
        "4-relu": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize(("activation", "limit"), [("sigmoid", 6.0), ("tanh", 3.0)])
def test_a_unit_is_saturated_where_its_slope_is_a_hundredth_of_the_greatest(
    activation: str, limit: float
) -> None:
    # 4·σ'(z) = 1 − tanh²(z/2) = 0.01 at z = 5.99, 1 − tanh²(z) at 2.99
    net = network(activation, hidden=5)
    tables = net.named_parameters()
    tables["1-dense/biases"][:] = [limit, -limit, limit * 0.99, -limit * 0.99, 0]
    assert look(net, images(50)).saturated == {f"2-{activation}": pytest.approx(0.4)}
    # saturated for nearly all of the images is enough, for most is not
    tables["1-dense/weights"][:] = [0, 0, 0, 0, 50 * limit]
    assert look(net, images(999)).saturated == {f"2-{activation}": pytest.approx(0.4)}
    tables["1-dense/weights"][:] = [0, 0, 0, 0, 1000 * limit]
    assert look(net, images(999)).saturated == {f"2-{activation}": pytest.approx(0.6)}


def test_outputs_may_saturate() -> None:
    net = network("tanh", "sigmoid")
    net.named_parameters()["3-dense/biases"][:] = 50
    assert look(net, images(9)).saturated == {"2-tanh": 0.0}


def test_answers_are_the_classes_of_the_largest_outputs() -> None:
    net = network("relu")
    tables = net.named_parameters()
    tables["1-dense/weights"][:] = [1, 0, 0, 0]
    tables["3-dense/weights"][0] = [0, 0, 1]
    tables["3-dense/biases"][:] = [0, 0.5, 0]
    assert look(net, np.array([[-1], [0.2], [0.7], [1]], np.float32)).answers.tolist() == [
        1,
        1,
        2,
        2,
    ]


def test_no_layer_to_measure_gives_nan() -> None:
    net = network("gelu")
    health = Observer(net, images(5)).health(epoch(1.0))
    assert health.commonest_answer == 1.0
    assert np.isnan([health.dead_units, health.saturated_units]).all()


def test_the_update_is_measured_against_the_weights_before_it_without_biases() -> None:
    net = network("relu")
    observer = Observer(net, images(5))
    weights = net.parameters[: net.n_weights]
    weights[:2] = [3, 4]
    assert math.isnan(observer.health(epoch(1.0)).relative_update)  # they were all zero
    weights[:3] = [3, 4, 12]
    net.parameters[net.n_weights :] = 99
    assert observer.health(epoch(1.0)).relative_update == pytest.approx(12 / 5)
    assert observer.health(epoch(1.0)).relative_update == 0


def test_enormous_weights_have_a_size() -> None:
    net = network("relu")
    weights = net.parameters[: net.n_weights]
    weights[:] = 1e30
    observer = Observer(net, images(5))
    weights[:] = 3e30
    assert observer.health(epoch(1.0)).relative_update == pytest.approx(2)


def test_increases_of_the_loss_are_counted() -> None:
    observer = Observer(network("relu"), images(5))
    losses = [3.0, 2.0, 2.5, 2.5, 2.6, 1.0]
    assert [observer.health(epoch(loss)).loss_increases for loss in losses] == [0, 0, 1, 1, 2, 2]


def test_the_first_thousand_images_are_looked_at() -> None:
    net = network("relu")
    net.named_parameters()["1-dense/weights"][:] = 1
    pixels = np.zeros((LOOKED_AT + 1, 1), np.float32)
    pixels[LOOKED_AT] = 1
    assert Observer(net, pixels).health(epoch(1.0)).dead_units == 1.0
    pixels[LOOKED_AT - 1] = 1
    assert Observer(net, pixels).health(epoch(1.0)).dead_units == 0.0
