"""Reports of epochs: a line while a run trains, a row in the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scrawl.nn.diagnosis.health import Health
from scrawl.nn.fitting import Epoch
from scrawl.training.history import write_history
from stages.test_train import QUICK, call, prepared


def test_a_log_gets_a_plain_line_for_each_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(prepared(tmp_path / "p.h5"), QUICK, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(
        r"epoch 1/3: loss [\d.]+, training [\d.]+ %, validation [\d.]+ %, \d+ s left", lines[0]
    )


def test_the_history_has_a_column_for_all_that_is_known_of_an_epoch(tmp_path: Path) -> None:
    nan = float("nan")
    figures = (Epoch(1, 10, 0.1, 2.5, 0.25, nan, 0.5), Health(0.2, 0.0, nan, 0.75, 0))
    write_history(tmp_path / "h.csv", [figures])
    assert (tmp_path / "h.csv").read_text() == (
        "epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy,"
        "commonest_answer,dead_units,saturated_units,relative_update,loss_increases\n"
        "1,10,0.1,2.5,0.25,,0.5,0.2,0.0,,0.75,0\n"
    )
