"""Training history: progress while a run trains, and the table of its epochs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from scrawl.artifacts.files import write_table
from scrawl.nn.diagnosis.health import Health
from scrawl.nn.fitting import Epoch

if TYPE_CHECKING:
    from tqdm import tqdm


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
    with bar_on_terminal(n_epochs, done) as bar:
        for epoch in epochs:
            passed = (time.monotonic() - begin) / (epoch.epoch - done)
            left = passed * (n_epochs - epoch.epoch)
            accuracies = f"training {100 * epoch.train_accuracy:.2f} %"
            if not math.isnan(epoch.validation_accuracy):
                accuracies += f", validation {100 * epoch.validation_accuracy:.2f} %"
            if bar:
                bar.set_postfix_str(accuracies, refresh=False)
                bar.update()
            else:
                print(
                    f"epoch {epoch.epoch}/{n_epochs}: loss {epoch.loss:.4f}, {accuracies}, "
                    f"{left:.0f} s left",
                    flush=True,
                )
            yield epoch


@contextmanager
def bar_on_terminal(n_epochs: int, done: int) -> Iterator[tqdm[NoReturn] | None]:
    """Show a progress bar while the block runs, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # here: most runs need no bar, and it takes a tenth of their start

    with tqdm(total=n_epochs, initial=done, unit="epoch") as bar:
        yield bar


def write_history(path: Path, history: Sequence[tuple[Epoch, Health]]) -> None:
    """Write a table with a row for each epoch and a column for each field of `Epoch` and `Health`.

    A cell is empty if there was nothing to measure, as in validation without images.
    """
    columns = [field.name for field in (*fields(Epoch), *fields(Health))]
    rows = ([*astuple(epoch), *astuple(health)] for epoch, health in history)
    write_table(path, columns, ([None if math.isnan(v) else v for v in row] for row in rows))
