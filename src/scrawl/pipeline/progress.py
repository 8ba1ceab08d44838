"""Progress of a run of the pipeline, from Snakemake's log: stages, running jobs, finished runs.

The progress of a training is read from the last line of its log.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TAIL_BYTES = 2048  # of a log: some lines

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
    of : str
        Which images the accuracy is of.
    """

    number: int
    total: int
    accuracy: str
    left: int
    resumed: bool = False
    of: str = "validation"

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
        Epoch(number=3, total=9, accuracy='96.86 %', left=3, resumed=False, of='validation')
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
        of = "validation" if lines[-1]["validation"] else "training"
        number, total, left = (int(lines[-1][name]) for name in ("epoch", "epochs", "left"))
        return cls(number, total, lines[-1][of].decode(), left, resumed, of)


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
        name = " ".join(word for word in values.values() if word[:1] != ".")  # no endings
        outputs = map(Path, getattr(record, "output", None) or ())
        metrics = next((output for output in outputs if output.name == "metrics.json"), None)
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

    @property
    def unfinished(self) -> bool:
        """True while fewer jobs are done than the run has."""
        return sum(self.done.values()) < sum(self.totals.values())

    def stages(self) -> str:
        """Return how many jobs of each stage are done."""
        return ", ".join(
            f"{stage} {self.done.get(stage, 0)}/{n}" for stage, n in self.totals.items()
        )

    def summary(self, now: float) -> str:
        """Return a line about the result."""
        done, total = sum(self.done.values()), sum(self.totals.values())
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{done} of {total} jobs done{failed}, in {in_words(now - self.begin)}"


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
