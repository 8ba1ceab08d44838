"""Interruption of a run by Ctrl-C: what was saved, in place of Snakemake's errors."""

from __future__ import annotations

import logging
from pathlib import Path

TAIL_BYTES = 2048  # of a log: some lines
EVENT = "job_interrupted"
END = "Interrupted. What is finished stays; the same command goes on."


class Interruption:
    """Log filter that rewords what Snakemake says of jobs that end because it was interrupted.

    Snakemake says of each that it failed, twice and with its whole command, and ends with a
    `WorkflowError`. A job that fails by itself in that moment runs again, and tells why then.
    """

    def __init__(self) -> None:
        self.begun = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Reword a record, or drop it; leave all alone before an interruption."""
        event, words = getattr(record, "event", None), str(record.msg)
        if words.startswith("Terminating processes on user request"):
            self.begun = True
        elif self.begun and event == "job_error":
            logs = map(Path, getattr(record, "log", None) or ())
            told = next(filter(None, map(checkpoint_in, logs)), "interrupted")
            reword(record, f"{getattr(record, 'rule_name', 'job')}: {told}", EVENT)
        elif self.begun and event == "error":
            if "At least one job did not complete" not in record.getMessage():
                return False
            reword(record, END, None)
        return True


def reword(record: logging.LogRecord, words: str, event: str | None) -> None:
    """Make a record a warning with these words."""
    record.msg, record.args = words, ()
    record.levelno, record.levelname = logging.WARNING, "WARNING"
    record.__dict__["event"] = event


def checkpoint_in(log: Path) -> str:
    """Return what the end of a log tells of a checkpoint, or an empty text.

    >>> checkpoint_in(Path("no.log"))
    ''
    """
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines[-2:] if line.startswith("checkpoint written: ")), "")
