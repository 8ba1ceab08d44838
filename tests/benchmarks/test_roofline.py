"""The roofline: its verdict on made-up measurements, and its tables and figure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from benchmarks.counting import COPIES, PASSES, PRODUCTS, Tally, Work
from benchmarks.measure import Ratio
from benchmarks.steps import Measured

from benchmarks import page, roofline, roofline_figure


def measured(**seconds: float) -> Measured:
    """Return a step of a second: a product of 30 GFLOP, a pass and a copy of 2 GB each."""
    tally = Tally()
    for kind, moved in ((PRODUCTS, 10), (PASSES, 2_000_000_000), (COPIES, 2_000_000_000)):
        operations = 30_000_000_000 if kind == PRODUCTS else 0
        tally.work["1-dense forward", kind] = Work(operations, moved, [seconds[kind]])
    return Measured(1.0, Ratio(0.5, 0.4, 0.6), tally, least=3_000_000_000)


@pytest.mark.parametrize(
    ("products", "passes", "copies", "limit"),
    [(0.6, 0.2, 0.1, "BLAS"), (0.3, 0.2, 0.3, "memory"), (0.2, 0.1, 0.1, "Python")],
)
def test_the_limit_is_what_takes_most_of_a_step(
    products: float, passes: float, copies: float, limit: str
) -> None:
    found = measured(products=products, passes=passes, copies=copies)
    row = roofline.speed_of("784-10, 1", found)
    rest = 1 - products - passes - copies
    shares = [100 * share for share in (products, passes, copies, rest)]
    assert row[4:8] == pytest.approx(shares)
    assert row[1:3] == [1000.0, 30.0]  # ms, GFLOP/s
    assert row[8:10] == pytest.approx([0.5 / products, 4 / (passes + copies)])
    assert row[-1] == limit


def test_operations_a_byte_are_those_of_products() -> None:
    work = roofline.work_of("784-10, 1", measured(products=0.6, passes=0.2, copies=0.1))
    assert work[5:7] == [pytest.approx(10.0), pytest.approx(7.5)]


def test_the_page_has_the_figure_with_every_network_below_both_roofs() -> None:
    found = {name: results() for name in roofline.FIRST}
    tables = roofline.tables_of(found)
    read = {table.name: json.loads(json.dumps(asdict(table))) for table in tables}
    figure = roofline_figure.draw(read)
    above, below = figure.axes
    shown = above.get_legend_handles_labels()[1]
    assert shown[2:] == [row[0] for row in found["portable"]["work"]]
    memory, cache = (np.asarray(line.get_ydata()) for line in above.lines[:2])
    assert memory.max() == cache.max() == 100.0
    assert (memory[0], cache[0]) == pytest.approx((0.3 * 20, 0.3 * 80))
    assert len(below.get_yticks()) == 2 * len(roofline.CASES)
    assert "(roofline.svg)" in page.as_markdown(read["roofline"] | {"machine": {}})


def results() -> dict[str, Any]:
    """Return what a child prints."""
    found = measured(products=0.6, passes=0.2, copies=0.1)
    cases = [f"784-{i}-10, 128" for i in range(len(roofline.CASES))]
    return {
        "computed": "openblas; X86",
        "roofs": [100.0, 20.0, 80.0],
        "work": [roofline.work_of(case, found) for case in cases],
        "speed": [roofline.speed_of(case, found) for case in cases],
        "layers": list(roofline.rows_by_layer(cases[0], found.tally)),
    }


def test_a_layer_has_a_row_with_the_operations_of_each_pass() -> None:
    found = measured(products=0.6, passes=0.2, copies=0.1)
    (row,) = roofline.rows_by_layer("784-10, 1", found.tally)
    assert row[:6] == ["784-10, 1", "1-dense", 30_000.0, None, None, 30_000.0]
    assert row[6:] == pytest.approx([4000, 600_000, 200_000, 100_000])  # MB, µs
