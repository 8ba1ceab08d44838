"""Training history: progress while a run trains, and the table of its epochs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from tqdm import tqdm

from scrawl.artifacts.files import write_table
from scrawl.nn.diagnosis.health import Health
from scrawl.nn.fitting import Epoch


def reported(epochs: Iterator[Epoch], n_epochs: int, done: int = 0) -> Iterator[Epoch]:
    """Yield epochs, with a progress bar on a terminal, and with a line each in a log.

    Parameters
    ----------
    epochs : iterator of Epoch
    n_epochs : int
        Their number in all.
    done : int
        The number of those before these.
    """
    begin = time.monotonic()
    bar_off = not sys.stderr.isatty()
    with tqdm(total=n_epochs, initial=done, unit="epoch", disable=bar_off) as bar:
        for epoch in epochs:
            passed = (time.monotonic() - begin) / (epoch.epoch - done)
            left = passed * (n_epochs - epoch.epoch)
            accuracies = f"training {100 * epoch.train_accuracy:.2f} %"
            if not math.isnan(epoch.validation_accuracy):
                accuracies += f", validation {100 * epoch.validation_accuracy:.2f} %"
            bar.set_postfix_str(accuracies, refresh=False)
            bar.update()
            if bar.disable:
                print(
                    f"epoch {epoch.epoch}/{n_epochs}: loss {epoch.loss:.4f}, {accuracies}, "
                    f"{left:.0f} s left",
                    flush=True,
                )
            yield epoch


def write_history(path: Path, history: Sequence[tuple[Epoch, Health]]) -> None:
    """Write a table with a row for each epoch and a column for each field of `Epoch` and `Health`.

    A cell is empty if there was nothing to measure, as in validation without images.
    """
    columns = [field.name for field in (*fields(Epoch), *fields(Health))]
    rows = ([*astuple(epoch), *astuple(health)] for epoch, health in history)
    write_table(path, columns, ([None if math.isnan(v) else v for v in row] for row in rows))
