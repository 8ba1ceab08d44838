"""The network library against PyTorch: layers, losses, optimisers, schedules, one by one.

Optional: skipped where PyTorch is not installed, and `make test` does not install it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.averaging import TailAverage
from scrawl.nn.clipping import Clipped
from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers.activations import ACTIVATIONS, Softmax
from scrawl.nn.layers.base import Dense, Dropout, Layer
from scrawl.nn.layers.batch_normalisation import BatchNormalisation
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.registries import OPTIMISERS
from scrawl.nn.schedules import Schedule, constant, cosine, linear, one_cycle, step_decay, warm_up

torch = pytest.importorskip("torch", reason="PyTorch is not installed: no peer to compare with")

BATCH, PIXELS, UNITS, CLASSES = 32, 20, 15, 10


def tensor(array: Array) -> Any:
    return torch.from_numpy(array.copy())


def fixed_dropout(layer: Layer) -> Any:
    """Return a module that multiplies by the factors that our dropout layer drew."""
    assert isinstance(layer, Dropout)
    module = torch.nn.Identity()
    module.register_forward_hook(lambda _m, _i, z: z * tensor(layer.factors[: len(z)]))
    return module


# ours, and theirs once ours has drawn what it draws
MIDDLES: dict[str, tuple[Callable[[], Layer], Callable[[Any], Any]]] = {
    "sigmoid": (ACTIVATIONS["sigmoid"], lambda _: torch.nn.Sigmoid()),
    "tanh": (ACTIVATIONS["tanh"], lambda _: torch.nn.Tanh()),
    "relu": (ACTIVATIONS["relu"], lambda _: torch.nn.ReLU()),
    "leaky-relu": (ACTIVATIONS["leaky-relu"], lambda _: torch.nn.LeakyReLU()),
    "gelu": (ACTIVATIONS["gelu"], lambda _: torch.nn.GELU(approximate="tanh")),
    "softmax": (Softmax, lambda _: torch.nn.Softmax(dim=1)),
    "batch-normalisation": (BatchNormalisation, lambda _: torch.nn.BatchNorm1d(UNITS)),
    "dropout": (lambda: Dropout(0.3, np.random.default_rng(0)), fixed_dropout),
    "dense": (lambda: Dense(UNITS), lambda _: torch.nn.Linear(UNITS, UNITS)),
    "dense without bias": (
        lambda: Dense(UNITS, bias=False),
        lambda _: torch.nn.Linear(UNITS, UNITS, bias=False),
    ),
}
LOSSES: dict[str, tuple[Loss, Callable[[Any, Any], Any]]] = {
    "quadratic": (Quadratic(), lambda a, y: ((a - y) ** 2).sum() / (2 * len(a))),
    "cross-entropy": (CrossEntropy(), torch.nn.CrossEntropyLoss()),
    "smoothed": (CrossEntropy(0.1), torch.nn.CrossEntropyLoss(label_smoothing=0.1)),
}


def batch() -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    labels = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, BATCH)]
    return rng.standard_normal((BATCH, PIXELS), dtype=np.float32), labels


def pair(middle: str) -> tuple[Network, Any]:
    """Return the same three layers of ours and theirs, before ours has drawn anything."""
    layers = [Dense(UNITS), MIDDLES[middle][0](), Dense(CLASSES)]
    network = Network(layers, PIXELS, np.random.default_rng(2))
    network.parameters += 0.1 * np.random.default_rng(3).standard_normal(
        network.parameters.size, dtype=np.float32
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(PIXELS, UNITS),
        MIDDLES[middle][1](layers[1]),
        torch.nn.Linear(UNITS, CLASSES),
    )
    with torch.no_grad():
        for name, view in network.named_parameters().items():
            their_parameter(theirs, name).copy_(tensor(view.T))
    return network, theirs


def their_parameter(theirs: Any, name: str) -> Any:
    """Return the parameter that we call by this name; matrices are transposed."""
    layer, kind = name.split("/")
    module = theirs[int(layer.split("-")[0]) - 1]
    return module.weight if kind in {"weights", "scale"} else module.bias


def our_pass(network: Network, loss: Loss) -> tuple[Array, float]:
    images, labels = batch()
    outputs = network.forward(images, training=True)
    gradient = np.empty_like(outputs)
    value = loss(outputs, labels, gradient)
    network.backward(gradient)
    return outputs, value


def their_pass(theirs: Any, loss: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    images, labels = map(tensor, batch())
    theirs.zero_grad()
    outputs = theirs(images)
    value = loss(outputs, labels)
    value.backward()
    return outputs.detach(), value.detach()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("middle", MIDDLES)
def test_outputs_loss_and_gradients_are_those_of_pytorch(middle: str, loss: str) -> None:
    network, theirs = pair(middle)
    outputs, value = our_pass(network, LOSSES[loss][0])
    their_outputs, their_value = their_pass(theirs, LOSSES[loss][1])
    np.testing.assert_allclose(outputs, their_outputs, rtol=1e-5, atol=1e-5)
    assert value == pytest.approx(float(their_value), rel=1e-5)
    for name, gradient in network.views(network.gradients).items():
        expected = their_parameter(theirs, name).grad.numpy().T
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=2e-6, err_msg=name)


def test_running_averages_and_evaluation_are_those_of_pytorch() -> None:
    network, theirs = pair("batch-normalisation")
    for _ in range(5):
        our_pass(network, CrossEntropy())
        their_pass(theirs, torch.nn.CrossEntropyLoss())
    state = network.named_state()
    np.testing.assert_allclose(
        state["2-batch-normalisation/mean"], theirs[1].running_mean, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        state["2-batch-normalisation/variance"], theirs[1].running_var, rtol=1e-4
    )
    images, _ = batch()
    expected = theirs.eval()(tensor(images)).detach()
    np.testing.assert_allclose(network.forward(images), expected, rtol=1e-4, atol=1e-5)


SGD: Callable[..., Any] = torch.optim.SGD
OPTIMISER_PAIRS: dict[str, tuple[dict[str, Any], Callable[..., Any], dict[str, Any]]] = {
    "gradient-descent": ({}, SGD, {}),
    "gradient-ascent": ({}, SGD, {"maximize": True}),
    "momentum": ({}, SGD, {"momentum": 0.9}),
    "nesterov": ({}, SGD, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ({}, torch.optim.RMSprop, {}),
    "adam": ({}, torch.optim.Adam, {}),
    "adamw": ({"beta2": 0.95}, torch.optim.AdamW, {"betas": (0.9, 0.95)}),
}
RATES = {"rmsprop": 0.003, "adam": 0.01, "adamw": 0.01}


def train_both(
    ours: Optimiser, network: Network, their_optimiser: Any, theirs: Any, clip: float | None = None
) -> None:
    """Make ten steps with both, at falling rates, and compare all parameters."""
    peak = their_optimiser.param_groups[0]["lr"]
    for step in range(10):
        rate = peak * linear(step, 10)
        our_pass(network, CrossEntropy())
        ours.step(network.parameters, network.gradients, rate)
        their_pass(theirs, torch.nn.CrossEntropyLoss())
        if clip:
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), clip)
        for group in their_optimiser.param_groups:
            group["lr"] = rate
        their_optimiser.step()
    start, _ = pair("gelu")
    for name, view in network.named_parameters().items():
        expected = their_parameter(theirs, name).detach().numpy().T
        np.testing.assert_allclose(view, expected, rtol=1e-3, atol=2e-5, err_msg=name)
        assert np.abs(view - start.named_parameters()[name]).max() > 1e-3


# with decay, PyTorch's ascent climbs the loss but still descends its penalty; ours climbs both
@pytest.mark.parametrize(
    ("name", "weight_decay"),
    [*((n, 0.0) for n in OPTIMISERS), *((n, 0.05) for n in OPTIMISERS if n != "gradient-ascent")],
)
def test_ten_steps_are_those_of_pytorch(name: str, weight_decay: float) -> None:
    our_options, make, their_options = OPTIMISER_PAIRS[name]
    network, theirs = pair("gelu")
    ours = OPTIMISERS[name](
        network.parameters.size, network.n_weights, weight_decay=weight_decay, **our_options
    )
    groups = [
        {"params": [p for p in theirs.parameters() if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in theirs.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    train_both(ours, network, make(groups, lr=RATES.get(name, 0.1), **their_options), theirs)


def test_clipped_steps_are_those_of_pytorch() -> None:
    network, theirs = pair("gelu")
    size, n_weights = network.parameters.size, network.n_weights
    ours = Clipped(OPTIMISERS["momentum"](size, n_weights), largest_norm=0.3)
    train_both(ours, network, SGD(theirs.parameters(), lr=0.1, momentum=0.9), theirs, clip=0.3)


def test_averaged_weights_are_those_of_pytorch() -> None:
    network, theirs = pair("tanh")
    average = TailAverage(network.parameters.size, share=1.0)
    their_average = torch.optim.swa_utils.AveragedModel(theirs)
    for step in range(5):
        network.parameters += 0.1
        average.update(network.parameters, (step + 1) / 5)
        with torch.no_grad():
            for parameter in theirs.parameters():
                parameter += 0.1
        their_average.update_parameters(theirs)
    for name, view in network.views(average.values).items():
        expected = their_parameter(their_average.module, name).detach().numpy().T
        np.testing.assert_allclose(view, expected, rtol=1e-5, atol=1e-6)


STEPS, PARTS = 100, torch.optim.lr_scheduler
# PyTorch counts one step more in a cycle: it is at its lowest *in* the last, we after it
SCHEDULE_PAIRS: dict[str, tuple[Schedule, Callable[[Any], Any]]] = {
    "constant": (constant, lambda o: PARTS.ConstantLR(o, factor=1.0)),
    "linear": (linear, lambda o: PARTS.LinearLR(o, 1.0, 0.0, total_iters=STEPS)),
    "step-decay": (step_decay, lambda o: PARTS.MultiStepLR(o, [50, 75], gamma=0.1)),
    "cosine": (cosine, lambda o: PARTS.CosineAnnealingLR(o, T_max=STEPS)),
    "warm-up": (warm_up(constant, 0.2), lambda o: PARTS.LinearLR(o, 0.04, 1.0, total_iters=20)),
    "one-cycle": (
        one_cycle,
        lambda o: PARTS.OneCycleLR(
            o, max_lr=1.0, total_steps=STEPS + 1, pct_start=26 / 101, anneal_strategy="linear",
            div_factor=25, final_div_factor=1e12, cycle_momentum=False,
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULE_PAIRS)
def test_rates_at_every_step_are_those_of_pytorch(name: str) -> None:
    ours, make = SCHEDULE_PAIRS[name]
    optimiser = SGD([torch.zeros(1)], lr=1.0)
    theirs = make(optimiser)
    for step in range(STEPS):
        assert ours(step, STEPS) == pytest.approx(theirs.get_last_lr()[0], abs=1e-9), step
        optimiser.step()
        theirs.step()


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("uniform", torch.nn.init.uniform_),
        ("normal", torch.nn.init.normal_),
        ("xavier", torch.nn.init.xavier_normal_),
        ("he", torch.nn.init.kaiming_normal_),
    ],
)
def test_first_weights_are_spread_like_those_of_pytorch(
    name: str, draw: Callable[[Any], Any]
) -> None:
    torch.manual_seed(0)
    theirs = draw(torch.empty(500, 400)).numpy()  # (n_out, n_in)
    ours = INITIALISERS[name](np.random.default_rng(0), 400, 500)
    points = [0.01, 0.1, 0.5, 0.9, 0.99]
    np.testing.assert_allclose(
        np.quantile(ours, points), np.quantile(theirs, points), rtol=0.02, atol=0.02 * theirs.std()
    )
