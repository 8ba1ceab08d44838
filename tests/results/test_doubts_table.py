"""The table of doubtful images: what is written is read, and damage is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrawl.results import doubts_table
from scrawl.results.doubts_table import Doubt

DOUBTS = [
    Doubt("train", 3, 1003, "a, b", "c", 0.1 + 0.2),
    Doubt("test", 0, 7, "c", twin=3),
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    doubts_table.write(tmp_path / "doubts.csv", DOUBTS)
    assert doubts_table.read(tmp_path / "doubts.csv") == DOUBTS


def test_a_damaged_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "doubts.csv"
    doubts_table.write(path, DOUBTS)
    path.write_text(path.read_text().replace("test,0", "test,none"))
    with pytest.raises(
        ValueError, match=r"doubts\.csv, line 3: .*'none'.*again with `scrawl doubts`"
    ):
        doubts_table.read(path)
