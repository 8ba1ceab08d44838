"""A run of the pipeline, seen on a terminal: stages done, jobs under way, each training's epoch.

Snakemake says which jobs begin and end (see `snakemake_logger_plugin_scrawl`); how far a training
is stands in the last line of its log. Whatever is wrong is printed in full, above the live part.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

REFRESHES_A_SECOND = 4
TAIL_BYTES = 2048  # of a log: some lines
WHOLE_WIDTH, JOB_WIDTH = 40, 16  # characters of the bars, which leave room for words in 80 columns
OTHER_LINES = 6  # of the terminal: what is not a job

CHAIN = ("download", "decode", "prepare", "train", "evaluate")  # others follow as they come

# As `scrawl train` writes it.
EPOCH = re.compile(
    rb"^epoch (?P<epoch>\d+)/(?P<epochs>\d+): .*?training (?P<training>[\d.]+%)"
    rb"(?:, validation (?P<validation>[\d.]+%))?, (?P<left>\d+) s left$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Epoch:
    """How far a training is.

    Attributes
    ----------
    number, total : int
        Epochs done, and how many are asked for.
    accuracy : str
        Of the validation images, or of the training images where there are no others.
    left : int
        Seconds.
    """

    number: int
    total: int
    accuracy: str
    left: int

    @classmethod
    def last_of(cls, log: Path) -> Epoch | None:
        """Return the last epoch that a log tells of, if it tells of any.

        Examples
        --------
        >>> import tempfile
        >>> log = Path(tempfile.mkdtemp()) / "train.log"
        >>> _ = log.write_text("epoch 3/10: loss 0.6, training 97.52%, validation 96.86%, 3 s left")
        >>> Epoch.last_of(log)
        Epoch(number=3, total=10, accuracy='96.86%', left=3)
        """
        try:
            with log.open("rb") as file:
                file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
                lines = list(EPOCH.finditer(file.read()))
        except OSError:  # not begun yet
            return None
        if not lines:
            return None
        accuracy = (lines[-1]["validation"] or lines[-1]["training"]).decode()
        number, total, left = (int(lines[-1][name]) for name in ("epoch", "epochs", "left"))
        return cls(number, total, accuracy, left)


@dataclass(frozen=True)
class Job:
    """One job under way: what it is called, and where it writes what it does."""

    rule: str
    name: str
    logs: tuple[Path, ...]

    @classmethod
    def of(cls, record: Any) -> Job:
        """Take it from what Snakemake says of a job that begins."""
        values = map(str, dict(record.wildcards or {}).values())
        name = " ".join(one for one in values if not one.startswith("."))  # no endings of files
        return cls(record.rule_name, name, tuple(map(Path, record.log or ())))


@dataclass
class Board:
    """What is known of a run: how many jobs each stage has, which are done, which are under way."""

    totals: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    running: dict[int, Job] = field(default_factory=dict)
    failed: int = 0
    begin: float = field(default_factory=time.monotonic)

    def take(self, record: Any) -> None:
        """Take note of what a record of Snakemake's log says."""
        event = getattr(record, "event", None)
        if event == "run_info":
            counts = {rule: n for rule, n in record.stats.items() if rule not in {"all", "total"}}
            for rule in sorted(counts, key=place):
                stage = stage_of(rule)
                self.totals[stage] = self.totals.get(stage, 0) + counts[rule]
        elif event == "job_info":
            if record.rule_name != "all":
                self.running[record.jobid] = Job.of(record)
        elif event == "job_finished":
            job = self.running.pop(record.job_id, None)
            if job:
                self.done[stage_of(job.rule)] = self.done.get(stage_of(job.rule), 0) + 1
        elif event == "job_error":
            self.failed += self.running.pop(record.jobid, None) is not None

    def view(self, rows: int, now: float) -> RenderableType:
        """Return the live part: all jobs in a bar, each stage, and a line for each job under way.

        Parameters
        ----------
        rows : int
            The terminal's height: there are no more lines than that.
        now : float
            On the clock of `begin`.
        """
        done, total = sum(self.done.values()), sum(self.totals.values())
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total, done, WHOLE_WIDTH)
        words = f"{done} of {total} jobs, {in_words(now - self.begin)}"
        head.add_row(bar, words, Text(f"{self.failed} failed" if self.failed else "", "red"))
        stages = [f"{stage} {self.done.get(stage, 0)}/{n}" for stage, n in self.totals.items()]
        jobs = list(self.running.values())  # a copy: another thread changes it
        shown = jobs[: max(rows - OTHER_LINES, 1)]
        table = Table.grid(padding=(0, 2, 0, 0))
        for column in range(5):
            table.add_column(no_wrap=True, justify="right" if column > 2 else "left")
        for job in shown:
            table.add_row(job.rule, Text(job.name, overflow="ellipsis"), *cells(job))
        more = [Text(f"and {len(jobs) - len(shown)} more", "dim")] if len(jobs) > len(shown) else []
        return Group("", head, Text(", ".join(stages), "dim"), table, *more)

    @property
    def unfinished(self) -> bool:
        """Whether a job is missing, failed or not."""
        return sum(self.done.values()) < sum(self.totals.values())

    def summary(self, now: float) -> str:
        """Return how it ended."""
        done, total = sum(self.done.values()), sum(self.totals.values())
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{done} of {total} jobs done{failed}, in {in_words(now - self.begin)}"


