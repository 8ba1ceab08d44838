"""Replacements for two methods of Snakemake that cost a large workflow its time.

Both methods are private. A version of Snakemake that lacks one is left as it is: everything works,
more slowly.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

Checksum = Callable[..., Awaitable[str | None]]
Schedule = Callable[[Any, float], None]


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


PATCHES: Sequence[tuple[str, str, str, Callable[[Any], Any]]] = (
    ("snakemake.io", "_IOFile", "checksum", remembering),
    (
        "snakemake.scheduling.job_scheduler",
        "JobScheduler",
        "_schedule_reevalutation",
        one_at_a_time,
    ),
)
