"""The range test: rates as asked for, a loss that falls and then explodes, an end."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from scrawl.nn.architectures import dense_network
from scrawl.nn.examples import Examples
from scrawl.nn.losses import Quadratic
from scrawl.nn.optimisers import GradientDescent
from scrawl.nn.schedules import learning_rate_range
from scrawl.nn.trainer import Plan, Trainer
from scrawl.studies.range_test import range_test


def sweep(**changes: Any) -> list[tuple[float, float]]:
    """Sweep the rate for a linear model of y = x."""
    images = np.random.default_rng(0).standard_normal((40, 3), dtype=np.float32)
    network = dense_network(3, [], 3, rng=np.random.default_rng(1))
    optimiser = GradientDescent(network.parameters.size, network.n_weights)
    examples = changes.pop("examples", Examples(images, images))
    rng = np.random.default_rng(2)
    trainer = Trainer(network, Quadratic(), optimiser, Plan(1.0, batch_size=16), rng)
    rates = learning_rate_range(**{"low": 1e-3, "high": 1.0, **changes})
    return list(range_test(trainer, examples, rates, 100, rng))


def test_rates_rise_exponentially_over_as_many_steps_as_asked_for() -> None:
    rates = [rate for rate, _ in sweep()]
    assert len(rates) == 100  # of 3 batches an epoch: the sweep goes on over many epochs
    assert rates[0] == 1e-3
    assert rates[-1] == pytest.approx(1.0)
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([1000 ** (1 / 99)] * 99)


def test_the_loss_falls_where_rates_teach() -> None:
    losses = [loss for _, loss in sweep()]
    assert losses[-1] < losses[0] / 100


def test_the_sweep_ends_where_the_loss_is_no_longer_finite() -> None:
    swept = sweep(low=1.0, high=1e30)
    assert 3 < len(swept) < 100
    assert all(math.isfinite(loss) for _, loss in swept)
    assert swept[-1][1] > 1e6


def test_a_sweep_over_no_examples_is_refused() -> None:
    none = np.zeros((0, 3), np.float32)
    with pytest.raises(ValueError, match="no training examples"):
        sweep(examples=Examples(none, none))
