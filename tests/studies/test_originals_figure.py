"""The comparison shows every number where it belongs; looked at without a display."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scrawl.studies.originals_figure import Row, comparison

ACCURACY = Row("linear: accuracy", 0.69, [0.67, 0.68], (0.6, 0.75), "possible")
OTHER = Row("none: accuracy", 0.1, [0.09, 0.11], (0.05, 0.15), "reproduced")
LOSS = Row("linear: cost", 0.45, [0.44, 0.46], (0.4, 0.5), "reproduced")


def points(line: Any) -> Any:
    return np.asarray(line.get_xydata()).tolist()


def test_a_row_shows_the_interval_the_printed_number_and_every_seed() -> None:
    top, bottom = comparison([ACCURACY, OTHER], [LOSS]).axes
    interval, printed, seeds = top.lines[3:]
    assert points(interval) == [[0.05, 1], [0.15, 1]]
    assert points(printed) == [[0.1, 1]]
    assert points(seeds) == [[0.09, 1], [0.11, 1]]
    assert points(bottom.lines[1]) == [[0.45, 0]]
    assert [text.get_text() for text in top.texts] == ["possible", "reproduced"]
    assert [label.get_text() for label in top.get_yticklabels()] == [ACCURACY.label, OTHER.label]
    low, high = top.get_ylim()
    assert low > high  # the first row is on top


@pytest.mark.parametrize(
    ("accuracies", "losses", "scale"), [([ACCURACY], [], "linear"), ([], [LOSS], "log")]
)
def test_a_kind_without_rows_gets_no_panel(
    accuracies: list[Row], losses: list[Row], scale: str
) -> None:
    figure = comparison(accuracies, losses)
    assert [axes.get_xscale() for axes in figure.axes] == [scale]
    figure.draw_without_rendering()  # pytest makes an error of every warning on the way
