"""Real pen strokes are drawn on the page in the manners that the table names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.strokes import MANNERS, drawn, half, read, share
from numpy.typing import NDArray

SEVEN = [np.array([[100.0, 0.0], [700.0, 0.0], [300.0, 1000.0]])]


def points(manner: str) -> NDArray[np.int64]:
    return np.array([point for stroke in drawn(SEVEN, MANNERS[manner]) for point in stroke])


@pytest.mark.parametrize(
    ("manner", "side"), [("normal", 168), ("large", 238), ("quarter", 70), ("corner", 70)]
)
def test_a_drawing_fills_its_share_of_the_sheet(manner: str, side: int) -> None:
    found = points(manner)
    assert np.ptp(found, axis=0).tolist() == pytest.approx([0.6 * side, side], abs=1)
    middle = (found.min(axis=0) + found.max(axis=0)) / 2
    if manner != "corner":
        np.testing.assert_allclose(middle, [140, 140], atol=1)
    else:
        assert found.max(axis=0).tolist() == [266, 266]


def test_leaning_moves_the_foot_against_the_head() -> None:
    (head, _, foot), (straight, _, below) = points("leaning right"), points("normal")
    change = (head - foot)[0] / 168 - (straight - below)[0] / 168
    scale = np.ptp(points("leaning right")[:, 1]) / 168
    assert change + (1 - scale) * (straight - below)[0] / 168 == pytest.approx(
        0.4 * scale, abs=0.02
    )


def test_a_file_of_strokes_is_read_compressed_or_not(tmp_path: Path) -> None:
    text = json.dumps([{"label": "7", "strokes": [SEVEN[0].tolist(), []]}]).encode()
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text))
    for name in ("a.json", "a.json.gz"):
        strokes, labels = read(tmp_path / name)
        assert labels.tolist() == [7]
        np.testing.assert_array_equal(strokes[0], SEVEN)


def test_halves_are_of_writers_not_of_drawings(tmp_path: Path) -> None:
    writers = [9, 3, 9, 5, 3, 7, 9]
    drawings = [{"label": 1, "strokes": [], "writer": one} for one in writers]
    (tmp_path / "a.json").write_text(json.dumps(drawings))
    assert half(tmp_path / "a.json").tolist() == [one in {3, 7} for one in writers]


def test_shares_are_of_drawings_by_manner() -> None:
    assert share(np.array([[True, False, True], [False, False, False]])) == [66.7, 0.0]
