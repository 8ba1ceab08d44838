"""Spare Snakemake from hashing the same input again for each job.

Snakemake compares inputs by content, and for that hashes every input of a job when the job is done,
once for each of its outputs, in its one main process. The prepared images of MNIST are 222 MB: each
run would wait a quarter of a second for it, a thousand runs four minutes that no core shortens.
"""

from __future__ import annotations

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
