"""The loop that the benchmark times computes what the vectorised network does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scrawl.nn.network import Network

SCRIPT = Path(__file__).parents[2] / "benchmarks/loop_against_vectorised.py"


def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("loop_against_vectorised", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


loops: Any = script()


def examples(n: int, dtype: type) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    return rng.random((n, 784)).astype(dtype), np.eye(10, dtype=dtype)[rng.integers(0, 10, n)]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
@pytest.mark.parametrize("hidden", [[16, 16], [5], []])
def test_both_end_with_the_same_weights(dtype: type, tolerance: float, hidden: list[int]) -> None:
    network: Network = loops.new_network(hidden, dtype)
    loop = loops.loop_copy(network)
    before = network.parameters.copy()
    images, labels = examples(40, dtype)
    loops.learn(network, images, labels, rate=0.5, batch=10)
    for start in range(0, 40, 10):
        part = slice(start, start + 10)
        loop.learn(images[part].astype(float), labels[part].astype(float), rate=0.5)
    looped = np.concatenate([array.ravel() for array in (*loop.weights, *loop.biases)])
    np.testing.assert_allclose(network.parameters, looped, rtol=0, atol=tolerance)
    assert np.abs(network.parameters - before).max() > 1000 * tolerance  # both have learnt


def test_ways_are_timed_in_turn_after_one_turn_that_does_not_count() -> None:
    turns: list[str] = []
    ways = {name: lambda name=name: turns.append(name) for name in "ab"}
    seconds = loops.alternating(ways, repetitions=2)
    assert turns == list("ababab")
    assert {name: len(times) for name, times in seconds.items()} == {"a": 2, "b": 2}


def test_ratios_are_taken_within_a_repetition() -> None:
    seconds = {"loop": [4.0, 8.0, 2.0], "fast": [1.0, 4.0, 1.0]}
    table = loops.against(seconds, "loop", {"loop": 1.0, "fast": 0.5})
    assert table["fast"]["times_faster"] == {"median": 4.0, "low": 4.0, "high": 8.0}
    assert table["fast"]["seconds_a_round"] == {"median": 0.5, "low": 0.5, "high": 2.0}
    assert table["loop"]["times_faster"] == {"median": 1.0, "low": 1.0, "high": 1.0}
