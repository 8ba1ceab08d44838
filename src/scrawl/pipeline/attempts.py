"""Failed attempts: counted for each job, so that Snakemake never forgets one.

Snakemake restores the former outputs of a failed job (`update` in the rules), and then records them
as if the job had made them: the next run would find nothing to be done beside an outdated file. So
the number of a job's failed attempts is one of its parameters. It grows with each failure and stays
as it is after a success, so a failure is what makes the next run repeat the job.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

from scrawl.pipeline.interruption import EVENT


class Attempts(logging.Handler):
    """Log handler that counts failed jobs, before Snakemake restores their outputs.

    Parameters
    ----------
    folder : Path
        Where the counts are kept, a file for each job that ever failed. To be kept together with
        Snakemake's own records: without those, no count means anything.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.begun: dict[int, tuple[str, Mapping[str, str]]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Note a job that starts; count one that fails. Errors here never stop the run."""
        event = getattr(record, "event", None)
        try:
            if event == "job_info":
                words: list[str] = (getattr(record, "shellcmd", None) or "").split()
                if words[:1] == ["scrawl"]:  # not a job of a workflow that imports this one
                    wildcards = getattr(record, "wildcards", None) or {}
                    self.begun[getattr(record, "jobid", -1)] = words[1], wildcards
            elif event in {"job_error", EVENT} and (
                job := self.begun.get(getattr(record, "jobid", -1))
            ):
                self.add(*job)
        except Exception:
            self.handleError(record)

    def add(self, stage: str, wildcards: Mapping[str, str]) -> None:
        """Count one more failed attempt of a stage with these wildcards.

        >>> import tempfile
        >>> attempts = Attempts(Path(tempfile.mkdtemp()))
        >>> attempts.failed("decode", {"dataset": "glyphs"})
        ''
        >>> attempts.add("decode", {"dataset": "glyphs"})
        >>> attempts.failed("decode", {"dataset": "glyphs"})
        'failures: 1'
        >>> attempts.failed("decode", {"dataset": "mnist"})
        ''
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._file(stage, wildcards).open("ab") as file:
            file.write(b".")  # a byte for each: nothing to read, nothing to lose

    def failed(self, stage: str, wildcards: Mapping[str, str]) -> str:
        """Return the number of failures as text: a parameter for Snakemake to compare."""
        try:
            return f"failures: {self._file(stage, wildcards).stat().st_size}"
        except OSError:
            return ""

    def _file(self, stage: str, wildcards: Mapping[str, str]) -> Path:
        key = " ".join([stage, *(f"{name}={wildcards[name]}" for name in sorted(wildcards))])
        return self.folder / hashlib.sha256(key.encode()).hexdigest()[:32]


def unless_first(record: logging.LogRecord) -> bool:
    """Drop Snakemake's warnings about missing backups of outputs that never existed."""
    return not str(record.msg).startswith("Cannot restore ")
