"""Live view of a run on a terminal: finished stages, running jobs, the epoch of each training.

Snakemake reports the start and end of jobs (see `snakemake_logger_plugin_scrawl`); the progress of
a training is read from the last line of its log. Warnings and errors are printed in full above the
live part.
"""

from __future__ import annotations

import json
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
WHOLE_WIDTH, JOB_WIDTH = 40, 8  # characters of the bars, which leave room for words in 80 columns
OTHER_LINES = 7  # of the terminal: what is not a job
MOST_RESULTS = 5  # finished runs that are kept in sight
HEADINGS = ("stage", "run", "seed", "", "epoch", "validation", "left")

CHAIN = ("download", "decode", "prepare", "train", "evaluate")  # others follow as they come

# As `scrawl train` writes it.
EPOCH = re.compile(
    rb"^epoch (?P<epoch>\d+)/(?P<epochs>\d+): .*?training (?P<training>[\d.]+ %)"
    rb"(?:, validation (?P<validation>[\d.]+ %))?, (?P<left>\d+) s left$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Epoch:
    """Progress of a training.

    Attributes
    ----------
    number, total : int
        Finished epochs, and all of them.
    accuracy : str
        Of the validation images, or of the training images where there are no others.
    left : int
        Seconds.
    resumed : bool
        Whether it goes on where an earlier one was interrupted.
    """

    number: int
    total: int
    accuracy: str
    left: int
    resumed: bool = False

    @classmethod
    def last_of(cls, log: Path) -> Epoch | None:
        """Return the last epoch in a log, or None.

        Examples
        --------
        >>> import tempfile
        >>> log = Path(tempfile.mkdtemp()) / "train.log"
        >>> _ = log.write_text(
        ...     "epoch 3/9: loss 0.6, training 97.52 %, validation 96.86 %, 3 s left"
        ... )
        >>> Epoch.last_of(log)
        Epoch(number=3, total=9, accuracy='96.86 %', left=3, resumed=False)
        """
        try:
            with log.open("rb") as file:
                resumed = b"resumed at epoch " in file.read(TAIL_BYTES)
                file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
                lines = list(EPOCH.finditer(file.read()))
        except OSError:  # not begun yet
            return None
        if not lines:
            return None
        accuracy = (lines[-1]["validation"] or lines[-1]["training"]).decode()
        number, total, left = (int(lines[-1][name]) for name in ("epoch", "epochs", "left"))
        return cls(number, total, accuracy, left, resumed)


@dataclass(frozen=True)
class Job:
    """A running job, with its rule, its run, its random seed, its logs and its metrics."""

    rule: str
    name: str
    seed: str
    logs: tuple[Path, ...]
    metrics: Path | None

    @classmethod
    def of(cls, record: Any) -> Job:
        """Make it from Snakemake's record of a job that starts."""
        values = {name: str(value) for name, value in dict(record.wildcards or {}).items()}
        seed = values.pop("seed", "")
        name = " ".join(one for one in values.values() if not one.startswith("."))  # no endings
        outputs = map(Path, getattr(record, "output", None) or ())
        metrics = next((one for one in outputs if one.name == "metrics.json"), None)
        return cls(record.rule_name, name, seed, tuple(map(Path, record.log or ())), metrics)

    def result(self) -> tuple[str, str, str] | None:
        """Return run, seed and test accuracy, if it evaluated a run."""
        try:
            accuracy = json.loads((self.metrics or Path()).read_bytes())["accuracy"]
            return self.name, self.seed, f"{100 * accuracy:.2f} %"
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None  # told by the stage that needs it


@dataclass
class Board:
    """State of a run: the jobs of each stage, those done and those running."""

    totals: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    running: dict[int, Job] = field(default_factory=dict)
    results: list[tuple[str, str, str]] = field(default_factory=list)
    failed: int = 0
    begin: float = field(default_factory=time.monotonic)

    def take(self, record: Any) -> None:
        """Update the state from a record of Snakemake's log."""
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
                if job.metrics and (result := job.result()):
                    self.results.append(result)
        elif event == "job_error":
            self.failed += self.running.pop(record.jobid, None) is not None

    def view(self, rows: int, now: float) -> RenderableType:
        """Return the live part: a bar for all jobs, each stage, running jobs and finished runs.

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
            Text(", ".join(stages), "dim"),
            table,
            *more,
            *self.finished(rows - len(shown)),
        )

    def finished(self, rows: int) -> Iterator[Text]:
        """Yield a line for each of the last finished runs, as far as there is room."""
        room = min(rows - OTHER_LINES, MOST_RESULTS)
        for name, seed, accuracy in self.results[-room:] if room > 0 else []:
            line = f"finished: {name}, seed {seed}: test accuracy {accuracy}"
            yield Text(line, "green", no_wrap=True, overflow="ellipsis")

    @property
    def unfinished(self) -> bool:
        """True while fewer jobs are done than the run has."""
        return sum(self.done.values()) < sum(self.totals.values())

    def summary(self, now: float) -> str:
        """Return a line about the result."""
        done, total = sum(self.done.values()), sum(self.totals.values())
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{done} of {total} jobs done{failed}, in {in_words(now - self.begin)}"


def cells(job: Job) -> Iterator[RenderableType]:
    """Yield bar, epoch, accuracy and time left of a training; nothing for other jobs."""
    epoch = next(filter(None, map(Epoch.last_of, job.logs)), None)
    if epoch:
        yield ProgressBar(epoch.total, epoch.number, JOB_WIDTH)
        yield f"{epoch.number}/{epoch.total}"
        yield epoch.accuracy
        yield in_words(epoch.left) + (", resumed" if epoch.resumed else "")


def stage_of(rule: str) -> str:
    """Return the stage that a rule belongs to.

    >>> stage_of("plot_confusion"), stage_of("train")
    ('plot', 'train')
    """
    return rule.partition("_")[0]


def place(rule: str) -> int:
    """Return the position of a rule's stage in the chain; other rules come last.

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
    """Terminal output of a run.

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
        """Show a record of Snakemake's log; `words` is the text that Snakemake would print."""
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
        """Start the live part, unless it has been started."""
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
        """Print above the live part, after the texts that wait."""
        for text in (*map(Text, self.waiting), Text(words, style)):
            if text:
                self.console.print(text, soft_wrap=True)
        self.waiting.clear()

    def close(self) -> None:
        """Remove the live part; leave a summary and the place of the complete log."""
        if self.live is not None:
            self.live.stop()
            self.live = None
            if not self.board.unfinished:
                self.waiting.clear()
            self.waiting.append(self.board.summary(time.monotonic()))
        self.say("")
