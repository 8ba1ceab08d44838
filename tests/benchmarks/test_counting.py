"""Counted operations and bytes: those of the definitions, enumerated or written out by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from benchmarks.counting import COPIES, PASSES, PRODUCTS, Counted, Tally, counting
from benchmarks.steps import Steps

from benchmarks import steps
from scrawl.nn.examples import Examples

FILTERS, HIDDEN, BATCH = [2, 3], [5], 4


def examples(n: int) -> Examples:
    rng = np.random.default_rng(0)
    labels = np.eye(10, dtype=np.float32)[rng.integers(0, 10, n)]
    return Examples(rng.random((n, 784), dtype=np.float32), labels)


def counted(filters: list[int], hidden: list[int]) -> tuple[Steps, Tally]:
    run = Steps(examples(12), filters, hidden, BATCH, counted=True)
    return run, steps.tallied(run)


def multiply_adds(channels: int, side: int, filters: int) -> int:
    """Return those of a convolution, by going through its definition."""
    places = product(range(side - 4), range(side - 4))
    return sum(1 for _ in places for _ in product(range(filters), range(channels), range(25)))


def test_products_of_dense_layers_are_those_of_their_shapes() -> None:
    _, tally = counted([], [6, 5])
    forward = 2 * BATCH * (784 * 6 + 6 * 5 + 5 * 10)
    assert sum(tally.of(f"{i}-dense forward", PRODUCTS).operations for i in (1, 3, 5)) == forward
    inputs = 2 * BATCH * (6 * 5 + 5 * 10)  # none of the first layer
    assert tally.of(kind=PRODUCTS).operations == 2 * forward + inputs


def test_products_of_convolutions_are_those_of_their_definition() -> None:
    _, tally = counted(FILTERS, HIDDEN)
    first, second = multiply_adds(1, 28, 2), multiply_adds(2, 12, 3)
    dense = 48 * 5 + 5 * 10
    for layer, method, expected in (
        ("2-convolution", steps.FORWARD, first),
        ("2-convolution", steps.PARAMETERS, first),
        ("2-convolution", steps.INPUTS, 0),
        ("5-convolution", steps.FORWARD, second),
        ("5-convolution", steps.PARAMETERS, second),
        ("5-convolution", steps.INPUTS, second),
    ):
        assert tally.of(f"{layer} {method}", PRODUCTS).operations == 2 * BATCH * expected
    in_all = 2 * BATCH * (2 * first + 3 * second + 3 * dense)
    assert tally.of(kind=PRODUCTS).operations == in_all


def test_the_optimiser_takes_four_passes_over_parameters_velocities_and_gradients() -> None:
    run, tally = counted([], [6])
    size = 784 * 6 + 6 + 6 * 10 + 10
    # v *= 0.9, v += g, g = 0.01·v, p -= g: of 2, 3, 2 and 3 arrays of four bytes a value
    found = tally.of("optimiser", PASSES)
    assert (found.operations, found.bytes) == (4 * size, 4 * 10 * size)
    # a batch of images and labels is read, parameters and velocities are read and written
    assert steps.least_bytes(run, BATCH) == 4 * (BATCH * 794 + 4 * size)


def test_a_batch_is_copied_from_the_images_and_not_with_the_others() -> None:
    _, tally = counted([], [6])
    assert tally.of("batch", COPIES).bytes == 2 * 4 * BATCH * 794 + 2 * 8 * BATCH  # places
    assert tally.of("batch").operations == 0


def test_relu_compares_each_value_once_and_multiplies_it_on_the_way_back() -> None:
    _, tally = counted([], [6])
    assert tally.of("2-relu forward").operations == BATCH * 6
    assert tally.of(f"2-relu {steps.INPUTS}").operations == 2 * BATCH * 6


@pytest.mark.parametrize("filters", [[], FILTERS])
def test_counting_changes_no_bit_of_training(filters: list[int]) -> None:
    runs = [Steps(examples(12), filters, HIDDEN, BATCH, counted=c) for c in (False, True)]
    for run in runs:
        for _ in range(5):
            run()
    plain, counting_ = (np.asarray(run.network.parameters).tobytes() for run in runs)
    assert plain == counting_


def test_reductions_count_what_they_add_up_and_copies_no_operation() -> None:
    a = np.ones((3, 4), np.float32).view(Counted)
    with counting() as tally:
        a.sum(axis=0)
        a[0] = 0
        np.vdot(a, a)
    assert tally.of(kind=PASSES).operations == 3 * 4 - 4 + 2 * 12 - 1
    assert tally.of(kind=COPIES).bytes == 16
