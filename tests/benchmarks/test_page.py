"""The page of benchmarks: one table is replaced or added without touching the others."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.page import as_markdown, draw, tables_of, with_table

from benchmarks import accuracy

PAGE = """# Benchmarks

## Targets

| target | wanted | found | |
| --- | --- | --- | --- |
| speed | at least 2 | 1 | missed by 50 % |
| size | at most 2 | 1 | met |

## Old

| x |
| --- |
| 0 |

Measured on: cores 1.

## Kept

kept
"""


def table(title: str) -> dict[str, Any]:
    return {
        "name": "old",
        "title": title,
        "columns": ["x"],
        "rows": [[1]],
        "targets": [("speed", 3.0, 2.0, False), ("peak", 1.0, 2.0, True)],
        "notes": [],
        "machine": {"cores": 2},
    }


@pytest.mark.parametrize("title", ["Old", "New"])
def test_one_table_and_its_targets_are_replaced_or_added(title: str) -> None:
    lines = with_table(PAGE, table(title)).splitlines()
    new = ["| x |", "| --- |", "| 1 |", "", "Measured on: cores 2."]
    old = ["| x |", "| --- |", "| 0 |", "", "Measured on: cores 1."]
    sections = [["## Old", "", *(new if title == "Old" else old), ""], ["## Kept", "", "kept"]]
    if title == "New":
        sections = [*sections, ["", "## New", "", *new]]
    assert lines == [
        *PAGE.splitlines()[:6],
        "| speed | at least 2 | 3 | met |",
        "| size | at most 2 | 1 | met |",
        "| peak | at most 2 | 1 | met |",
        "",
        *(line for section in sections for line in section),
    ]


def test_the_picture_is_drawn_from_the_numbers_that_the_page_prints() -> None:
    printed = table("New") | {
        "columns": ["network", "threads", "seconds", "times"],
        "rows": [
            ["784-10", 2, None, {"median": 2.0, "low": 1.0, "high": 3.5}],
            ["0.5 px", 1, 1e4, 1],
        ],
    }
    rows = [["784-10", 2, None, (2.0, 1.0, 3.5)], ["0.5 px", 1, 10000, 1]]
    assert tables_of(f"{PAGE}\n{as_markdown(printed)}") == [
        {"title": "Old", "columns": ["x"], "rows": [[0]]},
        {"title": "New", "columns": printed["columns"], "rows": rows},
    ]


def test_the_picture_has_a_panel_for_each_table_with_ratios_and_one_of_seconds() -> None:
    networks = table("Networks") | {
        "columns": ["network", "beside", "threads", "times"],
        "rows": [["784-10", "PyTorch", 2, {"median": 2.0, "low": 1.0, "high": 3.5}]],
    }
    reached = ["97", "a recipe", 0.4, 0.5, "97.5", "97.4", "10 of 10", None]
    seconds = table(accuracy.TITLE) | {"columns": [*"abcdefgh"], "rows": [reached]}
    printed = "\n".join([PAGE, as_markdown(networks), as_markdown(seconds)])
    axes = draw(tables_of(printed)).axes
    ticks = [[tick.get_text() for tick in axis.get_yticklabels()] for axis in axes]
    titles = "Networks", "Seconds of training to a test accuracy, one core"
    assert tuple(axis.get_title("left") for axis in axes) == titles
    assert ticks == [["784-10, PyTorch, 2 threads"], ["97 %"]]
