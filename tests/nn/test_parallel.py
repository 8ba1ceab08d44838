"""Work in pieces: the same bits on any number of threads, and nothing computed twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array, fitting
from scrawl.nn.architectures import dense_network
from scrawl.nn.clipping import Clipped
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.network import Network
from scrawl.nn.optimisers import BLOCK, Optimiser
from scrawl.nn.parallel import SMALLEST, PiecewiseMatmul, cut, serial
from scrawl.nn.registries import OPTIMISERS
from scrawl.training.workers import workers


@pytest.mark.parametrize(("length", "pieces"), [(10, 3), (7, 7), (3, 8), (100, 1)])
def test_slices_cover_a_length_once_and_none_is_empty(length: int, pieces: int) -> None:
    slices = cut(length, pieces)
    assert [i for part in slices for i in range(part.start, part.stop)] == list(range(length))
    assert all(part.start < part.stop for part in slices)
    sizes = [part.stop - part.start for part in slices]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("shape", [(300, 200, 40), (40, 200, 300), (64, 512, 64), (1, 2000, 1100)])
def test_a_product_in_pieces_is_the_product(shape: tuple[int, int, int]) -> None:
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    a, b = rng.random((rows, inner)), rng.random((inner, columns))
    expected = np.einsum("ik,kj->ij", a, b)
    for pieces in (1, 3, 4):
        out = np.full((rows, columns), np.nan, np.float32)
        multiply = PiecewiseMatmul(pieces, serial)
        assert multiply(a.astype(np.float32), b.astype(np.float32), out=out) is out
        np.testing.assert_allclose(out, expected, rtol=1e-5)


def test_small_products_stay_whole() -> None:
    def refuse(task: Callable[[Any], object], pieces: Sequence[Any], /) -> None:
        raise AssertionError("shared")

    a, b = np.ones((8, 2), np.float32), np.ones((2, SMALLEST // 16 - 1), np.float32)
    PiecewiseMatmul(4, refuse)(a, b, out=np.empty((8, SMALLEST // 16 - 1), np.float32))
    b = np.ones((2, SMALLEST // 16), np.float32)
    with pytest.raises(AssertionError, match="shared"):
        PiecewiseMatmul(4, refuse)(a, b, out=np.empty((8, SMALLEST // 16), np.float32))


def wide_network() -> Network:
    rng = np.random.default_rng(0)
    return dense_network(60, [500, 300], 10, dropout=0.1, batch_normalisation=True, rng=rng)


def examples(n: int = 96) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    images = rng.random((n, 60), dtype=np.float32)
    return images, np.eye(10, dtype=np.float32)[rng.integers(0, 10, n)]


def trained(optimiser: Callable[..., Optimiser], pieces: int, threads: int) -> Array:
    """Return the parameters after a few steps."""
    network = wide_network()
    step = optimiser(network.parameters.size, network.n_weights, weight_decay=1e-4)
    images, labels = examples()
    with workers(threads) as executor:
        network.divide(pieces, executor)
        step.divide(executor)
        for _ in range(5):
            fitting.learn(network, CrossEntropy(), step, images, labels, 0.01)
    return network.parameters


def clipped(*arguments: Any, **settings: Any) -> Optimiser:
    return Clipped(OPTIMISERS["nesterov"](*arguments, **settings), 0.1)


@pytest.mark.parametrize("name", [*OPTIMISERS, "clipped"])
def test_the_number_of_threads_changes_no_bit(name: str) -> None:
    optimiser = {**OPTIMISERS, "clipped": clipped}[name]
    assert wide_network().parameters.size > BLOCK  # several blocks to share
    one, *others = (trained(optimiser, 4, threads).tobytes() for threads in (1, 2, 4))
    assert all(other == one for other in others)


def test_one_piece_is_the_undivided_network() -> None:
    undivided = wide_network()
    step = OPTIMISERS["adam"](undivided.parameters.size, undivided.n_weights, weight_decay=1e-4)
    for _ in range(5):
        fitting.learn(undivided, CrossEntropy(), step, *examples(), 0.01)
    assert trained(OPTIMISERS["adam"], 1, 1).tobytes() == undivided.parameters.tobytes()


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("sizes", [(784, 128, 10), (784, 200, 100, 10)])
def test_a_step_makes_no_more_multiply_adds_than_it_must(
    sizes: tuple[int, ...], pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, counted = 64, 0
    multiply = np.matmul

    def counting(a: Array, b: Array, /, out: Array) -> Array:
        nonlocal counted
        counted += a.shape[0] * a.shape[1] * b.shape[1]
        return multiply(a, b, out=out)

    network = dense_network(sizes[0], sizes[1:-1], sizes[-1], rng=np.random.default_rng(0))
    monkeypatch.setattr(np, "matmul", counting)
    for layer in network.layers:
        layer.matmul = counting
    network.divide(pieces)
    images, labels = np.zeros((batch, sizes[0]), np.float32), np.zeros((batch, 10), np.float32)
    fitting.compute_gradients(network, CrossEntropy(), images, labels)
    # forward, weight gradients and input gradients, but for the first layer's input gradient
    weights = [n_in * n_out for n_in, n_out in pairwise(sizes)]
    assert counted == batch * (3 * sum(weights) - weights[0])


def test_workers_share_every_piece_once_between_threads() -> None:
    done: list[int] = []
    names: set[str] = set()
    both = threading.Barrier(2, timeout=10)

    def task(piece: int) -> None:
        if piece < 2:
            both.wait()  # passes only if two threads are here at the same time
        names.add(threading.current_thread().name)
        done.append(piece)

    with workers(2) as executor:
        executor(task, range(20))
    assert sorted(done) == list(range(20))
    assert len(names) == 2


def test_an_error_in_any_thread_comes_back() -> None:
    both = threading.Barrier(2, timeout=10)

    def task(piece: int) -> None:
        both.wait()
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("from another thread")

    with pytest.raises(ValueError, match="from another thread"), workers(2) as executor:
        executor(task, range(2))


def test_threads_that_overflow_give_no_warnings() -> None:
    big, both = np.full(4, 3e38, np.float32), threading.Barrier(2, timeout=10)

    def task(piece: int) -> None:
        both.wait()
        np.multiply(big, 10)

    with workers(2) as executor, np.errstate(over="ignore"):
        executor(task, range(2))


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"--threads: found 0, expected 1 or more"):
        workers(0).__enter__()
