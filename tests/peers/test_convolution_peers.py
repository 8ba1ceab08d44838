"""Layers of images and convolutional networks against PyTorch.

Optional: skipped where PyTorch is not installed, and `make test` does not install it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.architectures import convolutional_network
from scrawl.nn.fitting import compute_gradients
from scrawl.nn.layers.activations import ReLU
from scrawl.nn.layers.base import Dense, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.layers.convolution import Convolution
from scrawl.nn.layers.pooling import AveragePooling, MaxPooling
from scrawl.nn.layers.reshaping import Flatten, GlobalAveragePooling, Images
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network
from scrawl.nn.registries import OPTIMISERS

torch = pytest.importorskip("torch", reason="PyTorch is not installed: no peer to compare with")

BATCH, CLASSES, SHAPE = 24, 10, (14, 13)

MODULES: dict[type[Layer], Callable[[Any], Any]] = {
    Images: lambda a: torch.nn.Unflatten(1, a.shape_out),
    Convolution: lambda a: torch.nn.Conv2d(
        a.channels, a.filters, a.kernel, a.stride, a.padding, bias=a.bias
    ),
    MaxPooling: lambda a: torch.nn.MaxPool2d(a.size),
    AveragePooling: lambda a: torch.nn.AvgPool2d(a.size),
    BatchNormalisation: lambda a: torch.nn.BatchNorm2d(a.shape_in[0]),
    ReLU: lambda _: torch.nn.ReLU(),
    Flatten: lambda _: torch.nn.Flatten(),
    GlobalAveragePooling: lambda _: torch.nn.Sequential(
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    ),
    Dense: lambda a: torch.nn.Linear(a.n_in, a.n_out, bias=a.bias),
}
STACKS: dict[str, Callable[[], list[Layer]]] = {
    "valid": lambda: [Convolution(4, 5), MaxPooling(), ReLU(), Convolution(6, 3), ReLU()],
    "padded": lambda: [Convolution(4, 5, padding=2), ReLU(), Convolution(6, 3, padding=1)],
    "strided": lambda: [Convolution(4, 3, stride=2), ReLU(), Convolution(6, 3, 2, padding=1)],
    "stride 3": lambda: [Convolution(4, 1), ReLU(), Convolution(5, 5, stride=3, padding=3)],
    "no bias": lambda: [Convolution(4, 3, bias=False), ReLU(), Convolution(6, 3, bias=False)],
    "squares of 3": lambda: [Convolution(4, 2), MaxPooling(3), ReLU()],
    "average": lambda: [Convolution(4, 2), AveragePooling(), ReLU(), Convolution(6, 3)],
    "normalised": lambda: [Convolution(4, 3), BatchNormalisation(), ReLU(), Convolution(3, 2)],
}


def pair(stack: str, last: type[Layer]) -> tuple[Network, Any]:
    """Return the same network of ours and theirs."""
    layers = [Images(SHAPE), *STACKS[stack](), last(), Dense(CLASSES)]
    network = Network(layers, SHAPE[0] * SHAPE[1], np.random.default_rng(2))
    network.parameters += 0.1 * np.random.default_rng(3).standard_normal(
        network.parameters.size, dtype=np.float32
    )
    return network, peer_of(network)


def peer_of(network: Network) -> Any:
    """Return PyTorch's modules for our layers, with the same parameters."""
    theirs = torch.nn.Sequential(*(MODULES[type(layer)](layer) for layer in network.layers))
    with torch.no_grad():
        for name, view in network.named_parameters().items():
            their_parameter(theirs, name).copy_(torch.from_numpy(as_theirs(view)))
    return theirs


def as_theirs(array: Array) -> Array:
    """Return a copy; only the weights of dense layers are transposed."""
    return array.T.copy() if array.ndim == 2 else array.copy()


def their_parameter(theirs: Any, name: str) -> Any:
    """Return the parameter that we call by this name."""
    layer, kind = name.split("/")
    module = theirs[int(layer.split("-")[0]) - 1]
    return module.weight if kind in {"weights", "scale"} else module.bias


def batch() -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    labels = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, BATCH)]
    return rng.standard_normal((BATCH, SHAPE[0] * SHAPE[1]), dtype=np.float32), labels


def their_pass(theirs: Any) -> tuple[Any, Any]:
    images, labels = map(torch.from_numpy, batch())
    theirs.zero_grad()
    outputs = theirs(images)
    value = torch.nn.CrossEntropyLoss()(outputs, labels)
    value.backward()
    return outputs.detach(), value.detach()


@pytest.mark.parametrize("last", [Flatten, GlobalAveragePooling])
@pytest.mark.parametrize("stack", STACKS)
def test_outputs_loss_and_gradients_are_those_of_pytorch(stack: str, last: type[Layer]) -> None:
    network, theirs = pair(stack, last)
    value, _ = compute_gradients(network, CrossEntropy(), *batch())
    outputs = network.layers[-1].outputs  # type: ignore[attr-defined]
    their_outputs, their_value = their_pass(theirs)
    np.testing.assert_allclose(outputs, their_outputs, rtol=1e-4, atol=1e-5)
    assert value == pytest.approx(float(their_value), rel=1e-5)
    for name, gradient in network.views(network.gradients).items():
        expected = their_parameter(theirs, name).grad.numpy()
        np.testing.assert_allclose(
            as_theirs(gradient), expected, rtol=1e-3, atol=5e-6, err_msg=name
        )


def test_running_averages_and_evaluation_are_those_of_pytorch() -> None:
    network, theirs = pair("normalised", Flatten)
    for _ in range(5):
        compute_gradients(network, CrossEntropy(), *batch())
        their_pass(theirs)
    state = network.named_state()
    for key, expected in (("mean", theirs[2].running_mean), ("variance", theirs[2].running_var)):
        found = state[f"3-batch-normalisation/{key}"]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    expected = theirs.eval()(torch.from_numpy(batch()[0])).detach()
    np.testing.assert_allclose(network.forward(batch()[0]), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "make", "rate"),
    [
        ("momentum", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), 0.05),
        ("adam", lambda p: torch.optim.Adam(p, lr=0.003), 0.003),
    ],
)
def test_ten_steps_of_the_usual_network_are_those_of_pytorch(
    name: str, make: Callable[[Any], Any], rate: float
) -> None:
    rng = np.random.default_rng(2)
    network = convolutional_network(
        SHAPE, [[4, 5], [6]], [16], CLASSES, kernel=3, padding=1, rng=rng
    )
    start, theirs = network.parameters.copy(), peer_of(network)
    ours, their_optimiser = (
        OPTIMISERS[name](network.parameters.size, network.n_weights),
        make(theirs.parameters()),
    )
    for _ in range(10):
        compute_gradients(network, CrossEntropy(), *batch())
        ours.step(network.parameters, network.gradients, rate)
        their_pass(theirs)
        their_optimiser.step()
    for parameter, view in network.named_parameters().items():
        expected = their_parameter(theirs, parameter).detach().numpy()
        np.testing.assert_allclose(
            as_theirs(view), expected, rtol=2e-3, atol=1e-4, err_msg=parameter
        )
    assert np.abs(network.parameters - start).max() > 0.01
