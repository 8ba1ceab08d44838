"""Replacements for methods of Snakemake: for time, for a file, for a folder's name.

The methods are private. Where a version of Snakemake lacks one, its replacement is left out and
everything works as it does without.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

Checksum = Callable[..., Awaitable[str | None]]
Schedule = Callable[[Any, float], None]
Run = Callable[[Any], bool]
Restore = Callable[[Any, Path], bool]
Format = Callable[..., Any]


def apply_patches() -> list[str]:
    """Replace the methods that this version of Snakemake has, and return their names."""
    replaced = []
    for module, owner, name, wrap in PATCHES:
        with suppress(ImportError, AttributeError):
            cls = getattr(import_module(module), owner)
            setattr(cls, name, wrap(getattr(cls, name)))
            replaced.append(f"{owner}.{name}")
    return replaced


def remembering(checksum: Checksum) -> Checksum:
    """Wrap `snakemake.io._IOFile.checksum`: hash a file again only after a change.

    Snakemake compares inputs by content. When a job is done, its one main process hashes every
    input of the job, once for each of the job's outputs. The prepared images of MNIST are 222 MB:
    a thousand runs would wait minutes for that, which no core shortens.

    Delete when fixed: https://github.com/snakemake/snakemake/issues/4240

    Parameters
    ----------
    checksum : function
        Takes a file, whose `str` is its path, and options.

    Returns
    -------
    function
        Calls it again only if the path leads to another file, or one of another time or size.
    """
    known: dict[Any, str | None] = {}

    @wraps(checksum)
    async def remembered(file: Any, *arguments: Any, **options: Any) -> str | None:
        try:
            status = Path(str(file)).stat()
        except OSError:  # not there, or not on this machine
            return await checksum(file, *arguments, **options)
        seen = status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
        key = str(file), seen, arguments, tuple(sorted(options.items()))
        if key not in known:
            known[key] = await checksum(file, *arguments, **options)
        return known[key]

    return remembered


def one_at_a_time(schedule: Schedule) -> Schedule:
    """Wrap `JobScheduler._schedule_reevalutation`: schedule no round while another is due.

    To start at most 100 jobs a second, its default, Snakemake schedules another round of its loop a
    second after each round. Each job that ends causes a round as well, and so one more a second:
    after 1,000 jobs, 1,000 rounds a second for as long as jobs wait. The name is misspelt in
    Snakemake.

    Delete when fixed: https://github.com/snakemake/snakemake/pull/3744

    Parameters
    ----------
    schedule : function
        Takes the scheduler and the seconds to the next round.

    Returns
    -------
    function
        Calls it unless a round is due. A job may start later than the limit allows, by that time.
    """
    due = -float("inf")

    @wraps(schedule)
    def scheduled(scheduler: Any, delay: float) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + delay
            schedule(scheduler, delay)

    return scheduled


def leaving_at_once(run: Run) -> Run:
    """Wrap `JobScheduler.schedule`: when all is done, cancel the round that is still due.

    Python waits for the timer's thread, up to a second, before it ends.

    Delete when the timers of `_schedule_reevalutation` are daemons. Not reported upstream.

    Parameters
    ----------
    run : function
        Takes the scheduler, runs all jobs and tells whether all went well.
    """

    @wraps(run)
    def ran(scheduler: Any) -> bool:
        try:
            return run(scheduler)
        finally:
            for thread in threading.enumerate():
                if isinstance(thread, threading.Timer):
                    thread.cancel()

    return ran


def moving(restore: Restore) -> Restore:
    """Wrap `FileBackupMixin.restore_output`: move a file's backup into its place.

    When a job fails, Snakemake copies the backups of its former outputs over them. A copy needs
    space: on a full disk the output was cut short first and then lost.

    Delete when `restore_output` no longer opens the output for writing. Not reported upstream.

    Parameters
    ----------
    restore : function
        Takes Snakemake's records and an output, and tells whether there was a backup.

    Returns
    -------
    function
        Calls it only for folders, or where the backup is on another disk.
    """

    @wraps(restore)
    def moved(records: Any, path: Path) -> bool:
        with suppress(AttributeError, OSError):
            backup = records._get_backup_path(path)
            if backup.is_file():
                backup.replace(path)
                return True
        return restore(records, path)

    return moved


def literal(format_: Format) -> Format:
    """Wrap `SourceFile.format`: leave the name of a file that exists as it is.

    Snakemake fills wildcards into the paths of `conda:` files, their folders included. In a
    checkout below a folder with braces in its name, such as `{old}`, no rule could be planned.

    Parameters
    ----------
    format_ : function
        Takes a file of the workflow and the values of wildcards, and returns another such file.

    Returns
    -------
    function
        Calls it only if there is no file of that very name.
    """

    @wraps(format_)
    def formatted(file: Any, *arguments: Any, **values: Any) -> Any:
        if Path(str(getattr(file, "path", ""))).is_file():
            return file
        return format_(file, *arguments, **values)

    return formatted


PATCHES: Sequence[tuple[str, str, str, Callable[[Any], Any]]] = (
    ("snakemake.io", "_IOFile", "checksum", remembering),
    ("snakemake.sourcecache", "LocalSourceFile", "format", literal),
    ("snakemake.persistence", "FileBackupMixin", "restore_output", moving),
    (
        "snakemake.scheduling.job_scheduler",
        "JobScheduler",
        "_schedule_reevalutation",
        one_at_a_time,
    ),
    ("snakemake.scheduling.job_scheduler", "JobScheduler", "schedule", leaving_at_once),
)
