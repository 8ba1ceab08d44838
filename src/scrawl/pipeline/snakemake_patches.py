"""Patches to Snakemake's methods that cost a large workflow its time.

Spare Snakemake from hashing the same input again for each job.

Snakemake compares inputs by content, and for that hashes every input of a job when the job is done,
once for each of its outputs, in its one main process. The prepared images of MNIST are 222 MB: each
run would wait a quarter of a second for it, a thousand runs four minutes that no core shortens.

Spare Snakemake from looking for jobs to start ever more often.

To start at most 100 jobs a second, its default, Snakemake's scheduler looks again a second after
each look, and each of those looks leads to another. Each job that ends adds one: after 1,000 jobs
it would look 1,000 times a second for as long as jobs wait. 1,000 jobs of a second on 16 cores cost
its process 25 s of a core, of which 15 were this.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

Checksum = Callable[..., Awaitable[str | None]]


def remembering(checksum: Checksum) -> Checksum:
    """Wrap `snakemake.io._IOFile.checksum`: a file that has not changed is read once.

    Parameters
    ----------
    checksum : function
        Takes a file, whose `str` is its path, and options that it may be asked for with.

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


Ask = Callable[[Any, float], None]


def one_at_a_time(ask: Ask) -> Ask:
    """Wrap `JobScheduler._schedule_reevalutation`: while a look is due, no other is asked for.

    A limit of so many jobs in a time is kept; a job may start later than it allows, by that time.

    Parameters
    ----------
    ask : function
        Takes the scheduler, and after how many seconds it is to look.

    Returns
    -------
    function
        Calls it unless an earlier call's time is still to come.
    """
    due = -float("inf")

    @wraps(ask)
    def asked(scheduler: Any, delay: float) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + delay
            ask(scheduler, delay)

    return asked
