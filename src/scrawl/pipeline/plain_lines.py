"""Output of a run that goes into a file or a pipe: a line for each job that is done."""

from __future__ import annotations

import logging
import time
from typing import Any, TextIO

from scrawl.pipeline.progress import Board, Epoch, Job, in_words


class Lines:
    """Output of a run, line by line. Warnings and errors are printed in full.

    Parameters
    ----------
    stream : TextIO
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.board = Board()
        self.begun: dict[int, float] = {}  # jobs that run, by the clock
        self.started = False
        self.waiting: list[str] = []  # said at the end if there was nothing to be done

    def take(self, record: Any, words: str) -> None:
        """Show a record of Snakemake's log; `words` is the text that Snakemake would print."""
        event = getattr(record, "event", None)
        job = self.board.running.get(getattr(record, "job_id", -1))
        self.board.take(record)
        if event == "run_info":
            self.waiting.clear()
            self.start()
            self.started = True
        elif event == "job_info":
            self.begun[record.jobid] = time.monotonic()
        elif event == "job_finished" and job:
            self.ended(job, time.monotonic() - self.begun.pop(record.job_id))
        elif record.levelno >= logging.WARNING:
            self.say(words, record.levelno)
        elif event is None and (not self.started or words.startswith("Complete log")):
            self.waiting.append(words)

    def start(self) -> None:
        """Tell of the jobs that a run has."""
        stages = ", ".join(f"{stage} {n}" for stage, n in self.board.totals.items())
        self.write(f"{sum(self.board.totals.values())} jobs: {stages}", logging.INFO)

    def ended(self, job: Job, seconds: float) -> None:
        """Tell of a job that is done."""
        done, total = sum(self.board.done.values()), sum(self.board.totals.values())
        words = [f"{job.rule} {job.name}".rstrip()]
        words += [f"seed {job.seed}"] if job.seed else []
        epoch = next(filter(None, map(Epoch.last_of, job.logs)), None)
        words += [f"{epoch.of} {epoch.accuracy}"] if epoch else []
        result = job.result() if job.metrics else None
        words += [f"test accuracy {result[-1]}"] if result else []
        line = ", ".join([*words, in_words(seconds)])
        self.write(f"[{done:>{len(str(total))}}/{total}] {line}", logging.INFO)

    def say(self, words: str, level: int = logging.INFO) -> None:
        """Print a text, after those that wait."""
        for text in self.waiting:
            self.write(text, logging.INFO)
        self.waiting.clear()
        if words:
            self.write(words, level)

    def write(self, words: str, level: int) -> None:  # noqa: ARG002 (for those who have colours)
        """Print a text at once."""
        print(words, file=self.stream, flush=True)

    def close(self) -> None:
        """Leave a summary and the place of the complete log."""
        if self.started:
            self.started = False
            if not self.board.unfinished:
                self.waiting.clear()
            self.waiting.append(self.board.summary(time.monotonic()))
        self.say("")