def cells(job: Job) -> Iterator[RenderableType]:
    """Yield bar and epoch, accuracy and time left of a job that trains; else nothing."""
    epoch = next(filter(None, map(Epoch.last_of, job.logs)), None)
    if epoch:
        yield ProgressBar(epoch.total, epoch.number, JOB_WIDTH)
        yield f"{epoch.number}/{epoch.total}"
        yield f"{epoch.accuracy}, {in_words(epoch.left)} left"


def stage_of(rule: str) -> str:
    """Return the stage that a rule belongs to.

    >>> stage_of("plot_confusion"), stage_of("train")
    ('plot', 'train')
    """
    return rule.partition("_")[0]


def place(rule: str) -> int:
    """Return where a rule's stage stands in the chain; what is not of it comes last.

    >>> sorted(["plot_curves", "train", "decode"], key=place)
    ['decode', 'train', 'plot_curves']
    """
    stage = stage_of(rule)
    return CHAIN.index(stage) if stage in CHAIN else len(CHAIN)


def in_words(seconds: float) -> str:
    """Return a duration.

    >>> in_words(7.4), in_words(192), in_words(7380)
    ('7 s', '3 min 12 s', '2 h 3 min')
    """
    minutes, rest = divmod(int(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Screen:
    """A terminal on which a run is shown.

    Parameters
    ----------
    stream : TextIO
        The terminal.
    no_color : bool
    """

    def __init__(self, stream: TextIO, no_color: bool = False) -> None:
        self.console = Console(file=stream, no_color=no_color)
        self.board = Board()
        self.live: Live | None = None
        self.waiting: list[str] = []  # said at the end if there was nothing to be done

    def take(self, record: Any, words: str) -> None:
        """Show what a record of Snakemake's log says; `words` is how Snakemake would print it."""
        event = getattr(record, "event", None)
        self.board.take(record)
        if event == "run_info":
            self.waiting.clear()
            self.start()
        elif record.levelno >= logging.WARNING:
            self.say(words, "red" if record.levelno >= logging.ERROR else "yellow")
        elif event is None and (self.live is None or words.startswith("Complete log")):
            self.waiting.append(words)

    def start(self) -> None:
        """Begin to show the live part, once."""
        if self.live is None:
            self.live = Live(
                console=self.console,
                get_renderable=lambda: self.board.view(self.console.height, time.monotonic()),
                refresh_per_second=REFRESHES_A_SECOND,
                transient=True,
                redirect_stdout=sys.stdout.isatty(),  # not into a file, where it is one
            )
            self.live.start()

    def say(self, words: str, style: str = "") -> None:
        """Print above the live part, after whatever waits."""
        for text in (*map(Text, self.waiting), Text(words, style)):
            if text:
                self.console.print(text, soft_wrap=True)
        self.waiting.clear()

    def close(self) -> None:
        """Take away the live part; leave a line on how it ended, and where more stands."""
        if self.live is not None:
            self.live.stop()
            self.live = None
            if not self.board.unfinished:
                self.waiting.clear()
            self.waiting.append(self.board.summary(time.monotonic()))
        self.say("")
