"""Live view of a run on a terminal: finished stages, running jobs, the epoch of each training.

Warnings and errors are printed in full above the live part.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scrawl.pipeline.plain_lines import Lines
from scrawl.pipeline.progress import Board, Epoch, Job, in_words

REFRESHES_A_SECOND = 4
WHOLE_WIDTH, JOB_WIDTH = 40, 8  # characters of the bars, which leave room for words in 80 columns
OTHER_LINES = 7  # of the terminal: what is not a job
MOST_RESULTS = 5  # finished runs that are kept in sight
HEADINGS = ("stage", "run", "seed", "", "epoch", "validation", "left")


def view(board: Board, rows: int, now: float) -> RenderableType:
    """Return the live part: a bar for all jobs, each stage, running jobs and finished runs.

    Parameters
    ----------
    board : Board
    rows : int
        The terminal's height: there are no more lines than that.
    now : float
        On the clock of `begin`.
    """
    done, total = sum(board.done.values()), sum(board.totals.values())
    head = Table.grid(padding=(0, 1))
    bar = ProgressBar(total, done, WHOLE_WIDTH)
    words = f"{done} of {total} jobs, {in_words(now - board.begin)}"
    head.add_row(bar, words, Text(f"{board.failed} failed" if board.failed else "", "red"))
    jobs = list(board.running.values())  # a copy: another thread changes it
    shown = jobs[: max(rows - OTHER_LINES, 1)]
    table = Table.grid(padding=(0, 2, 0, 0))
    for column in range(len(HEADINGS)):
        table.add_column(no_wrap=True, justify="right" if column > 3 else "left")
    if shown:
        table.add_row(*(Text(heading, "dim") for heading in HEADINGS))
    for job in shown:
        table.add_row(job.rule, Text(job.name, overflow="ellipsis"), job.seed, *cells(job))
    more = [Text(f"and {len(jobs) - len(shown)} more", "dim")] if len(jobs) > len(shown) else []
    return Group(
        "",
        head,
        Text(board.stages(), "dim"),
        table,
        *more,
        *finished(board, rows - len(shown)),
    )


def finished(board: Board, rows: int) -> Iterator[Text]:
    """Yield a line for each of the last finished runs, as far as there is room."""
    room = min(rows - OTHER_LINES, MOST_RESULTS)
    for name, seed, accuracy in board.results[-room:] if room > 0 else []:
        line = f"finished: {name}, seed {seed}: test accuracy {accuracy}"
        yield Text(line, "green", no_wrap=True, overflow="ellipsis")


def cells(job: Job) -> Iterator[RenderableType]:
    """Yield bar, epoch, accuracy and time left of a training; nothing for other jobs."""
    epoch = next(filter(None, map(Epoch.last_of, job.logs)), None)
    if epoch:
        yield ProgressBar(epoch.total, epoch.number, JOB_WIDTH)
        yield f"{epoch.number}/{epoch.total}"
        yield epoch.accuracy
        yield in_words(epoch.left) + (", resumed" if epoch.resumed else "")


class Screen(Lines):
    """Terminal output of a run.

    Parameters
    ----------
    stream : TextIO
        The terminal.
    no_color : bool
    """

    def __init__(self, stream: TextIO, no_color: bool = False) -> None:
        super().__init__(stream)
        self.console = Console(file=stream, no_color=no_color)
        self.live: Live | None = None

    def start(self) -> None:
        """Start the live part, unless it has been started."""
        if self.live is None:
            self.live = Live(
                console=self.console,
                get_renderable=lambda: view(self.board, self.console.height, time.monotonic()),
                refresh_per_second=REFRESHES_A_SECOND,
                transient=True,
                redirect_stdout=sys.stdout.isatty(),  # not into a file, where it is one
            )
            self.live.start()

    def ended(self, job: Job, seconds: float) -> None:
        """Leave it to the live part to tell of a job that is done."""

    def write(self, words: str, level: int) -> None:
        """Print above the live part."""
        style = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}
        self.console.print(Text(words, style.get(level, "")), soft_wrap=True)

    def close(self) -> None:
        """Remove the live part; leave a summary and the place of the complete log."""
        if self.live is not None:
            self.live.stop()
            self.live = None
        super().close()
